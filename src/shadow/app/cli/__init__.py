"""The command line: `shadow`. Exit codes: 0 done, 1 failed, 2 wrong usage or settings."""

import sys

import typer

from shadow.app.cli import (
    gateway,
    jobs,
    leech,
    library,
    people,
    playback,
    serve,
    system,
    titles,
    worker,
)
from shadow.kit.errors import ShadowError
from shadow.runtime.logging import configure_logging
from shadow.runtime.settings import SettingsInvalid

app = typer.Typer(
    name="shadow",
    help="Shadow Systems: your own films, series, books and audio, anywhere.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
serve.register(app)
worker.register(app)
gateway.register(app)
library.register(app)
leech.register(app)
titles.register(app)
playback.register(app)
people.register(app)
jobs.register(app)
system.register(app)


def main() -> None:
    """Run the command line; every known failure ends in one clear line."""
    configure_logging(level="warning", style="auto")  # until the settings say otherwise
    try:
        app()
    except SettingsInvalid as error:
        sys.stderr.write(f"shadow: settings: {error.detail}\n")
        sys.exit(2)
    except ShadowError as error:
        sys.stderr.write(f"shadow: {error.detail}\n")
        sys.exit(1)
