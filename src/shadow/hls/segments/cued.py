"""Index a Matroska film that lies far away by its Cues. Runs in a worker process only.

Cues list the time and place of key pictures and nothing else (RFC 9559, 5.1.5). Some stretches of
the film are read to learn the rest: that the list is right, how pictures and sounds follow each
other, whether a film may be cut before each key picture. A film that fails at one of them is not
copied, or not cut at all.
"""

from array import array
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from itertools import pairwise
from typing import Final

import av
from av.container import InputContainer
from av.packet import Packet
from av.stream import Stream
from av.video.stream import VideoStream

from shadow.hls.errors import FarUnindexed
from shadow.hls.segments import groups
from shadow.hls.segments.columns import PictureColumn, SoundColumn
from shadow.hls.segments.facts import AudioTrack, FileIndex, Gop, VideoTrack
from shadow.hls.segments.groups import CLOSEST_KEYS
from shadow.hls.segments.index import (
    CHANGING,
    EARLIEST_END,
    LATEST_SOUND,
    MISSING_TAIL,
    Column,
    audio_track,
    end_of,
    look,
    main_video,
    sound_columns,
    video_track,
)
from shadow.hls.segments.opening import packets_of
from shadow.hls.segments.plan import FARTHEST_KEYS, Plan, copied_start, plan_file
from shadow.runtime.media_file import LentBytes

INNER: Final = (Fraction(1, 3), Fraction(2, 3))
"""Where in the film stretches are read, beside its beginning and its end."""
CUES: Final = b"\x1c\x53\xbb\x6b"
HEAD: Final = 64 << 10
"""Bytes at the front in which the Cues are, or are said to be elsewhere (RFC 9559, 5.1.1)."""
MOST_STRETCH: Final = 24 << 20
"""Bytes of one stretch."""
FEWEST_PACKETS: Final = 40
NO_CUES: Final = (
    "It lies in a storage far away, and has no list of its key pictures that can be relied on: all "
    "of it would have to be fetched before it could be cut."
)
OPEN: Final = (
    "Its key pictures are followed by ones that are shown before them, and where those end could "
    "only be told by fetching all of the file from its storage."
)


@dataclass(frozen=True, slots=True)
class Stretch:
    """Packets that follow each other somewhere in the film, from a key picture on."""

    pictures: PictureColumn
    sounds: tuple[SoundColumn, ...]

    @property
    def columns(self) -> dict[int, Column]:
        """Return every column by the number of its stream."""
        every: list[Column] = [self.pictures, *self.sounds]
        return {one.stream.index: one for one in every}


def cued_index(container: InputContainer, content: LentBytes) -> FileIndex:
    """Return the index of a far Matroska film, just opened as `container`.

    Raises:
        FarUnindexed: It has no list of key pictures, or one that is wrong or has holes.
    """
    film = main_video(container)
    assert film is not None
    # Without Cues, libavformat would read on and on for a seek.
    if not container.duration or CUES not in content.pread(HEAD, 0):
        raise FarUnindexed(NO_CUES)
    first = _beginning(container, film)
    cues = _cues(container, film, first)
    stretches = [first, *_further(container, film, cues)]
    video = _video(container, stretches, _Cued(cues, content.size))
    index = FileIndex(video, (), float((video.end - video.gops[0].start) * video.tick))
    plan = plan_file(index, "")
    heard = [number for number, one in enumerate(first.sounds) if one.frames and one.times]
    tracks = (audio_track(container, first.sounds[number]) for number in heard)
    audio = tuple(
        _measured(track, [one.sounds[number] for one in stretches], plan)
        for track, number in zip(tracks, heard, strict=True)
    )
    stated = (container.duration or 0) / 1e6
    return replace(index, audio=audio, truncated=stated - index.duration > MISSING_TAIL)


