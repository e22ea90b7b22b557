"""The choice between engines: resolvers first, then by policy, and what no engine may do."""

import hashlib
import os
import shutil
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from tests.support.faulty_server import FaultyServer, faulty_server
from tests.support.sources import Told
from tests.support.swarm_of_peers import seeded

from shadow.ingest.fetching import MOST_LINKS, fetch, list_files
from shadow.ingest.ports import (
    Fetched,
    Link,
    NoRoom,
    Report,
    SourceRefused,
    SourceUnavailable,
    TooLarge,
    WrongContent,
)
from shadow.runtime.context import Runtime
from shadow.runtime.http import RequestRefused

FILM = os.urandom(2_000_000)


@pytest.fixture
def given_settings() -> dict[str, Any]:
    return {
        "network": {"allow_private": "127.0.0.1/32", "read_seconds": 2},
        "aria2": {"dht": False, "timeout_seconds": 2, "peer_seconds": 5},
        "http": {"pause_seconds": 0.01, "attempts": 2},
        "ingest": {"spare_bytes": 0},
    }


@pytest.fixture
def sandbox(tmp_path: Path) -> Path:
    folder = tmp_path / "sandbox"
    folder.mkdir()
    return folder


@pytest.fixture
async def server() -> AsyncIterator[FaultyServer]:
    async with faulty_server(FILM) as opened:
        yield opened


class Outcome(NamedTuple):
    fetched: Fetched
    told: Told
    notes: list[str]


class Engine:
    """An engine of a test's own."""

    def __init__(self, name: str, outcome: Any) -> None:
        self.name = name
        self._outcome = outcome
        self.keys: list[str] = []

    def takes(self, link: Link) -> bool:
        return True

    async def fetch(self, link: Link, sandbox: Path, report: Report, *, key: str) -> Fetched:
        self.keys.append(key)
        (sandbox / "part").write_bytes(b"left over")
        report(bytes_done=9, bytes_total=9)
        if isinstance(self._outcome, Exception):
            raise self._outcome
        return Fetched(self._outcome(sandbox), self.name)


class Finder:
    """A resolver of a test's own."""

    name = "finder"

    def __init__(self, found: Any) -> None:
        self._found = found

    def takes(self, link: Link) -> bool:
        return link.url.endswith("/page")

    async def resolve(self, link: Link) -> tuple[Link, ...]:
        if isinstance(self._found, Exception):
            raise self._found
        return tuple(self._found)


def plug(runtime: Runtime, port: str, *built: Any) -> None:
    """Put plugins of a test's own in the place of the real ones of a port."""
    runtime.plugins._ready[port] = {one.name: one for one in built}


def one_file(folder: Path) -> tuple[str, ...]:
    (folder / "film.mkv").write_bytes(FILM)
    return ("film.mkv",)


async def run(runtime: Runtime, link: Link, sandbox: Path) -> Outcome:
    told, notes = Told(), list[str]()
    fetched = await fetch(runtime, link, sandbox, told, key="job", note=notes.append)
    return Outcome(fetched, told, notes)


async def test_aria2_is_tried_first_and_shown(
    runtime: Runtime, sandbox: Path, server: FaultyServer
) -> None:
    server.disposition = 'attachment; filename="Film (2020).mkv"'
    outcome = await run(runtime, Link(f"{server.url}/dl?id=7"), sandbox)
    assert outcome.fetched == Fetched(("aria2/Film (2020).mkv",), "aria2")
    assert (sandbox / "aria2/Film (2020).mkv").read_bytes() == FILM
    assert outcome.told.details["engine"] == "aria2"
    assert outcome.notes == ["Downloading with aria2."]


async def test_what_aria2_must_not_be_given_goes_to_the_next_engine(
    runtime: Runtime, sandbox: Path, server: FaultyServer
) -> None:
    link = Link(f"{server.url}/film.mkv", headers={"Cookie": "token=1"})
    outcome = await run(runtime, link, sandbox)
    assert outcome.fetched == Fetched(("http/film.mkv",), "http")


async def test_an_engine_that_cannot_is_left_for_the_next_and_the_log_says_why(
    runtime: Runtime, sandbox: Path, server: FaultyServer
) -> None:
    plug(
        runtime,
        "source",
        Engine("aria2", SourceUnavailable("aria2 does not start.")),
        Engine("http", SourceRefused("The server wants a browser.")),
        Engine("ytdlp", one_file),
    )
    outcome = await run(runtime, Link(f"{server.url}/film.mkv"), sandbox)
    assert outcome.fetched == Fetched(("ytdlp/film.mkv",), "ytdlp")
    assert outcome.notes == [
        "Downloading with aria2.",
        "aria2: aria2 does not start.",
        "Downloading with http.",
        "http: The server wants a browser.",
        "Downloading with ytdlp.",
    ]
    assert outcome.told.details["engine"] == "ytdlp"
    assert {one.name for one in sandbox.iterdir()} == {"ytdlp"}  # the others' parts are gone


