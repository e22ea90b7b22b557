"""Bytes depend on the file alone: not on the server, its restarts, or who asked before."""

import random
import shutil
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from tests.hls.conformance.conftest import QUIET, Theatre
from tests.support.hls_fixtures import fixture_file
from tests.support.hls_player import Viewing, fetched, joined
from tests.support.server import start_server

NAMES = ("h264_bframes_irregular_mkv", "vfr_mkv", "hevc_mkv", "h264_ts", "two_audio")

SAMPLE = 8
"""Segments of each file that are fetched again."""


@pytest.fixture(scope="module")
def small_theatre(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Theatre]:
    opened = Theatre(
        tmp_path_factory.mktemp("small"), [(name, fixture_file(name)) for name in NAMES]
    )
    yield opened
    opened.close()


@pytest.fixture(scope="module")
def before(small_theatre: Theatre) -> list[Viewing]:
    """What the server gave before anything happened to it."""
    return [one for name in NAMES for one in small_theatre.screen(name).viewings]


def parts(viewing: Viewing, seed: int) -> list[tuple[str, bytes]]:
    """Addresses and bytes of a rendition's segments, in random order."""
    found = []
    for rendition in viewing.renditions.values():
        path = httpx.URL(rendition.url).raw_path.decode()
        assert rendition.playlist.map_uri
        uris = [rendition.playlist.map_uri, *rendition.playlist.uris]
        bytes_ = [rendition.init.content, *rendition.segments]
        found += [(joined(path, uri), one) for uri, one in zip(uris, bytes_, strict=True)]
    random.Random(seed).shuffle(found)
    return found


def test_a_repeated_fetch_is_identical(small_theatre: Theatre, before: list[Viewing]) -> None:
    with httpx.Client(base_url=small_theatre.server.url, timeout=60) as client:
        for viewing in before:
            assert fetched(client, viewing.master_url).text
            for url, content in parts(viewing, 1):
                answer = fetched(client, url)
                assert answer.content == content
                again = client.get(url, headers={"If-None-Match": answer.headers["etag"]})
                assert again.status_code == 304


def test_another_server_gives_the_same_bytes(
    small_theatre: Theatre, before: list[Viewing], tmp_path: Path
) -> None:
    """It has the same database and key, and a cache of its own."""
    folder = tmp_path / "data"
    ignored = shutil.ignore_patterns("cache", "*.lock")
    shutil.copytree(small_theatre.folder / "data", folder, ignore=ignored)
    other = start_server(folder, **QUIET)
    try:
        with httpx.Client(base_url=other.url, timeout=60) as client:
            for viewing in before:
                for url, content in parts(viewing, 2)[:SAMPLE]:
                    assert fetched(client, url).content == content, url
    finally:
        other.process.terminate()
        other.process.wait(20)


def test_a_killed_server_gives_the_same_bytes_after_its_restart(
    small_theatre: Theatre, before: list[Viewing]
) -> None:
    small_theatre.restart()
    with httpx.Client(base_url=small_theatre.server.url, timeout=60) as client:
        for viewing in before:
            for url, content in parts(viewing, 3)[:SAMPLE]:
                assert fetched(client, url).content == content, url
