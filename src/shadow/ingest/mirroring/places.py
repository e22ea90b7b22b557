"""Where copies of files may go: second storages, and mirrors."""

from collections.abc import Sequence
from dataclasses import dataclass

from shadow.catalog.models import File
from shadow.ingest.leech_settings import LeechSettings
from shadow.ingest.mirroring.errors import MirrorMissing
from shadow.ingest.ports import Mirror
from shadow.kit.file_names import safe_file_name, safe_relative_path
from shadow.runtime.context import Runtime
from shadow.storage.errors import ObjectOutside
from shadow.storage.ports import WritableStorage
from shadow.storage.service import checked_name, mirror_storage


@dataclass(frozen=True, slots=True)
class CopyPlace:
    """A place for copies: `kind` is `storage` or `mirror`.

    `automatic` says that each new file gets a copy there.
    """

    name: str
    kind: str
    automatic: bool = False


def copy_places(runtime: Runtime) -> list[CopyPlace]:
    """Return every working place that copies can go to: storages first, by name."""
    wanted = _wanted(runtime)
    storages = [one.name for one in runtime.plugins.all("storage") if _takes(one)]
    mirrors = [one.name for one in runtime.plugins.all("mirror")]
    return [CopyPlace(name, "storage", name in wanted) for name in storages] + [
        CopyPlace(name, "mirror", name in wanted) for name in mirrors if name not in storages
    ]


def place_named(runtime: Runtime, name: str) -> CopyPlace:
    """Return the place of a name.

    Raises:
        MirrorMissing: there is none that works.
    """
    for place in copy_places(runtime):
        if place.name == name:
            return place
    raise MirrorMissing(f"There is no storage or mirror “{name}” that works and takes files.")


def automatic_places(runtime: Runtime, storage: str) -> list[CopyPlace]:
    """Return where a new file of a storage gets copies, in the order of the settings."""
    working = {place.name: place for place in copy_places(runtime)}
    return [working[name] for name in _wanted(runtime) if name in working and name != storage]


def tee_storage(runtime: Runtime, storage: str) -> str | None:
    """Return the storage that gets a new file's bytes while they are stored."""
    found = (one for one in automatic_places(runtime, storage) if one.kind == "storage")
    return next((one.name for one in found), None)


def mirror_called(runtime: Runtime, name: str) -> Mirror:
    """Return a working mirror. Raises `PluginMissing`."""
    found: Mirror = runtime.plugins.get("mirror", name)
    return found


def name_of_copy(file: File) -> str:
    """Return the relative name that a copy of a file gets: folders as in its library folder."""
    whole = file.folder + b"/" + file.path.rpartition(b"/")[2]
    parts = [part for part in whole.decode("utf-8", "replace").split("/") if part]
    try:
        name = safe_relative_path(parts)
        checked_name(name)
    except ObjectOutside:  # too long, with all its folders
        name = safe_file_name(parts[-1])
    return name


def _wanted(runtime: Runtime) -> Sequence[str]:
    also = mirror_storage(runtime)
    mirrors = runtime.settings.group(LeechSettings).mirrors
    return list(dict.fromkeys([*([also] if also else []), *mirrors]))


def _takes(storage: object) -> bool:
    return isinstance(storage, WritableStorage)
