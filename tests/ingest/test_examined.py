"""Files are examined in batches, and a bad one costs itself alone."""

import time
from pathlib import Path

import pytest
from tests.support.media import film

from shadow.ingest import examined
from shadow.ingest.comparing import Listing, Patience, Remembered, changed_folders
from shadow.ingest.examined import EXAMINE, Examiner, FolderWork, Order, Outcome
from shadow.ingest.settings import LibrarySettings
from shadow.ingest.signatures import Entry
from shadow.ingest.walking import Walk
from shadow.runtime.workers import WorkerPool

TROUBLED = "tests.support.troubled_examining:examine"
ENDINGS = {ending.encode() for ending in LibrarySettings().extensions}
REPOSITORY = Path(__file__).resolve().parents[2]


def orders_of(root: Path) -> list[Order]:
    walk = Walk(bytes(root), ENDINGS)
    chunks = changed_folders(walk, {}, Patience(0.0, waits=False))
    listings = [listing for chunk in chunks for listing in chunk.listings]
    return [Order(FolderWork(listing, {}), listing.media) for listing in listings]


def by_name(outcomes: list[Outcome]) -> dict[str, Outcome]:
    return {outcome.file.name.decode(): outcome for outcome in outcomes}


async def test_a_batch_tells_hash_facts_and_name_of_every_file(tmp_path: Path) -> None:
    (tmp_path / "Heat (1995)").mkdir()
    (tmp_path / "Heat (1995)" / "Heat.1995.mp4").write_bytes(film().read_bytes())
    (tmp_path / "Lost S01E02.mkv").write_bytes(film("film.mkv").read_bytes())
    async with WorkerPool(1, functions=[EXAMINE]) as workers:
        outcomes = by_name(await Examiner(workers, 7, bytes(tmp_path)).examine(orders_of(tmp_path)))
    heat, lost = outcomes["Heat.1995.mp4"].found, outcomes["Lost S01E02.mkv"].found
    assert heat is not None
    assert lost is not None
    assert (heat.root_id, heat.folder, heat.parsed.title) == (7, b"Heat (1995)", "Heat")
    assert heat.path == bytes(tmp_path / "Heat (1995)" / "Heat.1995.mp4")
    assert heat.facts is not None
    assert heat.facts.container == "mp4"
    assert len(heat.head_tail) == 32
    assert heat.head_tail != lost.head_tail
    assert (lost.parsed.season, lost.parsed.episodes) == (1, (2,))


@pytest.mark.parametrize("name", ["Heat.avi", "Heat.mov", "Heat.ts", "Heat.flv", "Heat.wmv"])
async def test_films_of_every_common_kind_are_read(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_bytes(film(name).read_bytes())
    orders = orders_of(tmp_path)
    async with WorkerPool(1, functions=[EXAMINE]) as workers:
        (outcome,) = await Examiner(workers, 1, bytes(tmp_path)).examine(orders)
    assert outcome.found is not None
    assert outcome.found.error is None
    assert outcome.found.facts is not None
    assert [stream.type for stream in outcome.found.facts.streams] == ["video", "audio"]


async def test_a_crash_and_a_hang_cost_one_file_each(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PYTHONPATH", str(REPOSITORY))
    monkeypatch.setattr(examined, "EXAMINE", TROUBLED)
    monkeypatch.setattr(examined, "BATCH_SECONDS", 2.0)
    monkeypatch.setattr(examined, "FILE_SECONDS", 2.0)
    for name in ("a (2001).mp4", "crash (2002).mp4", "b (2003).mp4", "hang (2004).mp4"):
        (tmp_path / name).write_bytes(film().read_bytes())
    async with WorkerPool(1, functions=[TROUBLED]) as workers:
        outcomes = by_name(await Examiner(workers, 1, bytes(tmp_path)).examine(orders_of(tmp_path)))
    assert {name for name, one in outcomes.items() if one.found and one.found.facts} == {
        "a (2001).mp4",
        "b (2003).mp4",
    }
    crashed, hung = outcomes["crash (2002).mp4"].found, outcomes["hang (2004).mp4"].found
    assert crashed is not None
    assert hung is not None
    assert "made the reader fail" in str(crashed.error)
    assert "given up" in str(hung.error)
    assert crashed.parsed.year == 2002  # by its name alone it still has a place in the list
    assert len(crashed.head_tail) == 32


async def test_a_file_that_changed_since_the_walk_is_left_for_later(tmp_path: Path) -> None:
    path = tmp_path / "Heat (1995).mp4"
    path.write_bytes(film().read_bytes())
    orders = orders_of(tmp_path)
    path.write_bytes(film().read_bytes() + b"more")
    async with WorkerPool(1, functions=[EXAMINE]) as workers:
        (outcome,) = await Examiner(workers, 1, bytes(tmp_path)).examine(orders)
    assert outcome.found is None
    assert outcome.transient
    assert outcome.trouble is None


@pytest.mark.parametrize(
    "answer",
    [
        [{"size": 1}],
        [{"head_tail": "short", "facts": {}, "parsed": {}, "patch": None, "pictures": []}],
        ["nonsense"],
        [{"error": ["code", "no such kind", "detail"]}],
    ],
)
async def test_an_answer_that_makes_no_sense_is_not_believed(
    answer: list[object], monkeypatch: pytest.MonkeyPatch
) -> None:
    entry = Entry(b"Heat (1995).mp4", 1, 1)
    listing = Listing(
        b"", [entry], [], [], [], False, time.monotonic(), Remembered(b"", b""), False
    )
    pool = WorkerPool(1, functions=[])

    async def call(*args: object, **options: object) -> object:
        return answer

    monkeypatch.setattr(pool, "call", call)
    order = Order(FolderWork(listing, {}), [entry])
    (outcome,) = await Examiner(pool, 1, b"/library").examine([order])
    assert outcome.found is None
    assert outcome.trouble == "Reading the file gave impossible values."
