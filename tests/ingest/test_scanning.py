"""Scans of real files: what is found, what keeps its identity, what is written."""

import os
import re
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from sqlalchemy import event, text
from tests.support.library import Library, counts
from tests.support.media import film, song

from shadow.ingest.jobs import root_to_scan
from shadow.ingest.scanning import Scope, scan_root
from shadow.ingest.sweeping import sweep
from shadow.runtime.context import Runtime


async def test_a_first_scan_finds_films_episodes_and_music(library: Library) -> None:
    library.put("Films/Heat (1995)/Heat.1995.1080p.BluRay.mp4")
    library.put("Shows/Lost/Season 01/Lost - S01E01-E02 - Pilot.mp4")
    library.put("Shows/Lost/Season 01/Lost - S01E03 - Tabula Rasa.mp4")
    library.put("Music/Nobody/Tones/01 A Tone.mp3", song().read_bytes())
    result = await library.scan()
    assert counts(result) == {"files": 4, "added": 4}
    assert result["warnings"] == []
    rows = await library.rows()
    heat = rows["Films/Heat (1995)/Heat.1995.1080p.BluRay.mp4"]
    assert (heat.title, heat.year, heat.state) == ("Heat", 1995, "present")
    double = rows["Shows/Lost/Season 01/Lost - S01E01-E02 - Pilot.mp4"]
    assert (double.title, double.episodes) == ("Lost", ((1, 1), (1, 2)))
    assert rows["Music/Nobody/Tones/01 A Tone.mp3"].state == "present"


async def test_a_file_that_is_no_media_is_reported_and_stops_nothing(library: Library) -> None:
    library.put("Good (2001).mp4")
    library.put("Junk (2002).mkv", b"not a film at all " * 100)
    library.put("Empty (2003).mp4", b"")
    library.put("Cut (2004).mp4", film().read_bytes()[:3000])
    result = await library.scan()
    failed = {Path(one["path"]).name: one["error"] for one in result["failed"]}
    assert set(failed) == {"Junk (2002).mkv", "Empty (2003).mp4", "Cut (2004).mp4"}
    assert "empty" in failed["Empty (2003).mp4"]
    assert counts(result) == {"files": 4, "added": 1, "failed": 3}
    again = await library.scan()
    assert counts(again) == {"files": 4, "unchanged": 1, "failed": 3}


async def test_an_unchanged_library_is_not_written_to(library: Library) -> None:
    for number in range(30):
        library.put(f"Film {number} (2010)/Film {number} (2010).mp4")
    library.put("Junk (2002).mkv", b"nothing" * 100)
    await library.scan()
    pictures = await library.runtime.jobs.list(limit=10)
    for job in pictures.items:
        await library.runtime.jobs.wait(job.id)
    root = await root_to_scan(library.runtime, 1)
    assert root is not None
    with written(library.runtime) as statements:
        result = await scan_root(library.runtime, root, Scope(), lambda **_: None)
        marked = await sweep(library.runtime, root.id, root.path, root.endings)
    assert statements == []
    assert (result.files, result.added, result.updated, marked) == (31, 0, 0, 0)


@contextmanager
def written(runtime: Runtime) -> Iterator[list[str]]:
    """Collect what is sent to the database that changes it, but for signs of life and schedules."""
    statements: list[str] = []

    def note(connection: object, cursor: object, statement: str, *rest: object) -> None:
        reads = statement.lstrip().startswith(("SELECT", "BEGIN"))
        if not reads and not re.search("job_workers|schedule_runs", statement):
            statements.append(statement)

    engine = runtime.database.engine.sync_engine
    event.listen(engine, "before_cursor_execute", note)
    yield statements
    event.remove(engine, "before_cursor_execute", note)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("Heat.1995.mp4", "Heat (1995) - Remastered.mp4"),
        ("Inbox/Heat.1995.mp4", "Films/Heat (1995)/Heat.1995.mp4"),
        ("Unsorted/clip0001.mp4", "Films/Heat (1995).mp4"),
    ],
)
async def test_a_renamed_or_moved_file_keeps_its_identity(
    library: Library, before: str, after: str
) -> None:
    library.put("Other (1990).mp4")
    library.put(before)
    await library.scan()
    known = (await library.rows())[before].public_id
    target = library.place / after
    target.parent.mkdir(parents=True, exist_ok=True)
    (library.place / before).rename(target)
    result = await library.scan()
    assert counts(result) == {"files": 2, "moved": 1, "unchanged": 1}
    rows = await library.rows()
    assert before not in rows
    assert (rows[after].public_id, rows[after].state) == (known, "present")


