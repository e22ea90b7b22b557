"""Which pictures of a film are shown along the seek bar, and how they lie in sheets."""

import math
from bisect import bisect_left
from dataclasses import dataclass

from shadow.hls.segments.facts import FileIndex, VideoTrack
from shadow.runtime.media_errors import NothingToSee

COLUMNS = ROWS = 10
PER_SHEET = COLUMNS * ROWS
SIDE = 320
"""Pixels of a picture's longer side: what players show beside the pointer, at twice the density."""
INTERVAL = 10.0
"""Seconds from one picture to the next; less in short films and more in long ones."""
FEWEST, MOST = 20, 720
"""Pictures of a film: enough to steer by, and 5 to 10 MB at most."""
FARTHEST = 120.0
"""Seconds between key pictures, on average, beyond which the pictures would mislead."""


@dataclass(frozen=True, slots=True)
class Layout:
    """The pictures of a film: number `i` is shown from `i * interval` seconds on.

    `keys` holds the PTS of each one's key packet, in ticks of the file; neighbours may share one.
    """

    interval: float
    width: int
    height: int
    keys: tuple[int, ...]

    @property
    def sheets(self) -> int:
        """How many sheets they fill; the last one may have fewer rows."""
        return -(-len(self.keys) // PER_SHEET)

    def keys_of(self, sheet: int) -> tuple[int, ...]:
        """Return the keys of one sheet, row by row."""
        return self.keys[sheet * PER_SHEET : (sheet + 1) * PER_SHEET]


def lay_out(index: FileIndex) -> Layout:
    """Choose the pictures of a film: the key picture nearest to the middle of each interval.

    Raises:
        NothingToSee: there is no video, or its key pictures are too far apart.
    """
    track = index.video
    if track is None or not track.gops:
        raise NothingToSee("The file has no video.")
    if index.duration / len(track.gops) > FARTHEST:
        raise NothingToSee("The film has too few key pictures to show some along the seek bar.")
    interval = spacing(index.duration, len(track.gops))
    count = max(1, math.ceil(index.duration / interval - 0.001))
    width, height = picture_size(track)
    return Layout(interval, width, height, nearest_keys(track, interval, count))


def spacing(duration: float, key_pictures: int) -> float:
    """Return seconds between pictures, in whole milliseconds.

    10 s, less where that gives fewer than 20 pictures, more where it gives over 720 or more than
    there are key pictures.
    """
    wanted = max(min(INTERVAL, duration / FEWEST), duration / MOST, duration / key_pictures)
    return max(0.1, math.ceil(wanted * 1000 - 0.001) / 1000)


def picture_size(track: VideoTrack) -> tuple[int, int]:
    """Return width and height as shown, the longer side 320 pixels, both even."""
    wide, high = max(1, track.display_width), max(1, track.display_height)
    scale = SIDE / max(wide, high)
    return max(2, round(wide * scale / 2) * 2), max(2, round(high * scale / 2) * 2)


def nearest_keys(track: VideoTrack, interval: float, count: int) -> tuple[int, ...]:
    """Return, for each interval, the PTS of the key picture nearest to its middle."""
    keys = sorted(gop.key for gop in track.gops)
    origin = track.gops[0].start
    chosen = []
    for number in range(count):
        middle = origin + (number + 0.5) * interval / float(track.tick)
        after = min(bisect_left(keys, middle), len(keys) - 1)
        before = max(0, after - 1)
        chosen.append(min(keys[before], keys[after], key=lambda one: abs(one - middle)))
    return tuple(chosen)
