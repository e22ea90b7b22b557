import asyncio
import os
import sys
from pathlib import Path

import pytest

from shadow.runtime.processes import (
    INPUT_RULES,
    ProgramFailed,
    ProgramMissing,
    ProgramTimedOut,
    find_ffmpeg,
    follow_program,
    media_argument,
    run_ffmpeg,
    run_program,
)
from tests.support.media import film


def python(code: str, *args: str) -> list[str]:
    return [sys.executable, "-c", code, *args]


async def test_output_errors_and_status_come_back() -> None:
    code = "import sys; print(sys.stdin.read().upper()); sys.stderr.write('hm'); sys.exit(3)"
    ended = await run_program(python(code), timeout=20, given=b"shout", check=False)
    assert (ended.returncode, ended.output, ended.errors) == (3, b"SHOUT\n", "hm")


async def test_a_failure_says_the_last_thing_the_program_said() -> None:
    with pytest.raises(ProgramFailed, match="no such tape") as failed:
        await run_program(python("import sys; sys.exit('rewinding\\nno such tape')"), timeout=20)
    assert failed.value.returncode == 1


async def test_a_program_that_does_not_end_is_killed_with_all_it_started(tmp_path: Path) -> None:
    started = tmp_path / "started"
    code = (
        "import subprocess, sys, time, pathlib\n"
        "child = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(1000)'])\n"
        "pathlib.Path(sys.argv[1]).write_text(str(child.pid))\n"
        "time.sleep(1000)"
    )
    running = asyncio.ensure_future(run_program(python(code, str(started)), timeout=1000))
    while not started.exists() or not started.read_text():
        await asyncio.sleep(0.01)
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running
    grandchild = Path(f"/proc/{started.read_text()}/stat")
    while grandchild.exists() and grandchild.read_text().rsplit(")", 1)[1].split()[0] != "Z":
        await asyncio.sleep(0.01)


async def test_the_time_limit_is_told() -> None:
    with pytest.raises(ProgramTimedOut, match=r"0\.2 s"):
        await run_program(python("import time; time.sleep(1000)"), timeout=0.2)


async def test_endless_output_is_stopped() -> None:
    with pytest.raises(ProgramFailed, match="more than 100000 bytes"):
        await run_program(
            python("while True: print('x' * 10000)"), timeout=100, output_limit=100_000
        )


async def test_a_program_that_does_not_read_its_input_is_no_trouble() -> None:
    ended = await run_program(python("print('done')"), timeout=20, given=bytes(4 << 20))
    assert ended.output == b"done\n"


@pytest.mark.parametrize("name", ["ls", "./ls", "/nonexistent/ls", "/"])
async def test_only_programs_that_exist_by_absolute_path_are_started(name: str) -> None:
    with pytest.raises(ProgramMissing):
        await run_program([name], timeout=5)


async def test_no_shell_reads_the_arguments() -> None:
    ended = await run_program(python("import sys; print(sys.argv[1])", "$(id); `id`"), timeout=20)
    assert ended.output == b"$(id); `id`\n"


async def test_a_program_sees_none_of_the_servers_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SHADOW_SECRET_KEY", "k" * 32)
    ended = await run_program(python("import os; print(sorted(os.environ))"), timeout=20)
    assert b"SHADOW" not in ended.output


async def test_the_pinned_ffmpeg_runs() -> None:
    ended = await run_program([find_ffmpeg(), "-version"], timeout=20)
    assert ended.output.startswith(b"ffmpeg version")


@pytest.mark.parametrize("setting", ["ffmpeg", "/nonexistent/ffmpeg", "/etc/passwd"])
def test_a_wrong_ffmpeg_setting_is_named(setting: str) -> None:
    with pytest.raises(ProgramMissing, match=setting):
        find_ffmpeg(setting)


def test_a_file_name_cannot_be_an_option_or_a_protocol() -> None:
    assert media_argument(b"/films/-i\xff") == b"file:/films/-i\xff"
    for name in ("-i", "concat:a|b", "http://host/", "film.mkv"):
        with pytest.raises(ValueError, match="absolute"):
            media_argument(name)


async def test_ffmpeg_reads_a_file_whose_name_is_a_trap(tmp_path: Path) -> None:
    trap = os.fsencode(tmp_path) + b"/concat:a|b \xff\n.mp4"
    os.symlink(film(), trap)  # noqa: PTH211 the name is bytes
    args = [*INPUT_RULES, "-i", media_argument(trap), "-frames:v", "1", "-f", "image2pipe", "-"]
    ended = await run_ffmpeg(find_ffmpeg(), args, timeout=60)
    assert ended.output.startswith(b"\xff\xd8")


async def test_a_list_of_files_opens_none_of_them(tmp_path: Path) -> None:
    (tmp_path / "film.mp4").symlink_to(film())
    playlist = tmp_path / "list.mp4"
    playlist.write_text("ffconcat version 1.0\nfile film.mp4\n")
    rest = ["-i", media_argument(playlist), "-frames:v", "1", "-f", "null", "-"]
    only_protocols = INPUT_RULES[:2]
    await run_ffmpeg(find_ffmpeg(), [*only_protocols, *rest], timeout=60)  # it would open them
    with pytest.raises(ProgramFailed):
        await run_ffmpeg(find_ffmpeg(), [*INPUT_RULES, *rest], timeout=60)


LAX = ("-protocol_whitelist", "file,http,tcp")


@pytest.mark.parametrize("rules", [INPUT_RULES, LAX])
async def test_only_the_input_rules_keep_a_playlist_off_the_network(
    tmp_path: Path, rules: tuple[str, ...]
) -> None:
    visits: list[object] = []

    async def visited(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        visits.append(writer)
        writer.close()

    async with await asyncio.start_server(visited, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        playlist = tmp_path / "list.ffconcat"
        playlist.write_text(f"ffconcat version 1.0\nfile http://127.0.0.1:{port}/x.ts\n")
        args = [*rules, "-safe", "0", "-i", media_argument(playlist), "-f", "null", "-"]
        with pytest.raises(ProgramFailed):
            await run_ffmpeg(find_ffmpeg(), args, timeout=60)
    assert bool(visits) is (rules == LAX)


async def test_lines_are_handed_on_as_they_come_and_endless_ones_left_out() -> None:
    code = (
        "import sys\n"
        "print('first', flush=True)\n"
        "sys.stdout.write('x' * 200_000 + '\\nlast')\n"
        "sys.stderr.write('hm'); sys.exit(4)"
    )
    lines: list[str] = []
    ended = await follow_program(python(code), lines.append, timeout=20)
    assert lines == ["first", "last"]
    assert (ended.returncode, ended.errors) == (4, "hm")


async def test_what_a_line_leads_to_may_end_the_program() -> None:
    class Enough(Exception):
        pass

    pids: list[int] = []

    def stop(line: str) -> None:
        pids.append(int(line))
        raise Enough

    code = "import os, time; print(os.getpid(), flush=True); time.sleep(1000)"
    with pytest.raises(Enough):
        await follow_program(python(code), stop, timeout=1000)
    assert not Path(f"/proc/{pids[0]}").exists()