async def test_a_renamed_folder_with_many_files_keeps_all_identities(library: Library) -> None:
    for number in range(1, 61):
        library.put(f"Lost/Season 01/Lost - S01E{number:02}.mp4")
    await library.scan()
    known = {Path(path).name: row.public_id for path, row in (await library.rows()).items()}
    (library.place / "Lost").rename(library.place / "Lost (2004)")
    result = await library.scan()
    assert counts(result) == {"files": 60, "moved": 60}
    rows = await library.rows()
    assert {Path(path).name: row.public_id for path, row in rows.items()} == known
    assert {row.state for row in rows.values()} == {"present"}


async def test_a_file_moved_to_another_root_keeps_its_identity(
    library: Library, tmp_path: Path
) -> None:
    second = tmp_path / "second disk"
    second.mkdir()
    library.put("Heat (1995).mp4")
    library.put("Stays (1996).mp4")
    await library.scan()
    await library.scan(second)
    known = (await library.rows())["Heat (1995).mp4"].public_id
    (library.place / "Heat (1995).mp4").rename(second / "Heat (1995).mp4")
    result = await library.scan(root=False)
    assert counts(result) == {"files": 2, "moved": 1, "unchanged": 1}
    rows = await library.rows()
    assert rows["../second disk/Heat (1995).mp4"].public_id == known
    assert set(rows) == {"../second disk/Heat (1995).mp4", "Stays (1996).mp4"}


async def test_a_copy_is_a_new_file_and_the_original_stays(library: Library) -> None:
    path = library.put("Heat (1995).mp4")
    await library.scan()
    known = (await library.rows())["Heat (1995).mp4"].public_id
    library.put("Copy/Heat (1995).mp4", Path(os.fsdecode(path)).read_bytes())
    assert counts(await library.scan()) == {"files": 2, "added": 1, "unchanged": 1}
    assert (await library.rows())["Heat (1995).mp4"].public_id == known


async def test_a_file_replaced_in_place_keeps_its_identity(library: Library) -> None:
    library.put("Heat (1995).mp4")
    await library.scan()
    known = (await library.rows())["Heat (1995).mp4"].public_id
    library.put("Heat (1995).mp4", film("longer.mp4", seconds=3).read_bytes(), age=60)
    assert counts(await library.scan()) == {"files": 1, "updated": 1}
    rows = await library.rows()
    assert rows["Heat (1995).mp4"].public_id == known
    async with library.runtime.database.session() as session:
        duration = await session.scalar(text("SELECT duration FROM files"))
    assert duration == pytest.approx(3.0, abs=0.2)


async def test_a_vanished_file_is_missing_and_comes_back_as_itself(library: Library) -> None:
    library.put("Keep (1990)/Keep (1990).mp4")
    path = library.put("Heat (1995)/Heat (1995).mp4")
    await library.scan()
    known = (await library.rows())["Heat (1995)/Heat (1995).mp4"].public_id
    content = Path(os.fsdecode(path)).read_bytes()
    Path(os.fsdecode(path)).unlink()
    Path(os.fsdecode(path)).parent.rmdir()
    assert counts(await library.scan()) == {"files": 1, "unchanged": 1, "missing": 1}
    assert (await library.states())["Heat (1995)/Heat (1995).mp4"] == "missing"
    assert counts(await library.scan()) == {"files": 1, "unchanged": 1}
    library.put("Heat (1995)/Heat (1995).mp4", content)
    await library.scan()
    row = (await library.rows())["Heat (1995)/Heat (1995).mp4"]
    assert (row.public_id, row.state) == (known, "present")


async def test_an_empty_mount_point_marks_nothing_missing(library: Library) -> None:
    library.put("Heat (1995).mp4")
    library.put("Lost/Lost S01E01.mp4")
    await library.scan()
    aside = library.place.with_name("the disk")
    library.place.rename(aside)
    library.place.mkdir()
    result = await library.scan()
    assert counts(result) == {}
    assert "mounted" in result["warnings"][0]
    assert set((await library.states()).values()) == {"present"}
    library.place.rmdir()
    gone = await library.scan(root=False)
    assert "is not there" in gone["warnings"][0]
    assert set((await library.states()).values()) == {"present"}
    aside.rename(library.place)
    healed = await library.scan()
    assert healed["warnings"] == []
    assert counts(healed) == {"files": 2, "unchanged": 2}


async def test_one_of_two_roots_unmounted_moves_no_file_to_the_copy_in_the_other(
    library: Library, tmp_path: Path
) -> None:
    path = library.put("Heat (1995).mp4")
    second = tmp_path / "second"
    second.mkdir()
    await library.scan()
    await library.scan(second)
    known = (await library.rows())["Heat (1995).mp4"].public_id
    content = Path(os.fsdecode(path)).read_bytes()
    library.place.rename(library.place.with_name("unmounted"))
    (second / "Heat (1995).mp4").write_bytes(content)
    await library.scan(root=False)
    rows = await library.rows()
    assert rows["Heat (1995).mp4"].public_id == known
    assert rows["../second/Heat (1995).mp4"].public_id != known


