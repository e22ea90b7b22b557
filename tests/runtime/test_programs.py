"""What stands for `python -m` in tests behaves like it."""

import asyncio
import json
import os
import signal
import subprocess
import sys
from contextlib import suppress
from pathlib import Path
from typing import Any

import psutil
import pytest

from tests.support.programs import PIPE, ROOT, Program, run, start

SAYS = """
import atexit, json, os, sys, threading, time
atexit.register(print, "last words")
told = {
    "words": sys.argv[1:], "name": __name__, "file": __file__, "folder": os.getcwd(),
    "env": [os.environ.get("GIVEN"), os.environ.get("HIDDEN")], "read": sys.stdin.read(),
    "open": len(os.listdir("/proc/self/fd")), "threads": threading.active_count(),
    "signals": [str(signal) for signal in map(__import__("signal").getsignal, (2, 15, 17))],
}
print(json.dumps(told), flush=True)
if sys.argv[1:] == ["wait"]:
    time.sleep(600)
sys.exit(sys.argv[1] if sys.argv[1].startswith("no") else int(sys.argv[1]))
"""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "says.py").write_text(SAYS)
    monkeypatch.setenv("GIVEN", "given")
    monkeypatch.delenv("HIDDEN", raising=False)
    return tmp_path


def started(folder: Path, *words: str | bytes) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "says", *words]
    return subprocess.run(
        command, input="in", capture_output=True, cwd=folder, check=False, text=True
    )


@pytest.mark.parametrize("words", [("0",), ("7", b"\xff", "ü"), ("no: a message",)])
def test_a_forked_program_is_as_a_started_one(folder: Path, words: tuple[str | bytes, ...]) -> None:
    forked, fresh = run("says", *words, cwd=folder, given=b"in"), started(folder, *words)
    assert forked.returncode == fresh.returncode
    assert forked.stderr == fresh.stderr
    assert forked.stdout == fresh.stdout
    assert forked.stdout.endswith("last words\n")
    told: Any = json.loads(forked.stdout.splitlines()[0])
    assert told["words"] == [os.fsdecode(word) for word in words]


def test_programs_have_their_own_environment(folder: Path) -> None:
    env = {"GIVEN": "more", "HIDDEN": "no more"}
    told = json.loads(run("says", "0", env=env, cwd=folder).stdout.splitlines()[0])
    assert told["env"] == ["more", "no more"]
    assert json.loads(run("says", "0", cwd=folder).stdout.splitlines()[0])["env"] == ["given", None]


def test_a_program_that_is_killed_says_by_what(folder: Path) -> None:
    with Program("says", "wait", cwd=folder, stdout=PIPE) as program:
        assert program.stdout is not None
        assert program.stdout.readline()
        assert program.poll() is None
        with pytest.raises(subprocess.TimeoutExpired):
            program.wait(0)
        program.send_signal(signal.SIGKILL)
    assert program.returncode == -signal.SIGKILL
    program.kill()  # of what has ended nothing comes


async def test_several_may_wait_for_one_program(folder: Path) -> None:
    running = await start("says", "wait", cwd=folder, stdout=PIPE)
    assert running.stdout is not None
    await running.stdout.readline()
    waiting = [asyncio.create_task(running.wait()) for _ in range(2)]
    await asyncio.sleep(0)
    running.send_signal(signal.SIGINT)
    out, _ = await running.communicate()
    assert await asyncio.gather(*waiting) == [-signal.SIGINT] * 2
    assert out == b"last words\n"
    assert running.returncode == -signal.SIGINT


def test_programs_end_with_the_tests_that_started_them(folder: Path) -> None:
    starting = (
        "from tests.support.programs import PIPE, Program\n"
        f"program = Program('says', 'wait', cwd={str(folder)!r}, stdout=PIPE)\n"
        "program.stdout.readline()\n"
        "print(program.pid, flush=True)\n"
    )
    tests = subprocess.run(
        [sys.executable, "-c", starting], capture_output=True, check=True, text=True, cwd=ROOT
    )
    pid = int(tests.stdout)
    with suppress(psutil.NoSuchProcess):
        psutil.Process(pid).wait(30)
    assert not psutil.pid_exists(pid)


def test_threads_that_start_programs_at_once_share_one_server(folder: Path) -> None:
    starting = (
        "from concurrent.futures import ThreadPoolExecutor\n"
        "import psutil\n"
        "from tests.support.programs import run\n"
        "with ThreadPoolExecutor(4) as pool:\n"
        "    codes = [pool.submit(run, 'says', str(code)) for code in range(4)]\n"
        "    print([one.result().returncode for one in codes])\n"
        "print(len(psutil.Process().children()))\n"
    )
    path = os.pathsep.join((str(folder), str(ROOT)))
    tests = subprocess.run(
        [sys.executable, "-c", starting], capture_output=True, check=True, text=True,
        env={**os.environ, "PYTHONPATH": path},
    )  # fmt: skip
    assert tests.stdout.split("\n")[:2] == ["[0, 1, 2, 3]", "1"]
