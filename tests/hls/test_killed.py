"""Real servers, killed in the middle of things, and two on one data folder."""

import os
import shutil
import signal
import sqlite3
import subprocess
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import pytest

from shadow.hls.tokens import Grant, mint, token_secret
from tests.support.hls_fixtures import fixture_file
from tests.support.programs import DEVNULL, Program, run
from tests.support.server import Server, running_server, start_server

QUIET = {
    "SHADOW_HLS__PREVIEWS": "off",
    "SHADOW_HLS__INDEX_AFTER_SCAN": "false",
    "SHADOW_HLS__READ_AHEAD": "0",
}
LONG = 120.0
COUNT = 4
"""Segments of the film."""


class House:
    """A library of one film, and a data folder."""

    def __init__(self, folder: Path) -> None:
        self.data = folder / "data"
        self.library = folder / "library"
        self.library.mkdir(parents=True)
        shutil.copy2(fixture_file("h264_mkv"), self.library / "Film (2001).mkv")

    def start(self) -> Server:
        return start_server(self.data, "--library", str(self.library), **QUIET)

    def rows(self, query: str) -> list[tuple[object, ...]]:
        with sqlite3.connect(f"file:{self.data}/shadow.sqlite?mode=ro", uri=True) as database:
            return database.execute(query).fetchall()

    def file_id(self) -> str:
        until(lambda: bool(self.rows("SELECT public_id FROM files")))
        return str(self.rows("SELECT public_id FROM files")[0][0])

    def base(self) -> str:
        secret = token_secret((self.data / "secret.key").read_bytes())
        expires = int(time.time()) + 3600
        token = mint(secret, file_id=self.file_id(), user_id=None, expires=expires, grant=Grant())
        return f"/hls/{self.file_id()}/{token}"

    @property
    def making(self) -> Path:
        return self.data / "cache" / "hls" / "making"


def until(happens: Callable[[], bool]) -> None:
    deadline = time.monotonic() + LONG
    while not happens():
        assert time.monotonic() < deadline
        time.sleep(0.005)


def get(server: Server, path: str) -> bytes:
    answer = httpx.get(f"{server.url}{path}", timeout=LONG)
    assert answer.status_code == 200, answer.text
    return answer.content


@pytest.fixture
def house(tmp_path: Path) -> House:
    return House(tmp_path)


@pytest.fixture
def threads() -> Iterator[ThreadPoolExecutor]:
    with ThreadPoolExecutor(8) as pool:
        yield pool


def children(pid: int) -> list[int]:
    """Return the processes that a process started."""
    listed = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return [int(one) for one in listed]


def test_a_server_killed_while_it_encodes_serves_no_half_segment(
    house: House, threads: ThreadPoolExecutor
) -> None:
    server = house.start()
    base = house.base()
    get(server, f"{base}/v360/init.mp4")
    asked = threads.submit(httpx.get, f"{server.url}{base}/v360/1.m4s", timeout=LONG)
    until(lambda: any(house.making.glob("*.lock")) or asked.done())
    workers = children(server.process.pid)
    server.kill()

    assert isinstance(asked.exception(LONG), httpx.TransportError) or asked.result().is_success
    until(lambda: not any(Path(f"/proc/{one}").exists() for one in workers))
    server = house.start()
    try:
        got = get(server, f"{base}/v360/1.m4s")
        assert not any(house.making.iterdir())
        shutil.rmtree(house.data / "cache" / "hls" / "segments")
        (house.data / "cache" / "hls" / "segments").mkdir()
        assert get(server, f"{base}/v360/1.m4s") == got
    finally:
        server.process.send_signal(signal.SIGTERM)
        server.process.wait(20)


def test_a_worker_killed_while_it_encodes_is_not_noticed_by_the_player(
    house: House, threads: ThreadPoolExecutor
) -> None:
    with running_server(house.data, "--library", str(house.library), **QUIET) as server:
        base = house.base()
        get(server, f"{base}/v360/0.m4s")
        asked = threads.submit(get, server, f"{base}/v360/1.m4s")
        until(lambda: any(house.making.glob("*.lock")) or asked.done())
        for worker in children(server.process.pid):
            os.kill(worker, signal.SIGKILL)

        assert len(asked.result(LONG)) > 1000
        assert get(server, f"{base}/v360/2.m4s")
        until(lambda: not any(house.making.iterdir()))


def test_two_servers_on_one_folder_give_the_same_and_make_each_segment_once(
    house: House, threads: ThreadPoolExecutor
) -> None:
    options = ("--library", str(house.library))
    with running_server(house.data, *options, **QUIET) as first:
        base = house.base()
        with running_server(house.data, *options, **QUIET) as second:
            paths = [f"{base}/v360/{number}.m4s" for number in range(COUNT - 1)]
            both = [[threads.submit(get, one, path) for path in paths] for one in (first, second)]
            contents = [[one.result(LONG) for one in asked] for asked in both]

            assert contents[0] == contents[1]
            assert made(first) + made(second) == len(paths)


def made(server: Server) -> float:
    start = 'shadow_hls_segments_made_total{kind="encode"} '
    lines = get(server, "/metrics").decode().splitlines()
    return sum(float(line.removeprefix(start)) for line in lines if line.startswith(start))


def test_preparing_goes_on_after_a_kill_with_what_is_not_there_yet(house: House) -> None:
    with running_server(house.data, "--library", str(house.library), **QUIET):
        file_id = house.file_id()
    (title_id,) = house.rows("SELECT public_id FROM titles")[0]
    words = ("prepare", str(title_id), "--height", "360", "--wait", "--data-dir", house.data)
    folder = house.data / "prepared" / file_id
    with Program("shadow", *words, stderr=DEVNULL, env=QUIET) as child:
        until(lambda: any(folder.glob("v360-*/[0-9]-*")))
        child.send_signal(signal.SIGKILL)
    there = {one: one.stat().st_mtime_ns for one in folder.glob("v360-*/[0-9]-*")}

    with running_server(house.data, "--library", str(house.library), **QUIET):
        ready = "SELECT count(*) FROM prepared_renditions WHERE ready"
        until(lambda: house.rows(ready) == [(2,)])  # the picture and the sound

    assert all(one.stat().st_mtime_ns == time for one, time in there.items())
    assert not list(folder.glob("*/*.part"))


def test_prepare_names_titles_as_people_do(house: House) -> None:
    with running_server(house.data, "--library", str(house.library), **QUIET):
        house.file_id()

    def prepare(*arguments: str) -> subprocess.CompletedProcess[str]:
        return run("shadow", "prepare", *arguments, "--data-dir", house.data)

    done = prepare("film", "--wait")
    assert done.returncode == 0, done.stderr
    assert "2 renditions are ready" in done.stderr
    assert prepare("no such film", "--wait").returncode == 2
    assert prepare("film", "--height", "361").returncode == 1
