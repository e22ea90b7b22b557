"""Picture subtitles wrapped for players, read again by FFmpeg."""

from collections.abc import Iterator
from pathlib import Path

import av
import pytest

from shadow.hls.subtitles.pictures import (
    SECTOR,
    idx_text,
    is_sup,
    moved_idx,
    moved_sup,
    sup_segments,
    vobsub_sectors,
)
from tests.support.pgs import pgs_stream

TIMES = ((1.0, 3.0), (5.5, 8.0))


def packets(path: Path) -> list[tuple[int, bytes]]:
    """Return the time in ms and the bytes of each packet, as FFmpeg reads the file."""
    with av.open(str(path)) as container:
        return [
            (round(float(one.pts * one.time_base) * 1000), bytes(one))
            for one in container.demux()
            if one.size and one.pts is not None
        ]


def bare(stream: bytes) -> list[tuple[int, bytes]]:
    """Return the segments of a `.sup` as containers keep them: no mark, no times."""
    found, at = [], 0
    while at < len(stream):
        end = at + 13 + int.from_bytes(stream[at + 11 : at + 13], "big")
        ms = int.from_bytes(stream[at + 2 : at + 6], "big") // 90
        found.append((ms, stream[at + 10 : end]))
        at = end
    return found


def test_segments_are_wrapped_as_a_blu_ray_would(tmp_path: Path) -> None:
    original = pgs_stream(TIMES)
    wrapped = b"".join(b"".join(sup_segments(one, ms)) for ms, one in bare(original))
    assert bare(wrapped) == bare(original)
    assert is_sup(wrapped)
    (tmp_path / "a.sup").write_bytes(wrapped)
    (tmp_path / "b.sup").write_bytes(original)
    assert packets(tmp_path / "a.sup") == packets(tmp_path / "b.sup") != []


def test_a_packet_of_several_segments_is_taken_apart_and_a_torn_one_ends() -> None:
    whole = b"".join(one for _, one in bare(pgs_stream(TIMES[:1])))
    assert len(list(sup_segments(whole, 1000))) == len(bare(pgs_stream(TIMES[:1])))
    assert len(list(sup_segments(whole[:-1], 1000))) == len(bare(pgs_stream(TIMES[:1]))) - 1
    assert list(sup_segments(b"\x16\xff", 0)) == []


def in_blocks(content: bytes, size: int) -> Iterator[bytes]:
    return (content[start : start + size] for start in range(0, len(content), size))


@pytest.mark.parametrize("size", [1, 7, 64, 100_000])
def test_a_sup_moves_in_time_and_never_below_zero(size: int) -> None:
    stream = pgs_stream(TIMES)
    moved = bare(b"".join(moved_sup(in_blocks(stream, size), -2000)))
    assert [ms for ms, _ in moved] == [max(0, ms - 2000) for ms, _ in bare(stream)]
    assert [one for _, one in moved] == [one for _, one in bare(stream)]


@pytest.mark.parametrize("size", [1, 7, 100_000])
def test_what_is_no_sup_from_some_point_on_passes_as_it_is(size: int) -> None:
    stream, torn = pgs_stream(TIMES), b"no header is here, whatever follows" * 3
    moved = b"".join(moved_sup(in_blocks(stream + torn, size), 0))
    assert moved == stream + torn
    assert b"".join(moved_sup([b"PG"], 5)) == b"PG"


@pytest.mark.parametrize("size", [1, 500, 2010, 2014, 2015, 2018, 2019, 2020, 2025, 2030, 9000])
def test_a_dvd_picture_of_any_size_fills_whole_sectors(size: int) -> None:
    assert len(vobsub_sectors(bytes(size), 1000)) % SECTOR == 0


def test_dvd_pictures_are_found_by_the_index_where_they_were_put(tmp_path: Path) -> None:
    sent = [(1000, 1500), (5500, 2018), (63_250, 6000)]
    pictures = [(ms, size.to_bytes(2, "big") + bytes([n] * (size - 2))) for n, (ms, size) in
                enumerate(sent, start=1)]  # fmt: skip
    places, whole = [], b""
    for ms, picture in pictures:
        places.append((ms, len(whole)))
        whole += vobsub_sectors(picture, ms)
    private = b"size: 720x576\r\npalette: 000000, ffffff\nevil: \xff\x00\nid: xx\nsize: 1x1\x01\n"
    (tmp_path / "a.sub").write_bytes(whole)
    (tmp_path / "a.idx").write_text(idx_text(private, "de-AT", places))
    assert packets(tmp_path / "a.idx") == pictures
    assert "id: de, index: 0" in (tmp_path / "a.idx").read_text()
    assert "evil" not in (tmp_path / "a.idx").read_text()


def test_an_index_moves_in_time() -> None:
    text = idx_text(b"", None, [(1000, 0), (3_600_000, 4096)])
    later = moved_idx(text.encode(), 250).decode()
    assert "timestamp: 00:00:01:250, filepos: 000000000" in later
    assert "timestamp: 01:00:00:250, filepos: 000001000" in later
    assert "timestamp: 00:00:00:000" in moved_idx(text.encode(), -5000).decode()
