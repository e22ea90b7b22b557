"""What all commands share: settings, an open Runtime, JSON on standard output."""

import asyncio
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Annotated, Any, TypeVar

import orjson
import typer
from rich.console import Console

from shadow.app.bootstrap import open_runtime, read_settings
from shadow.runtime.context import Runtime
from shadow.runtime.job_engine import Role
from shadow.runtime.logging import configure_logging
from shadow.runtime.settings import Settings

Result = TypeVar("Result")
progress_console = Console(stderr=True)
output_console = Console()
"""For what was asked for; progress goes to the other one."""
DataDir = Annotated[
    Path | None, typer.Option("--data-dir", help="Folder for the database, artwork and caches.")
]
AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON document and nothing else.")]


def settings_with(data_dir: Path | None, **given: Any) -> Settings:
    """Read the settings; options win over environment and file. Logging is configured."""
    if data_dir is not None:
        given["data_dir"] = data_dir
    settings = read_settings(given)
    configure_logging(level=settings.core.log_level, style=settings.core.log_format)
    return settings


def with_runtime(
    settings: Settings, work: Callable[[Runtime], Awaitable[Result]], *, role: Role = Role.looks
) -> Result:
    """Open a Runtime, do the work in it, close it, return the result.

    Jobs that the work starts are left to the server unless `role` says that they run here.
    """

    async def run() -> Result:
        async with open_runtime(settings, role=role) as runtime:
            return await work(runtime)

    return asyncio.run(run())


def say(line: str) -> None:
    """Print one line for people on standard error, whole, whatever the terminal's width."""
    progress_console.print(line, soft_wrap=True, markup=False, highlight=False)


def print_json(value: Any) -> None:
    """Print one JSON document on standard output."""
    sys.stdout.buffer.write(orjson.dumps(value, option=orjson.OPT_INDENT_2) + b"\n")