async def test_a_failure_worth_another_try_wins_and_parts_stay_for_it(
    runtime: Runtime, sandbox: Path, server: FaultyServer
) -> None:
    plug(
        runtime,
        "source",
        Engine("aria2", SourceUnavailable("Busy.", retry_after=7)),
        Engine("http", SourceRefused("No.")),
    )
    with pytest.raises(SourceUnavailable, match="Busy") as caught:
        await run(runtime, Link(f"{server.url}/film.mkv"), sandbox)
    assert caught.value.retry_after == 7
    assert (sandbox / "aria2/part").exists()


async def test_refusals_of_all_engines_are_told_together(
    runtime: Runtime, sandbox: Path, server: FaultyServer
) -> None:
    plug(
        runtime,
        "source",
        Engine("aria2", SourceRefused("Gone.")),
        Engine("http", SourceRefused("No.")),
    )
    with pytest.raises(SourceRefused, match=r"Gone\. No\."):
        await run(runtime, Link(f"{server.url}/film.mkv"), sandbox)
    plug(runtime, "source")
    with pytest.raises(SourceRefused, match="No engine"):
        await run(runtime, Link(f"{server.url}/film.mkv"), sandbox)


@pytest.mark.parametrize("error", [TooLarge("a"), NoRoom("b"), WrongContent("c")])
async def test_what_no_engine_would_mend_ends_it_at_once(
    runtime: Runtime, sandbox: Path, server: FaultyServer, error: Exception
) -> None:
    second = Engine("http", one_file)
    plug(runtime, "source", Engine("aria2", error), second)
    with pytest.raises(type(error)):
        await run(runtime, Link(f"{server.url}/film.mkv"), sandbox)
    assert second.keys == []


async def test_a_web_page_is_only_for_engines_that_read_pages(
    runtime: Runtime, sandbox: Path, server: FaultyServer
) -> None:
    server.content = b"<!doctype html><video src=film.mkv>"
    aria2, http = runtime.plugins.get("source", "aria2"), runtime.plugins.get("source", "http")
    plug(runtime, "source", aria2, http)
    with pytest.raises(SourceRefused, match="address of the file itself"):
        await run(runtime, Link(f"{server.url}/watch"), sandbox)
    reader = Engine("ytdlp", one_file)
    plug(runtime, "source", aria2, http, reader)
    outcome = await run(runtime, Link(f"{server.url}/watch"), sandbox)
    assert outcome.fetched.engine == "ytdlp"
    assert "web page" in outcome.notes[0]


async def test_what_a_resolver_finds_is_fetched_instead(
    runtime: Runtime, sandbox: Path, server: FaultyServer
) -> None:
    found = [Link(f"{server.url}/{n}.mkv", name=f"Episode {n}.mkv") for n in (1, 2)]
    plug(runtime, "resolver", Finder(found))
    outcome = await run(runtime, Link("http://host.example/page"), sandbox)
    assert outcome.fetched.files == ("1/aria2/Episode 1.mkv", "2/aria2/Episode 2.mkv")
    assert all((sandbox / name).read_bytes() == FILM for name in outcome.fetched.files)
    assert outcome.told.seen == {"bytes_done": 2 * len(FILM), "bytes_total": 2 * len(FILM)}
    assert outcome.notes[0] == "finder found 2 to fetch."


async def test_a_resolver_that_refuses_leaves_the_link_to_the_engines(
    runtime: Runtime, sandbox: Path, server: FaultyServer
) -> None:
    plug(runtime, "resolver", Finder(SourceRefused("not mine after all")))
    outcome = await run(runtime, Link(f"{server.url}/page"), sandbox)
    assert (sandbox / outcome.fetched.files[0]).read_bytes() == FILM
    plug(runtime, "resolver", Finder(SourceUnavailable("later")))
    with pytest.raises(SourceUnavailable, match="later"):
        await run(runtime, Link(f"{server.url}/page"), sandbox)


async def test_when_nothing_helps_the_resolvers_reason_is_told_too(
    runtime: Runtime, sandbox: Path, server: FaultyServer
) -> None:
    plug(runtime, "resolver", Finder(SourceRefused("A person must solve a captcha.")))
    server.statuses["/page"] = 403
    with pytest.raises(SourceRefused, match=r"captcha\. .*403"):
        await run(runtime, Link(f"{server.url}/page"), sandbox)
    plug(runtime, "resolver", Finder(SourceRefused("There is no such program.")), External())
    with pytest.raises(SourceRefused, match="no program of that name"):
        await run(runtime, Link("external:other?x"), sandbox)


