"""The rules of `upload.getFile`, kept for every range: property tests round each border."""

from hypothesis import given
from hypothesis import strategies as st

from shadow.telegram.transfers.planning import (
    BLOCK,
    FIRST,
    PART,
    STEP,
    Piece,
    parts_of,
    pieces,
    pieces_of_object,
    volumes_of,
)
from tests.support.telegram_dc.files import check_range

BORDERS = st.builds(
    lambda step, count, beside: max(0, step * count + beside),
    st.sampled_from([STEP, 4096, FIRST, PART, BLOCK]),
    st.integers(0, 9),
    st.integers(-2, 2),
)
PLACES = st.one_of(BORDERS, st.integers(0, 9 * BLOCK))


def check(planned: list[Piece], start: int, stop: int) -> None:
    at = start
    for piece in planned:
        check_range(piece.offset, piece.limit, precise=True)
        assert piece.offset + piece.skip == at
        assert piece.take > 0
        assert piece.skip + piece.take <= piece.limit
        at = piece.stop
    assert at == max(start, stop)


@given(PLACES, PLACES)
def test_every_range_becomes_lawful_requests_that_cover_it_once(one: int, other: int) -> None:
    start, stop = sorted((one, other))
    check(list(pieces(start, stop)), start, stop)
    check(list(pieces(start, stop, first=FIRST)), start, stop)


@given(PLACES, st.integers(1, BLOCK))
def test_a_small_range_costs_hardly_more_than_itself(start: int, length: int) -> None:
    planned = [piece for _, piece in pieces_of_object([20 * BLOCK], start, start + length)]
    assert sum(piece.limit for piece in planned) <= length + 2 * (STEP - 1)
    assert len(planned) <= 2


@given(st.integers(0, 64 * BLOCK))
def test_a_long_read_begins_small_and_goes_on_by_whole_blocks(start: int) -> None:
    stop = start + 16 * BLOCK
    planned = list(pieces(start, stop, first=FIRST))
    assert planned[0].limit <= FIRST
    assert len(planned) <= 16 + 5
    assert [piece.limit for piece in planned[5:-1]] == [BLOCK] * (len(planned) - 6)


SIZES = st.lists(st.one_of(st.integers(1, 3 * BLOCK), BORDERS.filter(bool)), min_size=1, max_size=6)


@given(SIZES, PLACES, PLACES)
def test_a_range_of_a_split_object_is_read_round_its_joints(
    sizes: list[int], one: int, other: int
) -> None:
    start, stop = sorted((min(one, sum(sizes)), min(other, sum(sizes))))
    at = start
    begins = [sum(sizes[:index]) for index in range(len(sizes))]
    for index, piece in pieces_of_object(sizes, start, stop):
        check_range(piece.offset, piece.limit, precise=True)
        assert begins[index] + piece.offset + piece.skip == at
        assert piece.stop <= sizes[index]
        assert piece.skip + piece.take <= piece.expected(sizes[index])
        at = begins[index] + piece.stop
    assert at == stop


def test_the_last_byte_at_a_border_is_read_too() -> None:
    (first, last) = pieces(5, BLOCK + 1)
    assert (first.offset, first.limit, first.skip, first.take) == (0, BLOCK, 5, BLOCK - 5)
    assert (last.offset, last.limit, last.skip, last.take) == (BLOCK, STEP, 0, 1)


def test_an_empty_range_is_no_request() -> None:
    assert list(pieces(7, 7)) == []
    assert list(pieces_of_object([10], 10, 10)) == []
    assert list(pieces_of_object([], 0, 0)) == []


@given(st.integers(0, 40 * PART), st.integers(1, 9))
def test_volumes_hold_all_bytes_and_none_is_empty_or_too_large(size: int, most: int) -> None:
    volumes = volumes_of(size, most)
    assert sum(volumes) == size
    assert all(0 < volume <= most * PART for volume in volumes)
    assert all(volume == most * PART for volume in volumes[:-1])
    assert all(0 < parts_of(volume) <= most for volume in volumes)
