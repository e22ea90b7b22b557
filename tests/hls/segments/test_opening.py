"""Files are kept open for a while, and never beyond being replaced."""

import os
import shutil
import subprocess
from contextlib import suppress
from pathlib import Path

import pytest

from shadow.hls.errors import FileChanged
from shadow.hls.segments.opening import MOST_OPEN, kept_open, packets_of, stream_of
from shadow.runtime.media_errors import MediaError, MediaGone
from shadow.runtime.media_file import opened
from shadow.runtime.processes import find_ffmpeg
from tests.hls.segments.pieces import key_of
from tests.support.hls_fixtures import fixture_file


@pytest.fixture
def films(tmp_path: Path) -> list[Path]:
    return [
        Path(shutil.copy(fixture_file("h264_mkv"), tmp_path / f"{number}.mkv"))
        for number in range(MOST_OPEN + 3)
    ]


def open_in(folder: Path) -> int:
    """How many files of a folder this process holds open."""
    held = set()
    for descriptor in Path("/proc/self/fd").iterdir():
        with suppress(OSError):  # the descriptor that lists the others is closed by then
            held.add(str(descriptor.readlink()))
    return sum(one.startswith(str(folder)) for one in held)


def test_the_same_file_is_opened_once(films: list[Path]) -> None:
    path, key = os.fsencode(films[0]), key_of(films[0])
    with kept_open(path, key) as first:
        first_packet = next(packets_of(first, first.streams[0])).pts
    with kept_open(path, key) as again:
        assert again is first
    assert first_packet == 0


def test_no_more_than_a_few_are_kept(films: list[Path], tmp_path: Path) -> None:
    for film in films:
        with kept_open(os.fsencode(film), key_of(film)):
            assert open_in(tmp_path) <= MOST_OPEN + 1
    assert open_in(tmp_path) == MOST_OPEN


def test_a_file_written_over_while_it_plays_is_refused_and_closed(
    films: list[Path], tmp_path: Path
) -> None:
    path, key = os.fsencode(films[0]), key_of(films[0])
    with kept_open(path, key):
        pass
    held = open_in(tmp_path)
    films[0].write_bytes(fixture_file("fps60").read_bytes())
    with pytest.raises(FileChanged), kept_open(path, key):
        pass
    assert open_in(tmp_path) == held - 1


def test_another_file_put_in_its_place_is_refused(films: list[Path]) -> None:
    path, key = os.fsencode(films[0]), key_of(films[0])
    with kept_open(path, key):
        pass
    shutil.copy(fixture_file("fps60"), films[1])
    films[1].replace(films[0])
    with pytest.raises(FileChanged), kept_open(path, key):
        pass
    with kept_open(path, key_of(films[0])) as container:
        assert container.streams[0].average_rate == 60


def test_a_file_that_is_gone_is_said_to_be_gone(films: list[Path]) -> None:
    path, key = os.fsencode(films[0]), key_of(films[0])
    with kept_open(path, key):
        pass
    films[0].unlink()
    with pytest.raises(MediaGone), kept_open(path, key):
        pass


def test_a_file_is_closed_when_its_use_fails(films: list[Path], tmp_path: Path) -> None:
    held = open_in(tmp_path)
    with pytest.raises(RuntimeError), kept_open(os.fsencode(films[0]), key_of(films[0])):
        assert open_in(tmp_path) == held + 1
        raise RuntimeError
    assert open_in(tmp_path) == held


def test_only_the_wanted_streams_are_read() -> None:
    film = fixture_file("two_audio")
    with kept_open(os.fsencode(film), key_of(film)) as container:
        for wanted in ((0,), (2,), (1, 2)):
            container.seek(0)
            streams = [container.streams[number] for number in wanted]
            found = {one.stream_index for one in packets_of(container, *streams)}
            assert found == set(wanted)


def test_a_stream_that_appears_in_the_middle_does_not_end_the_others(tmp_path: Path) -> None:
    film, silent, joined = fixture_file("h264_ts"), tmp_path / "silent.ts", tmp_path / "joined.ts"
    command = [str(find_ffmpeg()), "-v", "error", "-stream_loop", "4", "-i", str(film), "-an"]
    subprocess.run([*command, "-c", "copy", str(silent)], check=True, timeout=60)
    # Long enough that opening, which looks at both ends, does not see what is between them.
    joined.write_bytes(silent.read_bytes() + film.read_bytes() + silent.read_bytes())
    counted = []
    for path in (silent, film, joined):
        with opened(os.fsencode(path)) as (container, _):
            counted.append(sum(1 for _ in packets_of(container, container.streams[0])))
    assert counted[2] >= 2 * counted[0] + counted[1] - 3  # one at each seam may be broken


def test_a_stream_that_is_not_in_the_file_is_said_to_be_missing() -> None:
    film = fixture_file("h264_mkv")
    with (
        kept_open(os.fsencode(film), key_of(film)) as container,
        pytest.raises(MediaError, match="cannot be found"),
    ):
        stream_of(container, 7)
