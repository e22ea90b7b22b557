"""`shadow gateway`: the configuration of an nginx in front, and what it keeps."""

import os
import sys
from contextlib import suppress
from pathlib import Path
from typing import Annotated

import typer

from shadow.app.cli.common import AsJson, DataDir, print_json, say, settings_with
from shadow.app.gateway.configuration import Gateway, http_block, whole
from shadow.kit.errors import Kind, ShadowError
from shadow.kit.ids import is_public_id
from shadow.runtime.settings import secret_key
from shadow.streaming import service as streaming

gateway = typer.Typer(
    name="gateway",
    help="Print the configuration of an nginx in front, made from the settings. It holds secrets.",
    invoke_without_command=True,
    add_completion=False,
)


class OutputRefused(ShadowError):
    """The file to write cannot be written."""

    kind = Kind.denied
    code = "app.output_refused"


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.add_typer(gateway)


@gateway.callback()
def configuration(
    context: typer.Context,
    listen: Annotated[
        list[str] | None,
        typer.Option(
            help="Port, host:port, [address]:port or unix:/path to listen on, 80 unless given. "
            "May be given several times."
        ),
    ] = None,
    output: Annotated[
        Path | None, typer.Option(help="Write it to this file, for its owner alone to read.")
    ] = None,
    whole_file: Annotated[
        bool,
        typer.Option("--whole", help="A whole nginx.conf for an nginx that does nothing else."),
    ] = False,
    data_dir: DataDir = None,
) -> None:
    """Print the configuration of an nginx in front, made from the settings. It holds secrets."""
    if context.invoked_subcommand is not None:
        return
    settings = settings_with(data_dir)
    key = secret_key(settings.core)
    made = Gateway(settings, key, tuple(listen) if listen else ("80",))
    text = (whole if whole_file else http_block)(made).encode(errors="surrogateescape")
    if not settings.core.trusted_proxies:
        say("SHADOW_TRUSTED_PROXIES is empty: set it to nginx's address (127.0.0.1, say), or")
        say("everybody's address will be nginx's.")
    if output is not None:
        _write(output, text)
    else:
        sys.stdout.buffer.write(text)


def _write(output: Path, text: bytes) -> None:
    """Write the file whole or not at all, readable by its owner alone."""
    fresh = output.with_name(f".{output.name}.{os.getpid()}")
    try:
        with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            file.write(text)
        fresh.replace(output)
    except OSError as error:
        with suppress(OSError):
            fresh.unlink()
        raise OutputRefused(f"{output} cannot be written: {error.strerror}.") from error


@gateway.command("purge")
def purge(
    file_id: Annotated[str, typer.Argument(metavar="FILE_ID", help="The 7 characters of its id.")],
    as_json: AsJson = False,
    data_dir: DataDir = None,
) -> None:
    """Remove what nginx keeps of a file. What is taken out of the library goes by itself."""
    if not is_public_id(file_id):
        raise typer.BadParameter("an id has 7 letters and digits", param_hint="FILE_ID")
    settings = settings_with(data_dir).group(streaming.GatewaySettings)
    done = streaming.purge(Path(os.fsdecode(settings.cache_dir)), [file_id])
    if as_json:
        print_json({"files": done.files, "bytes": done.bytes})
    else:
        say(f"{done.files} slices removed: {done.bytes / 1e6:.1f} MB.")
