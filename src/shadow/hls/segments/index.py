"""Read every packet of a file once, and keep what playlists and segments are made from.

Runs in a worker process only. Reading packets is quick (a film of two hours and 2.8 GB: about 2 s
when cached); the key frame tables of containers are quicker still, and each kind lacks something.
"""

import re
from array import array
from collections.abc import Callable, Iterator
from dataclasses import replace
from fractions import Fraction
from itertools import accumulate

from av.container import InputContainer
from av.packet import Packet
from av.stream import Disposition, Stream
from av.video.stream import VideoStream

from shadow.hls.segments import groups, initial
from shadow.hls.segments.codecs import codec_strings
from shadow.hls.segments.columns import PictureColumn, SoundColumn
from shadow.hls.segments.facts import AudioTrack, FileIndex, VideoTrack
from shadow.hls.segments.opening import packets_of
from shadow.hls.segments.plan import (
    Plan,
    copied_audio_spans,
    copied_start,
    peak_rate,
    plan_file,
    target_duration,
)
from shadow.runtime.media_errors import MediaError

STILLS = frozenset({"mjpeg", "png", "bmp", "gif", "webp", "tiff"})  # covers, often not marked so
COPIED_SOUND = frozenset({"aac", "ac3", "eac3", "mp3", "opus", "flac"})
MOST_PIXELS = 8192 * 8192
LATEST_SOUND = Fraction(1, 10)  # seconds after the first picture at which copied sound may begin
EARLIEST_END = 1  # seconds before the last picture at which it may end
MISSING_TAIL = 2.0  # seconds short of what the container says: it was cut off
CLOCK = re.compile(r"(\d+):(\d+):(\d+\.?\d*)")
LONGEST_PICTURE = 10  # seconds that the last picture may say it lasts
TRANSFERS = {16: "PQ", 18: "HLG"}  # ITU-T H.273

NO_TIMES = "The file does not say when each of its pictures is shown."
CHANGING = "The form of the pictures changes within the file."

Column = PictureColumn | SoundColumn


def make_index(
    container: InputContainer, pictures: Callable[[VideoStream], PictureColumn] = PictureColumn
) -> FileIndex:
    """Read a container just opened to its end and return its index.

    Raises:
        MediaError: It holds neither pictures nor sound.
    """
    film = main_video(container)
    picture = pictures(film) if film is not None else None
    sounds = sound_columns(container)
    _read(container, picture, sounds)
    damaged = picture.finish() if picture is not None else False
    video = video_track(container, picture) if picture is not None and picture.keys else None
    heard = [one for one in sounds if one.frames and one.times]
    audio = tuple(audio_track(container, one) for one in heard)
    if video is None and not audio:
        raise MediaError("The file holds no pictures and no sound that can be played.")
    index = FileIndex(video, audio, duration_of(video, audio, heard))
    if index.duration <= 0:
        raise MediaError("The file is too short to be played.")
    plan = plan_file(index, "")
    audio = tuple(
        _measured(track, column, plan) for track, column in zip(audio, heard, strict=True)
    )
    cut_off = damaged or _is_cut_off(container, picture, heard)
    index = replace(index, audio=audio, truncated=cut_off)
    return replace(index, audio=tuple(_with_peaks(index, plan, heard)))


def sound_columns(container: InputContainer) -> list[SoundColumn]:
    """Return an empty column for each sound track."""
    return [SoundColumn(one) for one in container.streams.audio if one.codec_context is not None]


def main_video(container: InputContainer) -> VideoStream | None:
    """Choose the film among the video streams: the largest that is no cover."""
    films = [
        one
        for one in container.streams.video
        if one.codec_context is not None
        and not one.disposition & Disposition.attached_pic
        and 0 < one.width * one.height <= MOST_PIXELS
    ]
    moving = [one for one in films if one.codec_context.codec.canonical_name not in STILLS]
    return max(moving or films, key=lambda one: one.width * one.height, default=None)


def _read(
    container: InputContainer, picture: PictureColumn | None, sounds: list[SoundColumn]
) -> None:
    columns: dict[int, Column] = {one.stream.index: one for one in sounds}
    if picture is not None:
        columns[picture.stream.index] = picture
    if not columns:
        return
    packets = packets_of(container, *(container.streams[number] for number in columns))
    look(packets, columns)
    takes = {number: one.take for number, one in columns.items()}
    for packet in packets:
        takes[packet.stream_index](packet)


def look(packets: Iterator["Packet[Stream]"], columns: dict[int, Column]) -> None:
    """Take packets until the first pictures and sounds of every stream are decoded."""
    looking = set(columns)
    while looking:
        packet = next(packets, None)
        if packet is None:
            return
        number = packet.stream_index
        columns[number].take(packet)
        if number in looking and columns[number].look(packet):
            looking.remove(number)


def video_track(container: InputContainer, column: PictureColumn) -> VideoTrack:
    """Return a stream of pictures as its column has it."""
    stream, times, tick = column.stream, column.times, column.tick
    gops = groups.groups_of(times, column.sizes, column.keys, tick)
    said = stream.average_rate or stream.guessed_rate
    rate = groups.picture_rate(times, said, tick)
    end = end_of(column, rate)
    scale = groups.output_scale(times, tick.numerator, tick.denominator)
    frame = column.frame
    rotation = int(frame.rotation) % 360 if frame is not None else 0
    shown = _shown_size(stream, rotation)
    transfer = int(stream.codec_context.color_trc)
    return VideoTrack(
        stream=stream.index,
        codec=column.codec,
        codecs=_codecs(container, stream, tick.denominator * scale),
        num=tick.numerator,
        den=tick.denominator,
        scale=scale,
        end=end,
        rate_num=rate.numerator,
        rate_den=rate.denominator,
        width=stream.width,
        height=stream.height,
        display_width=shown[0],
        display_height=shown[1],
        bit_depth=frame.format.components[0].bits if frame is not None else 8,
        rotation=rotation,
        interlaced=bool(frame.interlaced_frame) if frame is not None else False,
        dynamic_range=TRANSFERS.get(transfer, "SDR"),
        annex_b=column.annex_b,
        gops=gops,
        grid=groups.picture_grid(times, gops, end, tick),
        trouble=_trouble(column),
        timeless=column.timeless,
    )


