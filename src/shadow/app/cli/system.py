"""`shadow migrate`, `shadow doctor`, `shadow version`, `shadow openapi`."""

import sys

import typer
from rich.table import Table
from rich.text import Text

from shadow import __version__
from shadow.app.cli.common import (
    AsJson,
    DataDir,
    output_console,
    print_json,
    progress_console,
    settings_with,
    with_runtime,
)
from shadow.app.doctor import Finding, examine
from shadow.app.web import build_app
from shadow.runtime.context import Runtime


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.command("version")(version)
    app.command("migrate")(migrate)
    app.command("doctor")(doctor)
    app.command("openapi", hidden=True)(openapi)


def version() -> None:
    """Print the version."""
    sys.stdout.write(f"{__version__}\n")


def migrate(data_dir: DataDir = None) -> None:
    """Bring the database to the newest schema (the server does so at start, too)."""

    async def work(runtime: Runtime) -> None:
        await runtime.database.ping()

    with_runtime(settings_with(data_dir), work)
    progress_console.print("The database is up to date.")


def doctor(as_json: AsJson = False, data_dir: DataDir = None) -> None:
    """Check settings, database, folders, programs and plugins, and say what to mend."""
    findings = with_runtime(settings_with(data_dir), examine)
    if as_json:
        print_json([finding.as_json() for finding in findings])
    else:
        _show(findings)
    if any(finding.state == "broken" for finding in findings):
        raise typer.Exit(1)


def _show(findings: list[Finding]) -> None:
    table = Table("", "what", "how it is")
    signs = {"fine": "[green]✓[/]", "off": "[dim]–[/]", "broken": "[red]✗[/]"}
    for finding in findings:
        table.add_row(signs[finding.state], finding.name, Text(finding.detail))
    output_console.print(table)


def openapi() -> None:
    """Print the API's description as JSON."""
    print_json(build_app().openapi())
