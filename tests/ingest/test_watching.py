"""The watch: what changes on the disk is in the catalogue without a scan being asked for."""

import asyncio
import os
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import pytest
from tests.support.library import Library
from tests.support.media import film

from shadow.ingest import service as ingest
from shadow.ingest import watching
from shadow.ingest.mounts import gives_no_notice
from shadow.ingest.notices import Notices
from shadow.ingest.watching import Watch, library_watched


@pytest.fixture
def given_settings(tmp_path: Path) -> dict[str, Any]:
    quick = {"debounce_seconds": 0.1, "stable_seconds": 0.5, "poll_seconds": 1.0}
    return {"library": {"paths": [str(tmp_path / "library")], **quick}}


@pytest.fixture
async def watched(small_library: Library) -> AsyncIterator[Library]:
    small_library.put("Films/Heat (1995).mp4")
    small_library.put("Shows/Lost/Season 1/Lost S01E01.mp4")
    await small_library.scan()
    async with library_watched(small_library.runtime):
        yield small_library


async def until(library: Library, holds: Callable[[dict[str, str]], bool]) -> dict[str, str]:
    """Return the states of files once they are as wanted."""
    async with asyncio.timeout(60):
        while not holds(states := await library.states()):
            await asyncio.sleep(0.1)
        return states


async def test_new_renamed_and_deleted_files_are_noticed(watched: Library) -> None:
    before = (await watched.rows())["Films/Heat (1995).mp4"].public_id
    watched.put("Films/New (2001).mp4")
    await until(watched, lambda states: "Films/New (2001).mp4" in states)
    (watched.place / "Films/Heat (1995).mp4").rename(watched.place / "Films/Heat.1995.mp4")
    await until(watched, lambda states: "Films/Heat.1995.mp4" in states)
    assert (await watched.rows())["Films/Heat.1995.mp4"].public_id == before
    (watched.place / "Films/New (2001).mp4").unlink()
    states = await until(watched, lambda states: states["Films/New (2001).mp4"] == "missing")
    assert states["Films/Heat.1995.mp4"] == "present"


async def test_a_folder_tree_that_is_moved_in_and_out_is_noticed(
    watched: Library, tmp_path: Path
) -> None:
    outside = Library(watched.runtime, tmp_path / "outside")
    outside.put("Firefly/Season 1/Firefly S01E01.mp4")
    outside.put("Firefly/Season 1/Extras/Making Of.mp4")
    (tmp_path / "outside/Firefly").rename(watched.place / "Shows/Firefly")
    new = {
        "Shows/Firefly/Season 1/Firefly S01E01.mp4",
        "Shows/Firefly/Season 1/Extras/Making Of.mp4",
    }
    await until(watched, lambda states: new <= states.keys())
    (watched.place / "Shows/Firefly").rename(tmp_path / "gone")
    await until(watched, lambda states: {states[name] for name in new} == {"missing"})


async def test_a_file_being_written_is_taken_when_it_rests(watched: Library) -> None:
    content = film().read_bytes()
    target = watched.place / "Films/Growing (2010).mp4"
    with target.open("wb") as file:
        for start in range(0, len(content), 8192):
            file.write(content[start : start + 8192])
            file.flush()
            await asyncio.sleep(0.1)
            assert "Films/Growing (2010).mp4" not in await watched.states()
    await until(watched, lambda states: states.get("Films/Growing (2010).mp4") == "present")


async def test_only_the_touched_folder_is_scanned(
    small_library: Library, monkeypatch: pytest.MonkeyPatch
) -> None:
    looks: asyncio.Queue[tuple[int, set[bytes], bool]] = asyncio.Queue()
    take_up = Watch._take_up

    async def note(self: Watch, root_id: int, touched: Any) -> None:
        await take_up(self, root_id, touched)
        looks.put_nowait((root_id, touched.folders, touched.deep))

    monkeypatch.setattr(Watch, "_take_up", note)
    monkeypatch.setattr(watching, "RARE_POLL", 1000)
    small_library.put("Films/Heat (1995).mp4")
    await small_library.scan()
    async with library_watched(small_library.runtime), asyncio.timeout(60):
        assert await looks.get() == (1, {b""}, True)  # the watch stands
        small_library.put("Films/New (2001).mp4")
        assert await looks.get() == (1, {b"Films"}, False)
    assert "Films/New (2001).mp4" in await small_library.rows()


async def test_a_library_folder_added_later_is_watched_too(
    watched: Library, tmp_path: Path
) -> None:
    second = tmp_path / "second"
    second.mkdir()
    async with watched.runtime.database.transaction() as session:
        await ingest.add_folder(session, runtime=watched.runtime, path=str(second))
    Library(watched.runtime, second).put("Late (2005).mp4")
    await until(watched, lambda states: "../second/Late (2005).mp4" in states)


async def test_without_notices_the_folders_are_polled(
    small_library: Library, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Notices, "start", lambda self: setattr(self, "failed", True))
    small_library.put("Films/Heat (1995).mp4")
    await small_library.scan()
    async with library_watched(small_library.runtime):
        small_library.put("Films/New (2001).mp4")
        await until(small_library, lambda states: "Films/New (2001).mp4" in states)


async def test_a_folder_that_appears_later_is_taken_up(
    small_library: Library, monkeypatch: pytest.MonkeyPatch
) -> None:
    small_library.put("Films/Heat (1995).mp4")
    await small_library.scan()
    aside = small_library.place.with_name("not mounted")
    small_library.place.rename(aside)
    async with library_watched(small_library.runtime):
        await asyncio.sleep(0)
        aside.rename(small_library.place)
        small_library.put("Films/New (2001).mp4")
        await until(small_library, lambda states: "Films/New (2001).mp4" in states)


MOUNTS = rb"""22 1 254:0 / / rw,relatime shared:1 - ext4 /dev/vda rw
30 22 0:25 / /media/nas rw - nfs4 server:/export rw
31 22 0:26 / /media/my\040disk rw - cifs //server/share rw
32 22 0:27 / /media/usb rw - fuseblk /dev/sdb1 rw
33 22 0:28 / /srv/remote rw - fuse.sshfs host: rw
nonsense
"""


@pytest.mark.parametrize(
    ("folder", "silent"),
    [
        ("/media/nas/films", True),
        ("/media/nas", True),
        ("/media/nasty", False),
        ("/media/my disk/films", True),
        ("/media/usb/films", False),
        ("/srv/remote/x", True),
        ("/media", True),
        ("/home/ada", False),
    ],
)
def test_file_systems_that_send_no_notice_are_told_apart(
    folder: str, silent: bool, tmp_path: Path
) -> None:
    mounts = tmp_path / "mountinfo"
    mounts.write_bytes(MOUNTS)
    assert gives_no_notice(os.fsencode(folder), mounts) is silent
    assert gives_no_notice(os.fsencode(folder), tmp_path / "no such file") is False


async def test_the_watch_does_nothing_when_it_is_switched_off(
    small_library: Library, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = small_library.runtime.settings.group(watching.LibrarySettings)
    monkeypatch.setattr(settings, "watch", False)
    started: list[object] = []
    monkeypatch.setattr(Notices, "start", started.append)
    async with library_watched(small_library.runtime):
        await asyncio.sleep(0)
    assert started == []
