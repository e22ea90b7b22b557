"""Start external programs: the one place that does, so that its rules hold everywhere.

No shell, ever. Programs get an argument list, a time limit, bounded output, a minimal environment
and a process group of their own, which is killed as a whole. File names that come from outside go
to FFmpeg through `media_argument`, so that no name can be an option or a protocol.
"""

import asyncio
import contextlib
import os
import signal
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import imageio_ffmpeg

from shadow.kit.errors import Kind, ShadowError
from shadow.runtime.media_formats import FAR_PROTOCOLS, FAR_SILENCE, FORMATS
from shadow.runtime.range_requests import is_address

KEPT_ENVIRONMENT = ("PATH", "HOME", "TMPDIR", "LANG", "LC_ALL", "LD_LIBRARY_PATH", "SYSTEMROOT")
OUTPUT_LIMIT = 16 << 20  # bytes of standard output kept unless the caller says otherwise
ERROR_LIMIT = 64 << 10  # bytes of standard error kept, the last ones
LINE_LIMIT = 64 << 10  # bytes of a line that is handed on
BLOCK = 1 << 16


class ProgramMissing(ShadowError):
    """Say that a program that is needed is not installed or not executable."""

    kind = Kind.unavailable
    code = "runtime.program_missing"


class ProgramTimedOut(ShadowError):
    """Say that a program did not end in its time; it was killed."""

    kind = Kind.unavailable
    code = "runtime.program_timed_out"


class ProgramFailed(ShadowError):
    """Say that a program ended with an error; `errors` holds the end of what it wrote."""

    kind = Kind.invalid
    code = "runtime.program_failed"

    def __init__(self, detail: str, *, returncode: int, errors: str) -> None:
        super().__init__(detail)
        self.returncode = returncode
        self.errors = errors


@dataclass(frozen=True, slots=True)
class Ended:
    """How a program ended: exit status (negative: the signal), output and the end of its errors."""

    returncode: int
    output: bytes
    errors: str


async def run_program(
    args: Sequence[str | bytes | Path],
    *,
    timeout: float,  # noqa: ASYNC109 the program is killed by it, not only the wait
    given: bytes = b"",
    output_limit: int = OUTPUT_LIMIT,
    environment: Mapping[str, str] | None = None,
    check: bool = True,
) -> Ended:
    """Run a program to its end and return what it wrote.

    Cancelling the call kills the program and all it started.

    Args:
        args: The program by absolute path, then its arguments, passed on as they are.
        timeout: Seconds until it is killed.
        given: Bytes for its standard input.
        output_limit: A program that writes more bytes than this is killed as failed.
        environment: Variables beyond a minimal set (nothing of the server's secrets).
        check: Raise when the exit status is not 0.

    Raises:
        ProgramMissing, ProgramTimedOut, ProgramFailed.
    """
    process, name = await _begin(args, environment)
    ended = await _within(_communicate(process, given, output_limit), process, name, timeout)
    if check and ended.returncode != 0:
        raise ProgramFailed(
            f"{name} failed: {_last_line(ended.errors) or f'status {ended.returncode}'}",
            returncode=ended.returncode,
            errors=ended.errors,
        )
    return ended


async def follow_program(
    args: Sequence[str | bytes | Path],
    line: Callable[[str], None],
    *,
    timeout: float,  # noqa: ASYNC109 the program is killed by it, not only the wait
    given: bytes = b"",
    environment: Mapping[str, str] | None = None,
) -> Ended:
    """Run a program to its end and hand on each line that it writes as it comes.

    Cancelling the call, or an error that `line` raises, kills the program and all it started.

    Args:
        args: The program by absolute path, then its arguments, passed on as they are.
        line: Called with each line of standard output; one over 64 KiB is left out.
        timeout: Seconds until it is killed.
        given: Bytes for its standard input.
        environment: Variables beyond a minimal set (nothing of the server's secrets).

    Returns:
        How it ended, whatever the exit status; `output` is empty.

    Raises:
        ProgramMissing, ProgramTimedOut.
    """
    process, name = await _begin(args, environment)
    return await _within(_follow(process, given, line), process, name, timeout)


async def _begin(
    args: Sequence[str | bytes | Path], environment: Mapping[str, str] | None
) -> tuple[asyncio.subprocess.Process, str]:
    name = Path(os.fsdecode(args[0]))
    if not name.is_absolute():
        raise ProgramMissing(f"{name} is not an absolute path to a program.")
    return await _start(args, environment or {}), name.name


async def _within(
    work: Awaitable[Ended], process: asyncio.subprocess.Process, name: str, seconds: float
) -> Ended:
    """Wait for a program's end; whatever ends the wait before ends the program."""
    try:
        async with asyncio.timeout(seconds):
            return await work
    except BaseException as error:
        _kill_group(process)
        await asyncio.shield(process.wait())
        if isinstance(error, TimeoutError):
            raise ProgramTimedOut(
                f"{name} took longer than {seconds:g} s and was stopped."
            ) from error
        raise


async def _start(
    args: Sequence[str | bytes | Path], environment: Mapping[str, str]
) -> asyncio.subprocess.Process:
    kept = {key: os.environ[key] for key in KEPT_ENVIRONMENT if key in os.environ}
    try:
        return await asyncio.create_subprocess_exec(
            *args,
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
            env={**kept, **environment},
            start_new_session=True,
        )
    except OSError as error:
        raise ProgramMissing(
            f"{os.fsdecode(args[0])} cannot be started: {error.strerror}."
        ) from error
    except ValueError as error:  # a NUL in an argument
        raise ProgramMissing("An argument holds a character that no program can take.") from error


