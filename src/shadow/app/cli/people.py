"""`shadow user` and `shadow token`."""

import sys
from typing import Annotated

import typer

from shadow.accounts import service as accounts
from shadow.app.cli.common import DataDir, progress_console, settings_with, with_runtime
from shadow.runtime.access import Role
from shadow.runtime.context import Runtime

user = typer.Typer(help="The people who may sign in.", no_args_is_help=True)
token = typer.Typer(help="API tokens.", no_args_is_help=True)


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.add_typer(user, name="user")
    app.add_typer(token, name="token")


@user.command("add")
def add(
    name: Annotated[str, typer.Argument(help="The name to sign in with.")],
    role: Annotated[str, typer.Option(help="guest, free, premium, moderator or admin.")] = "free",
    password_stdin: Annotated[
        bool, typer.Option("--password-stdin", help="Read the password from standard input.")
    ] = False,
    data_dir: DataDir = None,
) -> None:
    """Add a person."""
    if role not in Role.__members__:
        raise typer.BadParameter(
            f"choose one of {', '.join(Role.__members__)}", param_hint="--role"
        )
    settings = settings_with(data_dir)
    if password_stdin:
        password = sys.stdin.readline().rstrip("\r\n")
    else:
        password = typer.prompt("Password", hide_input=True, confirmation_prompt=True)

    async def work(runtime: Runtime) -> None:
        async with runtime.database.transaction() as session:
            await accounts.create_user(session, name=name, password=password, role=Role[role])

    with_runtime(settings, work)
    progress_console.print(f"Added {name} ({role}).")


@token.command("create")
def create(
    name: Annotated[str, typer.Argument(metavar="USER", help="Whose token it is.")],
    scope: Annotated[
        list[str] | None, typer.Option(help="read, stream, write or admin; none means all.")
    ] = None,
    data_dir: DataDir = None,
) -> None:
    """Make an API token and print it, alone, on standard output."""

    async def work(runtime: Runtime) -> str:
        async with runtime.database.transaction() as session:
            return await accounts.create_token(
                session, user_name=name, name="command line", scopes=scope
            )

    sys.stdout.write(with_runtime(settings_with(data_dir), work) + "\n")
