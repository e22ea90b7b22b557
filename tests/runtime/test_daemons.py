"""Programs that stay: they end when they are told to, and when we end without a word."""

import asyncio
import shutil
import subprocess
import sys
from pathlib import Path

import psutil
import pytest

from shadow.runtime.daemons import Daemon, find_program
from shadow.runtime.files import Busy, alone
from shadow.runtime.processes import ProgramMissing

STUBBORN = "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); time.sleep(600)"
STARTER = f"""
import asyncio, sys
from shadow.runtime.daemons import Daemon

async def main():
    daemon = await Daemon.start([sys.executable, "-c", {STUBBORN!r}])
    print(daemon.pid, flush=True)
    await asyncio.Event().wait()

asyncio.run(main())
"""


async def test_a_daemon_runs_until_it_is_stopped() -> None:
    daemon = await Daemon.start([sys.executable, "-c", "import time; time.sleep(600)"])
    process = psutil.Process(daemon.pid)
    assert daemon.alive
    await daemon.stop()
    assert not daemon.alive
    assert not process.is_running()


async def test_one_that_does_not_listen_is_killed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("shadow.runtime.daemons.STOP_SECONDS", 0.2)
    said = f"import sys; print('deaf', file=sys.stderr, flush=True); {STUBBORN}"
    daemon = await Daemon.start([sys.executable, "-c", said])
    while daemon.last_words != "deaf":
        await asyncio.sleep(0.01)
    await daemon.stop()
    assert not daemon.alive


@pytest.mark.skipif(not shutil.which("setpriv"), reason="needs setpriv of util-linux")
def test_it_does_not_outlive_the_process_that_started_it() -> None:
    starter = subprocess.Popen([sys.executable, "-c", STARTER], stdout=subprocess.PIPE, text=True)
    assert starter.stdout is not None
    daemon = psutil.Process(int(starter.stdout.readline()))
    assert daemon.is_running()
    starter.kill()
    starter.wait()
    daemon.wait(timeout=60)


async def test_a_program_that_is_missing_is_told_by_name(tmp_path: Path) -> None:
    with pytest.raises(ProgramMissing, match="no-such-program"):
        find_program("no-such-program")
    for wrong in (str(tmp_path / "x"), "relative/x", str(tmp_path)):
        with pytest.raises(ProgramMissing):
            find_program("aria2c", wrong)
    assert find_program("x", sys.executable) == Path(sys.executable)


def test_a_place_is_held_by_one_at_a_time(tmp_path: Path) -> None:
    with alone(tmp_path / "lock"), pytest.raises(Busy), alone(tmp_path / "lock"):
        pass
    with alone(tmp_path / "lock"):
        pass
