"""`shadow prepare`."""

from typing import Annotated

import typer
from sqlalchemy import select

from shadow.app.cli.common import DataDir, progress_console, say, settings_with, with_runtime
from shadow.app.cli.following import follow
from shadow.catalog import service as catalog
from shadow.catalog.models import Title
from shadow.hls import service as hls
from shadow.kit.ids import is_public_id
from shadow.runtime.context import Runtime
from shadow.runtime.job_engine import Role
from shadow.runtime.jobs import Job

SHOWN = 10
"""Titles listed when a name could mean several."""


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.command("prepare")(prepare)


def prepare(
    title: Annotated[
        str, typer.Argument(metavar="TITLE", help="Its name, or the 7 characters in its address.")
    ],
    height: Annotated[
        list[int] | None,
        typer.Option(help="Only this height: 1080, 720, 480 or 360. May be given several times."),
    ] = None,
    wait: Annotated[
        bool, typer.Option(help="Make it here and now, and wait; otherwise the server does.")
    ] = False,
    data_dir: DataDir = None,
) -> None:
    """Make a title's renditions ahead of time, to be used instead of encoding."""

    async def work(runtime: Runtime) -> Job:
        title_id = await _named(runtime, title)
        job_id = await hls.start_preparing(runtime, title_id=title_id, heights=height, own=wait)
        return await (follow(runtime, job_id) if wait else runtime.jobs.get(job_id))

    role = Role.own if wait else Role.looks
    job = with_runtime(settings_with(data_dir), work, role=role)
    if not wait:
        say(f"Noted as job {job.id}, for the server.")
        return
    if job.state != "done" or job.result is None:
        progress_console.print(f"It ended as {job.state}: {job.error or ''}", markup=False)
        raise typer.Exit(1)
    made = job.result
    say(f"{made['renditions']} renditions are ready: {made['bytes'] / 1e6:.1f} MB.")


async def _named(runtime: Runtime, name: str) -> str:
    """Return the public id of the one title that is meant."""
    async with runtime.database.session() as session:
        known = select(Title.id).where(Title.public_id == name)
        if is_public_id(name) and await session.scalar(known) is not None:
            return name
        found = (await catalog.find(session, name)).items
    same = [one for one in found if one.title.casefold() == name.strip().casefold()]
    meant = same if len(same) == 1 else found
    if len(meant) == 1:
        return meant[0].id
    for one in meant[:SHOWN]:
        say(f"  {one.id}  {one.title} ({one.year or 'no year'})")
    raise typer.BadParameter(
        "several titles have such a name: give the id of one" if meant else "there is no such title"
    )
