"""`shadow scan`, `shadow parse`, `shadow sample`, `shadow fix-slugs`."""

import os
import sys
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.table import Table
from rich.text import Text

from shadow.app.cli.common import (
    AsJson,
    DataDir,
    output_console,
    print_json,
    progress_console,
    say,
    settings_with,
    with_runtime,
)
from shadow.app.cli.following import follow
from shadow.catalog import service as catalog
from shadow.ingest import service as ingest
from shadow.kit.naming import understand
from shadow.runtime.context import Runtime
from shadow.runtime.job_engine import Role
from shadow.runtime.jobs import Job


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.command("scan")(scan)
    app.command("parse")(parse)
    app.command("sample")(sample)
    app.command("fix-slugs")(fix_slugs)


def scan(
    folders: Annotated[
        list[Path] | None, typer.Argument(metavar="[DIR]...", help="Only these folders.")
    ] = None,
    as_json: AsJson = False,
    data_dir: DataDir = None,
) -> None:
    """Index the library folders: new, changed, moved and missing files."""

    async def work(runtime: Runtime) -> Job:
        job_id = await ingest.start_scan(runtime, paths=folders)
        return await follow(runtime, job_id)

    job = with_runtime(settings_with(data_dir), work, role=Role.own)
    if job.state != "done" or job.result is None:
        why = job.error or job.message or ""
        progress_console.print(f"The scan ended as {job.state}: {why}", markup=False)
        raise typer.Exit(1)
    if as_json:
        print_json(job.result)
        return
    result = job.result
    failed = result["failed"]
    progress_console.print(
        f"{result['files']} files: {result['added']} added, {result['updated']} updated, "
        f"{result['moved']} moved, {result['unchanged']} unchanged, {result['missing']} missing, "
        f"{len(failed)} failed, in {result['seconds']:.1f} s."
    )
    for one in failed[:20]:
        progress_console.print(f"  {one['path']}: {one['error']}", markup=False, highlight=False)


def parse(
    names: Annotated[
        list[str] | None, typer.Argument(metavar="[NAME]...", help="Names, or one a line on stdin.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Show what file and release names are understood as."""
    given = [os.fsencode(name) for name in names or ()] or sys.stdin.buffer.read().split(b"\n")
    lines = [name.decode("utf-8", "replace").rstrip("\r") for name in given]
    understood = [_understood(line) for line in lines if line.strip()]
    if as_json:
        print_json(understood)
        return
    for one in understood:
        table = Table(title=Text(str(one["name"])), show_header=False, title_justify="left")
        for key, value in one.items():
            if key != "name" and value not in (None, [], False):
                shown = ", ".join(map(str, value)) if isinstance(value, list) else str(value)
                table.add_row(key, Text(shown))  # as text: a name may look like markup
        output_console.print(table)


def _understood(name: str) -> dict[str, Any]:
    """Read a name; with slashes it is a path, whose folders are evidence too."""
    *folders, last = name.rstrip("/").split("/")
    return {**understand(last, folders=folders).as_json(), "name": name}


def sample(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="A new or empty folder.")],
) -> None:
    """Make a small sample library: two films and a series, generated here, free to use."""
    ingest.make_sample_library(folder, progress=say)


def fix_slugs(data_dir: DataDir = None) -> None:
    """Give public ids to whatever lacks one."""

    async def work(runtime: Runtime) -> int:
        async with runtime.database.transaction() as session:
            return await catalog.fix_slugs(session)

    progress_console.print(f"{with_runtime(settings_with(data_dir), work)} ids given.")