class External(Finder):
    """Takes what the operator's programs take, and has none."""

    def __init__(self) -> None:
        super().__init__(SourceRefused("There is no program of that name."))

    def takes(self, link: Link) -> bool:
        return link.scheme == "external"


async def test_a_host_that_tells_sha1_or_md5_is_held_to_it(
    runtime: Runtime, sandbox: Path, server: FaultyServer
) -> None:
    good = {"sha1": hashlib.sha1(FILM).hexdigest(), "md5": hashlib.md5(FILM).hexdigest()}
    for method, digest in good.items():
        plug(runtime, "resolver", Finder([Link(f"{server.url}/a.mkv", **{method: digest})]))
        assert (await run(runtime, Link("http://h.example/page"), sandbox)).fetched.files
        plug(runtime, "resolver", Finder([Link(f"{server.url}/a.mkv", **{method: digest[::-1]})]))
        with pytest.raises(WrongContent, match=method.upper()):
            await run(runtime, Link("http://h.example/page"), sandbox)
        assert not list(sandbox.rglob("*.mkv"))


async def test_resolvers_cannot_lead_to_files_of_this_machine_or_to_thousands(
    runtime: Runtime, sandbox: Path
) -> None:
    for found, error in (
        ([Link("file:///etc/passwd")], SourceRefused),
        ([Link("http://x/")] * (MOST_LINKS + 1), TooLarge),
        ([Link("http://127.0.0.2:8080/x")], RequestRefused),
    ):
        plug(runtime, "resolver", Finder(found))
        with pytest.raises(error):
            await run(runtime, Link("http://host.example/page"), sandbox)


async def test_an_engine_that_brings_links_or_files_from_elsewhere_is_refused(
    runtime: Runtime, sandbox: Path, server: FaultyServer
) -> None:
    def link_out(folder: Path) -> tuple[str, ...]:
        (folder / "film.mkv").symlink_to("/etc/passwd")
        return ("film.mkv",)

    def step_out(folder: Path) -> tuple[str, ...]:
        (folder.parent / "outside.mkv").write_bytes(b"x")
        return ("../outside.mkv",)

    for bring in (link_out, step_out, lambda folder: ("missing.mkv",), lambda folder: ()):
        plug(runtime, "source", Engine("aria2", bring))
        with pytest.raises(SourceRefused, match=r"no plain file|no file"):
            await run(runtime, Link(f"{server.url}/film.mkv"), sandbox)
        shutil.rmtree(sandbox / "aria2")


async def test_a_torrents_files_are_listed_for_choice(
    runtime: Runtime, sandbox: Path, tmp_path: Path
) -> None:
    files = {"1.mkv": os.urandom(90_000), "2.mkv": os.urandom(50_000)}
    async with seeded(tmp_path, "Season", files) as swarm:
        offered = await list_files(runtime, Link(swarm.magnet), sandbox, key="job")
        assert [one.size for one in offered] == [90_000, 50_000]
        outcome = await run(runtime, Link(swarm.magnet, files=(2,)), sandbox)
    assert outcome.fetched.files == ("aria2/Season/2.mkv",)
    assert await list_files(runtime, Link("http://host.example/x"), sandbox, key="job") == ()


class TestLimits:
    """Too much, and no room for it."""

    @pytest.fixture
    def given_settings(self, given_settings: dict[str, Any]) -> dict[str, Any]:
        return given_settings | {"ingest": {"max_bytes": 1_000_000, "policy": "http"}}

    async def test_a_file_that_is_announced_too_large_is_not_begun(
        self, runtime: Runtime, sandbox: Path, server: FaultyServer
    ) -> None:
        with pytest.raises(TooLarge, match="1000000"):
            await run(runtime, Link(f"{server.url}/film.mkv"), sandbox)
        there = {one.name for one in sandbox.rglob("*") if one.is_file()}
        assert there <= {".http.lock", ".http.json"}

    async def test_an_answer_without_end_is_cut(
        self, runtime: Runtime, sandbox: Path, server: FaultyServer
    ) -> None:
        server.endless, server.seconds_a_block = True, 0.01
        with pytest.raises(TooLarge):
            await run(runtime, Link(f"{server.url}/film.mkv"), sandbox)
        assert server.sent < 60_000_000


class TestNoRoom:
    """A disk that is nearly full."""

    @pytest.fixture
    def given_settings(self, given_settings: dict[str, Any]) -> dict[str, Any]:
        return given_settings | {"ingest": {"spare_bytes": 1 << 60}}

    async def test_a_download_that_would_fill_the_disk_is_refused(
        self, runtime: Runtime, sandbox: Path, server: FaultyServer
    ) -> None:
        with pytest.raises(NoRoom, match="SHADOW_INGEST__SPARE_BYTES"):
            await run(runtime, Link(f"{server.url}/film.mkv"), sandbox)
