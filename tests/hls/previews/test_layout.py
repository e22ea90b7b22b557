from dataclasses import replace

import pytest

from shadow.hls.previews.layout import lay_out
from shadow.hls.segments.facts import FileIndex, Gop, VideoTrack
from shadow.runtime.media_errors import NothingToSee


def film(seconds: float, key_pictures: list[float], *, size: tuple[int, int] = (1920, 1080)):
    """The index of a film that begins 1.4 s into its own clock, as transport streams do."""
    gops = tuple(
        Gop(round((one + 1.4) * 1000), round((one + 1.4) * 1000), 1000, 25, sync=True, cut=True)
        for one in key_pictures
    )
    track = VideoTrack(
        stream=0, codec="h264", codecs=None, num=1, den=1000, scale=1, end=0, rate_num=25,
        rate_den=1, width=size[0], height=size[1], display_width=size[0], display_height=size[1],
        bit_depth=8, rotation=0, interlaced=False, dynamic_range="SDR", annex_b=False, gops=gops,
        grid=(),
    )  # fmt: skip
    return FileIndex(track, (), seconds)


def every(seconds: float, until: float) -> list[float]:
    return [number * seconds for number in range(int(until / seconds))]


@pytest.mark.parametrize(
    ("seconds", "keys", "interval", "count"),
    [
        (7200, 3.0, 10.0, 720),
        (3600, 2.0, 10.0, 360),
        (10_800, 2.0, 15.0, 720),  # three hours: no more than 720
        (60, 1.0, 3.0, 20),  # a minute: no fewer than 20
        (60, 10.0, 10.0, 6),  # but never more than there are key pictures
        (605, 5.0, 10.0, 61),
        (4, 0.1, 0.2, 20),
    ],
)
def test_short_films_get_pictures_closer_together_and_long_ones_farther_apart(
    seconds: float, keys: float, interval: float, count: int
) -> None:
    layout = lay_out(film(seconds, every(keys, seconds)))
    assert (layout.interval, len(layout.keys)) == (interval, count)


def test_the_key_picture_nearest_to_the_middle_of_each_interval_is_taken() -> None:
    layout = lay_out(film(600, [0, 4, 7, 14.5, 30, *every(2, 600)[40:]]))
    seconds = [key / 1000 - 1.4 for key in layout.keys[:4]]
    assert seconds == pytest.approx([4, 14.5, 30, 30])
    assert layout.interval == 10


def test_pictures_fill_sheets_row_by_row() -> None:
    layout = lay_out(film(2050, every(2, 2050)))
    assert layout.sheets == 3
    assert len(layout.keys_of(0)) == len(layout.keys_of(1)) == 100
    assert len(layout.keys_of(2)) == 5
    assert layout.keys_of(0) + layout.keys_of(1) + layout.keys_of(2) == layout.keys


@pytest.mark.parametrize(
    ("shape", "size"),
    [
        ((1920, 1080), (320, 180)),
        ((1080, 1920), (180, 320)),
        ((1920, 800), (320, 134)),
        ((720, 576), (320, 256)),
        ((64, 2), (320, 10)),
        ((4000, 2), (320, 2)),
    ],
)
def test_a_picture_keeps_the_shape_of_the_film(
    shape: tuple[int, int], size: tuple[int, int]
) -> None:
    layout = lay_out(film(60, every(1, 60), size=shape))
    assert (layout.width, layout.height) == size


def test_films_without_pictures_to_show_are_refused() -> None:
    whole = film(7200, [0.0])
    assert whole.video is not None
    with pytest.raises(NothingToSee, match="too few"):
        lay_out(whole)
    with pytest.raises(NothingToSee, match="no video"):
        lay_out(FileIndex(None, (), 100.0))
    with pytest.raises(NothingToSee, match="no video"):
        lay_out(FileIndex(replace(whole.video, gops=()), (), 100.0))
