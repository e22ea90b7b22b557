"""Build hook: take the package's dependencies from requirements/runtime.in."""

from pathlib import Path

from hatchling.metadata.plugin.interface import MetadataHookInterface


class DependenciesHook(MetadataHookInterface):
    """Fill `project.dependencies`."""

    def update(self, metadata: dict[str, object]) -> None:
        """Read the names, one a line, `#` starts a comment."""
        lines = (Path(self.root) / "requirements" / "runtime.in").read_text().splitlines()
        metadata["dependencies"] = [line for line in lines if line and not line.startswith("#")]
