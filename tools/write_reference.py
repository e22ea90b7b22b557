"""Write docs/reference/*.md and web/openapi.json from the code; `--check` only compares."""

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import typer
from pydantic import BaseModel
from pydantic_core import PydanticUndefined

from shadow.app.cli import app as cli
from shadow.app.slices import settings_groups
from shadow.app.web import build_app
from shadow.kit.errors import ShadowError
from shadow.runtime.plugins import discover
from shadow.runtime.settings import CoreSettings

ROOT = Path(__file__).resolve().parents[1]
MADE = "<!-- Made by `make docs` from the code. Do not edit. -->\n\n"


def settings_page() -> str:
    """Return the table of every setting."""
    cards, _ = discover()
    groups: dict[str, type[BaseModel]] = {"": CoreSettings, **settings_groups(cards)}
    lines = [
        "# Settings\n\n",
        MADE,
        "Each is an environment variable, or the lower-case name in `shadow.toml` in the data "
        "folder (`SHADOW_STREAMING__LINK_HOURS=6` is `link_hours = 6` under `[streaming]`). A "
        "wrong one is named in one line at start, with exit code 2.\n",
    ]
    for prefix, model in groups.items():
        lines.append(
            f"\n## {prefix or 'General'}\n\n| setting | default | meaning |\n| --- | --- | --- |\n"
        )
        for name, field in model.model_fields.items():
            variable = "SHADOW_" + (f"{prefix}__{name}" if prefix else name).upper()
            default = _default(field.get_default(call_default_factory=True))
            lines.append(f"| `{variable}` | {default} | {field.description} |\n")
    return "".join(lines)


def _default(value: object) -> str:
    if hasattr(value, "get_secret_value"):
        value = value.get_secret_value()
    if value in ("", (), [], None, PydanticUndefined):
        return "–"
    if isinstance(value, tuple | list | frozenset | set):
        return ", ".join(f"`{part}`" for part in sorted(map(str, value)))
    return f"`{str(value).lower() if isinstance(value, bool) else value}`"


def cli_page() -> str:
    """Return every command with its options."""
    root = typer.main.get_command(cli)
    lines = [
        "# Command line\n\n",
        MADE,
        "Exit codes: 0 done, 1 failed, 2 wrong usage or settings.\n",
    ]
    for path, command in _commands(root, ("shadow",)):
        context = typer.Context(command, info_name=" ".join(path))
        usage = command.get_usage(context).removeprefix("Usage: ")
        lines.append(f"\n## `{' '.join(path)}`\n\n{command.help}\n\n```\n{usage}\n```\n")
        rows = [record for p in command.params if (record := p.get_help_record(context))]
        if rows:
            lines.append("\n| option | meaning |\n| --- | --- |\n")
            lines += [
                f"| `{name.replace('|', '/')}` | {text.replace('|', '/')} |\n"
                for name, text in rows
            ]
    return "".join(lines)


def _commands(command: Any, path: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], Any]]:
    """Yield every command below a group, by name; typer's own classes are not public."""
    if hasattr(command, "commands"):
        if command.invoke_without_command:
            yield path, command
        for name in sorted(command.commands):
            inner = command.commands[name]
            if not inner.hidden:
                yield from _commands(inner, (*path, name))
    else:
        yield path, command


def errors_page() -> str:
    """Return every error code with its kind and status."""
    lines = [
        "# Errors\n\n",
        MADE,
        "Every failure is `application/problem+json` (RFC 9457) with `type`, `title`, `status`, "
        "`detail` and one of these as `code`.\n\n"
        "| code | status | meaning |\n| --- | --- | --- |\n",
    ]
    rows = {
        (kind.code, kind.kind.value, (kind.__doc__ or "").splitlines()[0])
        for kind in _subclasses(ShadowError)
    }
    lines += [f"| `{code}` | {status} | {text} |\n" for code, status, text in sorted(rows)]
    return "".join(lines)


def _subclasses(kind: type[ShadowError]) -> Iterator[type[ShadowError]]:
    for inner in kind.__subclasses__():
        yield inner
        yield from _subclasses(inner)


def api_page(openapi: dict[str, object]) -> str:
    """Return every address of the API, by slice."""
    by_tag: dict[str, list[str]] = {}
    paths = openapi["paths"]
    assert isinstance(paths, dict)
    for path, operations in paths.items():
        for method, operation in operations.items():
            line = operation.get("description", "").split("\n")[0]
            row = f"| `{method.upper()} {path}` | {line} |\n"
            by_tag.setdefault(operation["tags"][0], []).append(row)
    lines = [
        "# HTTP API\n\n",
        MADE,
        "`GET /openapi.json` on a running server has every field. Send a session cookie or "
        "`Authorization: Bearer TOKEN`; browsers also send `X-Shadow-CSRF: 1` with changes.\n",
    ]
    for tag in sorted(by_tag):
        lines.append(f"\n## {tag}\n\n| address | does |\n| --- | --- |\n")
        lines += sorted(by_tag[tag])
    return "".join(lines)


def pages() -> dict[Path, str]:
    """Return every generated file with its content."""
    openapi = build_app().openapi()
    reference = ROOT / "docs" / "reference"
    return {
        reference / "settings.md": settings_page(),
        reference / "cli.md": cli_page(),
        reference / "errors.md": errors_page(),
        reference / "api.md": api_page(openapi),
        ROOT / "web" / "openapi.json": json.dumps(openapi, indent=1, ensure_ascii=False) + "\n",
    }


def main() -> int:
    """Write the pages, or with `--check` tell which are stale."""
    stale = [
        path for path, text in pages().items() if not path.is_file() or path.read_text() != text
    ]
    for path in stale:
        print(f"{'stale' if '--check' in sys.argv else 'written'}: {path.relative_to(ROOT)}")
        if "--check" not in sys.argv:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(pages()[path])
    return 1 if stale and "--check" in sys.argv else 0


if __name__ == "__main__":
    sys.exit(main())
