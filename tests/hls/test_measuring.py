"""Sizes offered by default are those that the machine encodes quickly enough."""

from fractions import Fraction
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from shadow.hls.measuring import FILE_NAME, MEASURE, encoding_speeds, offered_heights
from shadow.hls.segments.orders import VideoRung
from shadow.runtime.workers import WorkerPool

HEIGHTS = (1080, 720, 480, 360)
FILM = Fraction(24_000, 1001)
RUNGS = {360: VideoRung(640, 360, 1_000_000, 1_000_000), 90: VideoRung(160, 90, 200_000, 200_000)}


def test_a_quick_machine_offers_all_and_a_slow_one_the_lowest() -> None:
    quick = {1080: 1.9, 720: 3.1, 480: 5.0, 360: 6.0}
    slow = {1080: 0.2, 720: 0.4, 480: 0.7, 360: 0.9}
    assert offered_heights(HEIGHTS, quick, cores=2, rate=FILM) == HEIGHTS
    assert offered_heights(HEIGHTS, slow, cores=2, rate=FILM) == (360,)


def test_a_lone_core_needs_something_to_spare() -> None:
    speeds = {720: 1.3, 360: 4.0}
    assert offered_heights((720, 360), speeds, cores=2, rate=FILM) == (720, 360)
    assert offered_heights((720, 360), speeds, cores=1, rate=FILM) == (360,)


def test_films_of_many_pictures_take_longer() -> None:
    speeds = {1080: 1.9, 720: 3.1, 480: 5.0, 360: 6.0}
    assert offered_heights(HEIGHTS, speeds, cores=2, rate=Fraction(60)) == (720, 480, 360)


@given(
    heights=st.lists(st.sampled_from(HEIGHTS), min_size=1, unique=True),
    speeds=st.dictionaries(st.sampled_from(HEIGHTS), st.floats(0.01, 50)),
    cores=st.integers(1, 64),
    rate=st.fractions(1, 240),
)
def test_something_is_always_offered_and_only_what_there_is(
    heights: list[int], speeds: dict[int, float], cores: int, rate: Fraction
) -> None:
    offered = offered_heights(heights, speeds, cores=cores, rate=rate)
    assert min(heights) in offered
    assert set(offered) <= set(heights)


async def test_the_machine_is_measured_once_and_again_when_it_is_another(tmp_path: Path) -> None:
    async with WorkerPool(1, functions=[MEASURE]) as pool:
        speeds = await encoding_speeds(pool, tmp_path, RUNGS)
    assert set(speeds) == {360, 90}
    assert 0 < speeds[360] < speeds[90]

    async with WorkerPool(1, functions=[MEASURE]) as pool:
        assert await encoding_speeds(pool, tmp_path, RUNGS) == speeds
        assert pool.processes == 0
        (tmp_path / FILE_NAME).write_text('{"machine": "another", "speeds": {"360": 9}}')
        anew = await encoding_speeds(pool, tmp_path, RUNGS)
    assert anew[360] != 9


async def test_a_machine_that_cannot_be_measured_offers_everything(tmp_path: Path) -> None:
    (tmp_path / FILE_NAME).write_bytes(b"\x00nonsense")
    pool = WorkerPool(1, functions=[MEASURE])  # never opened
    speeds = await encoding_speeds(pool, tmp_path, RUNGS)
    assert speeds == {}
    assert offered_heights(HEIGHTS, speeds, cores=2, rate=FILM) == HEIGHTS
