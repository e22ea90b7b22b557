"""`shadow title edit` and `shadow title rm`."""

from typing import Annotated

import typer

from shadow.app.cli.common import DataDir, say, settings_with, with_runtime
from shadow.catalog import service as catalog
from shadow.runtime.context import Runtime

title = typer.Typer(help="Titles of the library, by their public id.", no_args_is_help=True)
TitleId = Annotated[str, typer.Argument(metavar="ID", help="The 7 characters in its address.")]


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.add_typer(title, name="title")


@title.command("edit")
def edit(
    title_id: TitleId,
    name: Annotated[str | None, typer.Option("--title", help="Another title.")] = None,
    year: Annotated[int | None, typer.Option(min=1870, max=2200, help="Another year.")] = None,
    overview: Annotated[str | None, typer.Option(help="Another description.")] = None,
    data_dir: DataDir = None,
) -> None:
    """Correct a title; what is given is locked against refreshes."""
    given = {"title": name, "year": year, "overview": overview}
    wanted = {field: value for field, value in given.items() if value is not None}
    if not wanted:
        raise typer.BadParameter("give --title, --year or --overview")

    async def work(runtime: Runtime) -> str:
        async with runtime.database.transaction() as session:
            changes = catalog.TitleEdit.model_validate(wanted)
            shown = await catalog.edit_title(session, title_id, changes, clock=runtime.clock)
            return f"{shown.title} ({shown.year or 'no year'})"

    say(f"Changed: {with_runtime(settings_with(data_dir), work)}")


@title.command("rm")
def remove(title_id: TitleId, data_dir: DataDir = None) -> None:
    """Take a title out of the library; its files stay on disk, and the web client can undo it."""

    async def work(runtime: Runtime) -> None:
        async with runtime.database.transaction() as session:
            await catalog.remove_title(session, title_id, clock=runtime.clock)

    with_runtime(settings_with(data_dir), work)
    say("Taken out of the library. The files stay on disk.")