def _trouble(column: PictureColumn) -> str | None:
    if column.timeless:
        return NO_TIMES
    return CHANGING if len(column.parameters) > 1 else None


def _shown_size(stream: VideoStream, rotation: int) -> tuple[int, int]:
    """Return width and height as displayed: aspect and rotation applied."""
    aspect = stream.sample_aspect_ratio or Fraction(1)
    if not Fraction(1, 10) <= aspect <= 10:
        aspect = Fraction(1)
    width, height = round(stream.width * aspect), stream.height
    return (height, width) if rotation % 180 == 90 else (width, height)


def end_of(column: PictureColumn, rate: Fraction) -> int:
    """Return the highest time plus that picture's duration, which is guessed where it is absurd."""
    last = max(column.times)
    length = column.durations[column.times.index(last)]
    usual = 1 / rate / column.tick
    if not usual / 2 <= length <= LONGEST_PICTURE / column.tick:
        length = max(1, round(usual))
    return last + length


def _codecs(container: InputContainer, stream: Stream, timescale: int) -> str | None:
    """Return the RFC 6381 name of a stream as it would be copied, None if it cannot be."""
    try:
        return codec_strings(initial.copied_init(container, stream, timescale))[0]
    except (MediaError, ValueError):
        return None


def audio_track(container: InputContainer, column: SoundColumn) -> AudioTrack:
    """Return a sound track as its column has it, not measured yet."""
    stream, tick = column.stream, column.tick
    heard = column.frames[-1 if len(column.frames) < 3 else 2]
    return AudioTrack(
        stream=stream.index,
        codec=column.codec,
        codecs=_codecs(container, stream, heard.rate) if column.codec in COPIED_SOUND else None,
        num=tick.numerator,
        den=tick.denominator,
        rate=heard.rate,
        channels=heard.channels,
        frame_size=heard.samples,
        anchor=heard.time,
        first=column.times[0],
        regular=False,
        bitrate=0,
        peak=0,
        language=stream.language,
        title=stream.metadata.get("title"),
        default=bool(stream.disposition & Disposition.default),
        packets=len(column.times),
        start=column.frames[0].time,
    )


def duration_of(
    video: VideoTrack | None, audio: tuple[AudioTrack, ...], heard: list[SoundColumn]
) -> float:
    """Return seconds from the first picture, or sound, to the end."""
    if video is not None:
        return float((video.end - video.gops[0].start) * video.tick)
    first = audio[0]
    last = max(heard[0].times)
    return float((last - first.start) * first.tick + Fraction(first.frame_size, first.rate))


def _measured(track: AudioTrack, column: SoundColumn, plan: Plan) -> AudioTrack:
    """Say how many bits a second a track has, and whether it can be copied."""
    seconds = max(plan.duration, 0.001)
    bitrate = round(8 * sum(column.sizes) / seconds)
    return replace(track, bitrate=bitrate, regular=_is_regular(track, column.times, plan))


def _is_regular(track: AudioTrack, times: "array[int]", plan: Plan) -> bool:
    if track.codecs is None or not track.frame_size:
        return False
    start = copied_start(plan, track)
    end = start + track.packets * track.frame_size
    if start > LATEST_SOUND * track.rate:
        return False
    if end < (plan.boundaries[-1] - EARLIEST_END) * track.rate:
        return False
    if any(one.end <= one.first for one in copied_audio_spans(plan, track)):
        return False
    return groups.on_grid(times, track.frame_size, track.rate, track.tick)


def _with_peaks(index: FileIndex, plan: Plan, heard: list[SoundColumn]) -> Iterator[AudioTrack]:
    target = target_duration(plan, index)
    for track, column in zip(index.audio, heard, strict=True):
        bounds = [(one + plan.origin) / track.tick for one in plan.boundaries]
        times = array("q", accumulate(column.times, max))  # broken order moves nothing back
        sizes = groups.shared_out(times, column.sizes, bounds)
        yield replace(track, peak=peak_rate(sizes, plan.seconds, target))


def _is_cut_off(
    container: InputContainer, picture: PictureColumn | None, heard: list[SoundColumn]
) -> bool:
    """Tell whether a stream ends long before the container says that it does."""
    columns: list[Column] = [*heard, *([picture] if picture and picture.times else [])]
    begins = Fraction(container.start_time or 0, 1_000_000)
    return any(
        _stated(container, one) - (max(one.times) * one.tick - begins) > MISSING_TAIL
        for one in columns
    )


def _stated(container: InputContainer, column: Column) -> float:
    """Return how many seconds of a stream there should be; 0 if nothing says so."""
    stream = column.stream
    if stream.duration:
        return float(stream.duration * column.tick)
    said = CLOCK.match(stream.metadata.get("DURATION", ""))  # in Matroska
    if said is not None:
        hours, minutes, seconds = (float(one) for one in said.groups())
        return 3600 * hours + 60 * minutes + seconds
    # That of the container is of its longest stream, perhaps of subtitles.
    return (container.duration or 0) / 1e6 if len(container.streams) == 1 else 0.0