async def test_an_unreadable_folder_marks_nothing_in_it_missing(
    library: Library, monkeypatch: pytest.MonkeyPatch
) -> None:
    library.put("Films/Heat (1995)/Heat (1995).mp4")
    library.put("Films/Lost (1996).mp4")
    await library.scan()
    locked = bytes(library.place / "Films")
    scandir = os.scandir

    def refuse(path: bytes) -> object:
        # The tests may run as root, whom no permission stops.
        if path == locked:
            raise PermissionError(13, "Permission denied")
        return scandir(path)

    monkeypatch.setattr(os, "scandir", refuse)
    library.put("New (2000).mp4")
    result = await library.scan()
    assert counts(result) == {"files": 1, "added": 1, "failed": 1}
    assert result["failed"] == [
        {
            "path": str(library.place / "Films"),
            "error": "The folder cannot be read: Permission denied.",
        }
    ]
    assert set((await library.states()).values()) == {"present"}


async def test_what_is_no_ordinary_media_file_is_passed_by(
    small_library: Library, monkeypatch: pytest.MonkeyPatch
) -> None:
    library = small_library
    path = library.put("Films/Heat (1995).mp4")
    library.put(".hidden.mp4")
    library.put(".Trash-1000/Old (1990).mp4")
    library.put("@eaDir/Heat (1995).mp4")
    library.put("Private/.nomedia", b"")
    library.put("Private/below/Secret (1999).mp4")
    library.put("Films/Next (1996).mp4.part")
    library.put("Films/Notes.txt", b"text")
    library.put("Films/Arriving (1997).mp4")
    library.put("Films/Arriving (1997).mp4.aria2", b"")
    os.mkfifo(library.place / "pipe.mp4")
    (library.place / "nowhere.mp4").symlink_to("/nowhere/at/all.mp4")
    (library.place / "loop.mp4").symlink_to(library.place / "loop.mp4")
    (library.place / "Films" / "again").symlink_to(library.place)
    (library.place / "linked.mp4").symlink_to(os.fsdecode(path))
    monkeypatch.chdir(library.place)
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind("socket.mp4")
        result = await library.scan()
    assert counts(result) == {"files": 2, "added": 2}
    assert set(await library.rows()) == {"Films/Heat (1995).mp4", "linked.mp4"}


async def test_a_folder_that_is_kept_out_later_takes_its_files_out(small_library: Library) -> None:
    small_library.put("Private/Secret (1999).mp4")
    small_library.put("Films/Heat (1995).mp4")
    await small_library.scan()
    small_library.put("Private/.nomedia", b"")
    assert counts(await small_library.scan()) == {"files": 1, "unchanged": 1, "missing": 1}


STRANGE = (
    b"caf\xe9 \xff\xfe (1999).mp4",
    b"two\nlines (1999).mp4",
    b"-rf (1999).mp4",
    b"x" * 251 + b".mp4",
    "right\u202eto left\u200f (1999).mp4".encode(),
    b"'; DROP TABLE files; -- (1999).mp4",
    b"\x1b[31mred (1999).mp4",
)


async def test_strange_names_are_scanned_and_keep_their_bytes(library: Library) -> None:
    paths = {library.put(name) for name in STRANGE}
    assert counts(await library.scan()) == {"files": len(paths), "added": len(paths)}
    async with library.runtime.database.session() as session:
        stored = await session.scalars(text("SELECT path FROM files"))
        assert {bytes(path) for path in stored} == paths
    assert counts(await library.scan()) == {"files": len(paths), "unchanged": len(paths)}


async def test_a_file_that_still_grows_is_left_until_it_rests(small_library: Library) -> None:
    await small_library.scan()
    small_library.put("Old (1990).mp4")
    small_library.put("Young (2020).mp4", age=0)
    root = await root_to_scan(small_library.runtime, 1)
    assert root is not None
    result = await scan_root(small_library.runtime, root, Scope(waits=True), lambda **_: None)
    assert (result.files, result.added, result.unsettled) == (1, 1, 1)
    asked = await small_library.scan()  # a person asks: a second look is enough
    assert counts(asked) == {"files": 2, "added": 1, "unchanged": 1}


async def test_a_part_of_a_root_is_scanned_alone(small_library: Library) -> None:
    small_library.put("Films/Heat (1995).mp4")
    small_library.put("Shows/Lost/Lost S01E01.mp4")
    await small_library.scan()
    small_library.put("Films/New (2000).mp4")
    small_library.put("Shows/Lost/Lost S01E02.mp4")
    result = await small_library.scan(small_library.place / "Films")
    assert counts(result) == {"files": 2, "added": 1, "unchanged": 1}
    assert "Shows/Lost/Lost S01E02.mp4" not in await small_library.rows()