async def _communicate(
    process: asyncio.subprocess.Process, given: bytes, output_limit: int
) -> Ended:
    assert process.stdout is not None
    assert process.stderr is not None
    async with asyncio.TaskGroup() as group:
        group.create_task(_feed(process, given))
        output = group.create_task(_read_all(process, process.stdout, output_limit))
        errors = group.create_task(_read_end(process.stderr))
    text = errors.result().decode("utf-8", "replace")
    if len(output.result()) > output_limit:
        raise ProgramFailed(
            f"It wrote more than {output_limit} bytes.", returncode=-signal.SIGKILL, errors=text
        )
    return Ended(await process.wait(), output.result(), text)


async def _follow(
    process: asyncio.subprocess.Process, given: bytes, line: Callable[[str], None]
) -> Ended:
    assert process.stdout is not None
    assert process.stderr is not None
    feeding = asyncio.create_task(_feed(process, given))
    errors = asyncio.create_task(_read_end(process.stderr))
    try:
        await _read_lines(process.stdout, line)
        await feeding
        text = (await errors).decode("utf-8", "replace")
        return Ended(await process.wait(), b"", text)
    finally:
        feeding.cancel()
        errors.cancel()


async def _read_lines(stream: asyncio.StreamReader, line: Callable[[str], None]) -> None:
    begun, too_long = b"", False
    while block := await stream.read(BLOCK):
        *whole, rest = (begun + block).split(b"\n")
        for one in whole:
            if not too_long and len(one) <= LINE_LIMIT:
                line(one.decode("utf-8", "replace"))
            too_long = False
        too_long = too_long or len(rest) > LINE_LIMIT
        begun = b"" if too_long else rest
    if begun:
        line(begun.decode("utf-8", "replace"))


async def _feed(process: asyncio.subprocess.Process, given: bytes) -> None:
    assert process.stdin is not None
    with contextlib.suppress(BrokenPipeError, ConnectionResetError):  # it need not read all
        process.stdin.write(given)
        await process.stdin.drain()
        process.stdin.close()
        await process.stdin.wait_closed()


async def _read_all(
    process: asyncio.subprocess.Process, stream: asyncio.StreamReader, limit: int
) -> bytes:
    kept = bytearray()
    while len(kept) <= limit and (block := await stream.read(BLOCK)):
        kept += block
    if len(kept) > limit:
        _kill_group(process)
    return bytes(kept)


async def _read_end(stream: asyncio.StreamReader) -> bytes:
    kept = bytearray()
    while block := await stream.read(BLOCK):
        kept += block
        del kept[:-ERROR_LIMIT]
    return bytes(kept)


def _kill_group(process: asyncio.subprocess.Process) -> None:
    # The group, because what the program started may still hold its pipes.
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, signal.SIGKILL)


def _last_line(errors: str) -> str:
    lines = [line.strip() for line in errors.splitlines() if line.strip()]
    return lines[-1][:300] if lines else ""


def find_ffmpeg(setting: str = "") -> Path:
    """Find the FFmpeg program: the one a setting names, else the pinned one that comes along.

    The pinned one makes the same files everywhere; a system's own is for hardware encoders.

    Raises:
        ProgramMissing: The setting names no executable file, or there is no pinned one for
            this kind of machine.
    """
    if setting:
        chosen = Path(setting)
        if not chosen.is_absolute():
            raise ProgramMissing(f"The FFmpeg setting {setting!r} must be an absolute path.")
    else:
        try:
            chosen = Path(imageio_ffmpeg.get_ffmpeg_exe())
        except RuntimeError as error:
            raise ProgramMissing(
                "No FFmpeg comes along for this kind of machine: name one in the settings."
            ) from error
    if not (chosen.is_file() and os.access(chosen, os.X_OK)):
        raise ProgramMissing(f"There is no program at {chosen}.")
    return chosen


def media_argument(path: Path | str | bytes) -> bytes:
    """Name a local file to FFmpeg so that it can be nothing but that file.

    `file:` stops `concat:…`, `http:…` and a leading dash from meaning something.

    Raises:
        ValueError: The path is not absolute.
    """
    name = os.fsencode(path)
    if not name.startswith(b"/"):
        raise ValueError(f"not an absolute path: {os.fsdecode(name)!r}")
    return b"file:" + name


async def run_ffmpeg(
    ffmpeg: Path,
    args: Sequence[str | bytes | Path],
    *,
    timeout: float,  # noqa: ASYNC109 passed on to run_program, which kills by it
    given: bytes = b"",
    output_limit: int = OUTPUT_LIMIT,
) -> Ended:
    """Run FFmpeg with the arguments that every use needs: quiet, never asking, overwriting.

    Inputs must be named with `media_input`.

    Raises:
        ProgramMissing, ProgramTimedOut, ProgramFailed.
    """
    head: list[str | bytes | Path] = [ffmpeg, "-hide_banner", "-nostdin", "-loglevel", "error"]
    return await run_program(
        [*head, "-y", *args], timeout=timeout, given=given, output_limit=output_limit
    )


INPUT_RULES = ("-protocol_whitelist", "file,pipe", "-format_whitelist", FORMATS)
"""Put before each `-i`: a file is a film or nothing, and opens nothing on the network.

A playlist would be opened with the files it names, of which a viewer then saw the content.
"""


def media_input(path: bytes) -> list[str | bytes]:
    """Return the arguments that name a film to FFmpeg: a local path, or the address it is lent at.

    Raises:
        ValueError: it is neither.
    """
    if is_address(path):
        rules = ("-protocol_whitelist", FAR_PROTOCOLS, "-format_whitelist", FORMATS)
        return [*rules, "-rw_timeout", FAR_SILENCE, "-i", path]
    return [*INPUT_RULES, "-i", media_argument(path)]
