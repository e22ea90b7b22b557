"""Removing files of nginx's cache: only those of the files that are meant."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from shadow.streaming.gateway.purging import CacheClosed, CacheSweep, Purged, purge


def kept(folder: Path, name: str, uri: str, *, size: int = 5000) -> Path:
    """Write a file as nginx does: a header of its own, the key, the answer."""
    path = folder / "0" / "1a" / name
    path.parent.mkdir(parents=True, exist_ok=True)
    head = b"\5" + b"\0" * 335 + f'\nKEY: {uri} "a-b" bytes=0-1048575\nHTTP/1.1 206'.encode()
    path.write_bytes(head + b"x" * (size - len(head)))
    return path


def test_only_what_is_of_the_file_goes(tmp_path: Path) -> None:
    mine = [kept(tmp_path, name, "/stream/Ab3dE9x") for name in ("a", "b")]
    others = [
        kept(tmp_path, "c", "/stream/Ab3dE9y"),
        kept(tmp_path, "d", "/hls/Ab3dE9x"),
        kept(tmp_path, "e", "/stream/Ab3dE"),
    ]
    empty, foreign = tmp_path / "empty", tmp_path / "foreign"
    empty.touch()
    foreign.write_bytes(b"/stream/Ab3dE9x" * 1000)
    (tmp_path / "link").symlink_to(foreign)
    assert purge(tmp_path, ["Ab3dE9x"]) == Purged(files=2, bytes=10_000)
    assert [path.exists() for path in mine] == [False, False]
    assert all(path.exists() for path in (*others, empty, foreign))


def test_a_cache_that_is_not_there_holds_nothing(tmp_path: Path) -> None:
    assert purge(tmp_path / "none", ["Ab3dE9x"]) == Purged(0, 0)


@contextmanager
def nobody() -> Iterator[None]:
    """Be an account without rights, if that can be."""
    before = os.geteuid()
    if before == 0:
        os.seteuid(65534)
    try:
        yield
    finally:
        os.seteuid(before)


def test_a_cache_of_another_account_is_named(tmp_path: Path) -> None:
    path = kept(tmp_path, "a", "/stream/Ab3dE9x")
    path.parent.chmod(0)
    try:
        with nobody(), pytest.raises(CacheClosed, match="another account"):
            purge(tmp_path, ["Ab3dE9x"])
    finally:
        path.parent.chmod(0o700)
    assert path.exists()


async def test_closing_finishes_what_was_begun_and_takes_what_came_late(tmp_path: Path) -> None:
    early = [kept(tmp_path, name, f"/stream/Ab3dE9{name}") for name in "xyz"]
    sweep = CacheSweep(tmp_path)
    assert sweep.needed
    sweep.forget(["Ab3dE9x"])
    sweep.forget(["Ab3dE9y"])
    await sweep.close()
    assert [path.exists() for path in early] == [False, False, True]
