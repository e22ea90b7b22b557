"""`shadow migrate`, `shadow doctor`, `shadow version`, `shadow jobs`, `shadow openapi`."""

import sys
from collections.abc import Callable
from typing import Annotated

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
from shadow.runtime.jobs import Job, job_json

jobs = typer.Typer(
    help="Durable work: list it, show it, stop it, go on with it.", no_args_is_help=True
)


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.command("version")(version)
    app.command("migrate")(migrate)
    app.command("doctor")(doctor)
    app.command("openapi", hidden=True)(openapi)
    app.add_typer(jobs, name="jobs")
    for action in ("cancel", "retry", "pause", "resume"):
        jobs.command(action, help=f"{action.capitalize()} a job.")(_acting(action))


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


@jobs.command("list")
def list_jobs(as_json: AsJson = False, data_dir: DataDir = None) -> None:
    """List jobs, newest first."""

    async def work(runtime: Runtime) -> list[Job]:
        return (await runtime.jobs.list(limit=50)).items

    found = with_runtime(settings_with(data_dir), work)
    if as_json:
        print_json([job_json(job) for job in found])
        return
    table = Table("id", "kind", "state", "phase", "done", "error")
    for job in found:
        done = f"{job.items_done or 0}/{job.items_total or '?'}"
        table.add_row(job.id, job.kind, job.state, job.phase or "", done, Text(job.error or ""))
    output_console.print(table)


@jobs.command("show")
def show_job(
    job_id: Annotated[str, typer.Argument(metavar="ID")], data_dir: DataDir = None
) -> None:
    """Print one job as JSON."""

    async def work(runtime: Runtime) -> Job:
        return await runtime.jobs.get(job_id)

    print_json(job_json(with_runtime(settings_with(data_dir), work)))


def _acting(action: str) -> Callable[..., None]:
    def command(
        job_id: Annotated[str, typer.Argument(metavar="ID")], data_dir: DataDir = None
    ) -> None:
        async def work(runtime: Runtime) -> Job:
            acted: Job = await getattr(runtime.jobs, action)(job_id)
            return acted

        job = with_runtime(settings_with(data_dir), work)
        progress_console.print(f"{job.id} is {job.wanted or job.state}.")

    return command