def _beginning(container: InputContainer, film: VideoStream) -> Stretch:
    """Read the first packets, decoding some of each stream."""
    stretch = Stretch(PictureColumn(film), tuple(sound_columns(container)))
    columns = stretch.columns
    packets = packets_of(container, *(one.stream for one in columns.values()))
    look(packets, columns)
    _take(stretch, packets, keys=3)
    if not stretch.pictures.keys:
        raise FarUnindexed(NO_CUES)
    return stretch


def _take(stretch: Stretch, packets: Iterator["Packet[Stream]"], *, keys: int | None) -> None:
    """Take packets until so many key pictures were met, or to the end."""
    columns = stretch.columns
    taken = 0
    for packet in packets:
        columns[packet.stream_index].take(packet)
        taken += packet.size
        if taken > MOST_STRETCH:
            return
        if keys is not None and len(stretch.pictures.keys) >= keys:
            return


def _cues(container: InputContainer, film: VideoStream, first: Stretch) -> list[tuple[int, int]]:
    """Return time and place of key pictures, from the first one of the film on."""
    try:  # a list at the end of the file is read when somebody seeks
        container.seek((container.duration or 0) // 2)
    except av.FFmpegError as error:
        raise FarUnindexed(NO_CUES) from error
    begins = first.pictures.times[first.pictures.keys[0][0]]
    listed = {one.timestamp: one.pos for one in film.index_entries if one.is_keyframe}
    if begins not in listed:
        listed[begins] = min(listed.values(), default=0)
    cues: list[tuple[int, int]] = []
    nearest = CLOSEST_KEYS / first.pictures.tick
    for time, place in sorted(listed.items()):
        if time >= begins and (not cues or time - cues[-1][0] >= nearest):
            cues.append((time, place))
    ends = round((container.duration or 0) / 1e6 / float(first.pictures.tick))
    farthest = max(later - earlier for earlier, later in pairwise((*(t for t, _ in cues), ends)))
    if len(cues) < 2 or farthest * first.pictures.tick > FARTHEST_KEYS:
        raise FarUnindexed(NO_CUES)
    return cues


def _further(
    container: InputContainer, film: VideoStream, cues: Sequence[tuple[int, int]]
) -> Iterator[Stretch]:
    """Read a few more stretches, the last one to the end of the film."""
    last = len(cues) - 1
    for number in sorted({int(last * part) for part in INNER} - {0, last}):
        yield _stretch(container, film, cues[number][0], keys=3)
    yield _stretch(container, film, cues[last][0], keys=None)


def _stretch(
    container: InputContainer, film: VideoStream, key: int, *, keys: int | None
) -> Stretch:
    stretch = Stretch(PictureColumn(film), tuple(sound_columns(container)))
    try:
        container.seek(key, stream=film, backward=True)
    except av.FFmpegError as error:
        raise FarUnindexed(NO_CUES) from error
    packets = packets_of(container, *(one.stream for one in stretch.columns.values()))
    _take(stretch, packets, keys=keys)
    met = [stretch.pictures.times[place] for place, _ in stretch.pictures.keys]
    if key not in met[:2]:
        raise FarUnindexed(NO_CUES)
    return stretch


class _Cued:
    """The list of key pictures: how many bytes of the file belong to each."""

    def __init__(self, cues: Sequence[tuple[int, int]], size: int) -> None:
        self.times = [time for time, _ in cues]
        # Keys of one cluster share its place: between places, bytes go by time.
        known = {place: time for time, place in reversed(cues)}
        self._places = sorted({place for place in known if place < size})
        self._moments = [known[place] for place in self._places]
        self._size = size

    def sizes(self, end: int) -> list[float]:
        """Return the bytes of the file from each key picture to the next; `end` is the film's."""
        moments, places = [*self._moments, end], [*self._places, self._size]
        along = [self._place(time, moments, places) for time in (*self.times, end)]
        return [max(0.0, later - earlier) for earlier, later in pairwise(along)]

    @staticmethod
    def _place(time: int, moments: list[int], places: list[int]) -> float:
        number = min(max(bisect_right(moments, time) - 1, 0), len(moments) - 2)
        (begin, end), (first, last) = moments[number : number + 2], places[number : number + 2]
        return first + (last - first) * (time - begin) / max(1, end - begin)


def _video(container: InputContainer, stretches: list[Stretch], cued: _Cued) -> VideoTrack:
    columns = [one.pictures for one in stretches]
    for one in columns:
        one.finish()
    track = video_track(container, columns[0])
    every = array("q", (time for one in columns for time in one.times))
    longest = max(columns, key=lambda one: len(one.times))
    rate = groups.picture_rate(
        longest.times, container.streams[track.stream].average_rate, track.tick
    )
    end = end_of(columns[-1], rate)
    closed = all(_is_closed(one) for one in columns)
    safe = all(safe for one in columns for _, safe in one.keys)
    changing = len({found for one in columns for found in one.parameters}) > 1
    trouble = CHANGING if changing else track.trouble or (None if closed else OPEN)
    pictures = sum(sum(one.sizes) for one in columns)
    share = pictures / max(1, pictures + sum(sum(s.sizes) for one in stretches for s in one.sounds))
    keys = [one.sizes[place] for one in columns for place, _ in one.keys]
    key_size = round(sum(keys) / len(keys))
    ends = (*cued.times[1:], end)
    gops = tuple(
        Gop(
            key=time, start=time, size=max(key_size, round(size * share)),
            count=max(1, round((stop - time) * track.tick * rate)),
            sync=safe and closed, cut=True, key_size=key_size,
        )
        for time, stop, size in zip(cued.times, ends, cued.sizes(end), strict=True)
    )  # fmt: skip
    return replace(
        track, gops=gops, grid=(), end=end, trouble=trouble,
        rate_num=rate.numerator, rate_den=rate.denominator,
        scale=groups.output_scale(every, track.num, track.den),
    )  # fmt: skip


def _is_closed(column: PictureColumn) -> bool:
    """Tell whether all pictures that follow a key picture are shown after it."""
    bounds = [*(place for place, _ in column.keys), len(column.times)]
    return all(min(column.times[a:b]) == column.times[a] for a, b in pairwise(bounds))


def _measured(track: AudioTrack, columns: list[SoundColumn], plan: Plan) -> AudioTrack:
    """Say how many bits a second a track has, and whether it can be copied, as the samples tell."""
    rates = [_bitrate(one) for one in columns if len(one.times) > 1]
    last = max((max(one.times) for one in columns if one.times), default=track.first)
    track = replace(
        track,
        bitrate=round(sum(rates) / max(1, len(rates))),
        peak=round(max(rates, default=0)),
    )
    if not track.frame_size:
        return track
    frame = Fraction(track.frame_size, track.rate) / track.tick
    track = replace(track, packets=round((last - track.first) / frame) + 1)
    return replace(track, regular=_is_regular(track, columns, plan))


def _bitrate(column: SoundColumn) -> float:
    seconds = (max(column.times) - min(column.times)) * column.tick
    return float(8 * sum(column.sizes[:-1]) / seconds) if seconds else 0.0


def _is_regular(track: AudioTrack, columns: list[SoundColumn], plan: Plan) -> bool:
    if track.codecs is None or sum(len(one.times) for one in columns) < FEWEST_PACKETS:
        return False
    start = copied_start(plan, track)
    if start > LATEST_SOUND * track.rate:
        return False
    if start + track.packets * track.frame_size < (plan.boundaries[-1] - EARLIEST_END) * track.rate:
        return False
    frame = Fraction(track.frame_size, track.rate) / track.tick
    tolerance = Fraction(1, 1000) / track.tick
    return all(
        abs((time - track.first) - round((time - track.first) / frame) * frame) <= tolerance
        for one in columns
        for time in one.times
    )
