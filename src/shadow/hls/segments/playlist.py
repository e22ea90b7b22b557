"""Write HLS playlists (RFC 8216 and its successor draft-pantos-hls-rfc8216bis), and their figures.

BANDWIDTH is the most that any run of segments can take, as the RFC counts runs: measured for what
is copied, bounded by the encoder's buffer for what is encoded. A player that believes it never
runs dry.
"""

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from math import ceil
from typing import NamedTuple

from shadow.hls.segments.facts import AudioTrack, FileIndex, Gop
from shadow.hls.segments.orders import AudioRung, VideoRung
from shadow.hls.segments.plan import AAC_FRAME, Plan, peak_rate, target_duration

VERSION = 7
SUBTITLES = "subtitles"  # the name of their group
SDH = (
    "public.accessibility.transcribes-spoken-dialog,public.accessibility.describes-music-and-sound"
)
SAMPLE_BYTES = 16  # that `trun` has for each picture
PACKET_BYTES = 8  # and for each packet of sound
FRAGMENT_BYTES = 140  # of the other boxes of a segment
MARGIN = Fraction(101, 100)
AAC_SWING = Fraction(103, 100)  # measured: 1 % above its bit rate at most, white noise or a tone
# Quotes, and whatever some reader takes for the end of a line; lone surrogates are no UTF-8.
UNQUOTABLE = re.compile('["\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]')


class Bandwidth(NamedTuple):
    """Bits a second: `peak` for BANDWIDTH, `average` for AVERAGE-BANDWIDTH."""

    peak: int
    average: int


@dataclass(frozen=True, slots=True)
class Variant:
    """Pictures of one quality; `uri` is of its media playlist. The sound is counted separately."""

    uri: str
    codecs: str
    bandwidth: Bandwidth
    width: int
    height: int
    rate: Fraction
    dynamic_range: str


@dataclass(frozen=True, slots=True)
class Sound:
    """Sound in one language and codec.

    `group` is the set that it is chosen from: every group holds every track once, under the same
    names. `language` is BCP 47.
    """

    group: str
    name: str
    language: str | None
    uri: str
    codecs: str
    channels: int
    bandwidth: Bandwidth
    default: bool = False


@dataclass(frozen=True, slots=True)
class Subtitles:
    """WebVTT in one language. `language` is BCP 47; `sdh`: for people who do not hear."""

    name: str
    language: str | None
    uri: str
    default: bool = False
    forced: bool = False
    sdh: bool = False


def media_playlist(
    durations: Iterable[Fraction | float],
    target: int,
    *,
    segment_name: Callable[[int], str],
    init: str | None,
    iframes: bool = False,
) -> str:
    """Return a complete VOD playlist.

    `durations` are seconds, `target` is of all playlists of the file, `segment_name` gives the
    address of a segment by its number from 0, `init` is the address of the init segment. With
    `iframes` each segment is a single key picture.
    """
    lines = [
        "#EXTM3U",
        f"#EXT-X-VERSION:{VERSION}",
        f"#EXT-X-TARGETDURATION:{target}",
        "#EXT-X-MEDIA-SEQUENCE:0",
        "#EXT-X-PLAYLIST-TYPE:VOD",
    ]
    # Subtitles need nothing before them either, so it holds for every playlist here.
    lines.append("#EXT-X-I-FRAMES-ONLY" if iframes else "#EXT-X-INDEPENDENT-SEGMENTS")
    if init is not None:
        lines.append(f"#EXT-X-MAP:URI={_quoted(init)}")
    for number, duration in enumerate(durations):
        lines.append(f"#EXTINF:{float(duration):.6f},\n{segment_name(number)}")
    return "\n".join([*lines, "#EXT-X-ENDLIST", ""])


def master_playlist(
    variants: Sequence[Variant],
    *,
    sounds: Sequence[Sound] = (),
    subtitles: Sequence[Subtitles] = (),
    key_pictures: Variant | None = None,
) -> str:
    """Return the playlist of playlists: each variant once with each group of sounds.

    Without variants the file is sound alone, and the default of each group is one. The first
    entry is what a player starts with. Raises `ValueError` if there is nothing to list.
    """
    groups = dict.fromkeys(one.group for one in sounds)
    by_group = {group: [one for one in sounds if one.group == group] for group in groups}
    lines = ["#EXTM3U", f"#EXT-X-VERSION:{VERSION}", "#EXT-X-INDEPENDENT-SEGMENTS"]
    for members in by_group.values():
        names = _unique([one.name for one in members])
        lines += [_sound_line(one, name) for one, name in zip(members, names, strict=True)]
    names = _unique([one.name for one in subtitles])
    lines += [_subtitles_line(one, name) for one, name in zip(subtitles, names, strict=True)]
    offered = len(lines)
    for group, members in (by_group or {"": []}).items():
        common = [f"AUDIO={_quoted(group)}"] if group else []
        if subtitles:
            common.append(f"SUBTITLES={_quoted(SUBTITLES)}")
        common.append("CLOSED-CAPTIONS=NONE")
        for variant in variants or _sound_alone(members):
            lines.append(f"#EXT-X-STREAM-INF:{_stream(variant, members, common)}\n{variant.uri}")
    if len(lines) == offered:
        raise ValueError("nothing to list")
    if key_pictures is not None:
        pictures = replace(key_pictures, rate=Fraction(0))  # FRAME-RATE is not for them
        listed = [*_figures(pictures, []), f"URI={_quoted(pictures.uri)}"]
        lines.append(f"#EXT-X-I-FRAME-STREAM-INF:{','.join(listed)}")
    return "\n".join([*lines, ""])


def copy_bandwidth(index: FileIndex, plan: Plan, target: int | None = None) -> Bandwidth:
    """Return what the source's own pictures take, without sound. Counted, not guessed.

    `target` is of all playlists, and is worked out if it is not given.
    """
    sizes = [
        sum(one.size + one.count * SAMPLE_BYTES for one in gops) + FRAGMENT_BYTES
        for gops in _gops_by_segment(index, plan)
    ]
    return _counted(sizes, plan, target or target_duration(plan, index))


def key_bandwidth(index: FileIndex, plan: Plan, target: int | None = None) -> Bandwidth:
    """Return what the playlist of key pictures takes. `target` as above."""
    sizes = [
        gops[0].key_size + SAMPLE_BYTES + FRAGMENT_BYTES for gops in _gops_by_segment(index, plan)
    ]
    return _counted(sizes, plan, target or target_duration(plan, index))


def rung_bandwidth(rung: VideoRung, plan: Plan, target: int | None = None) -> Bandwidth:
    """Return the most that encoded pictures can take, without sound.

    Each segment is a fresh encoder with a full buffer, so it may spend `maxrate` x its seconds +
    `bufsize`. `target` is of all playlists; without it, of the pictures alone.
    """
    source = plan.source
    rate = source.rate_num / source.rate_den if source is not None else 0.0
    each_second = rung.maxrate / 8 + SAMPLE_BYTES * rate
    each_segment = rung.bufsize / 8 + FRAGMENT_BYTES
    sizes = [each_second * one + each_segment for one in plan.seconds]
    return _counted(sizes, plan, target or ceil(max(plan.seconds)))


def sound_bandwidth(rung: AudioRung) -> Bandwidth:
    """Return what encoded sound takes."""
    beside = Fraction(rung.rate, AAC_FRAME) * 8 * PACKET_BYTES + 8 * FRAGMENT_BYTES
    return Bandwidth(
        ceil((rung.bitrate * AAC_SWING + beside) * MARGIN), ceil(rung.bitrate + beside)
    )


def copied_sound_bandwidth(track: AudioTrack) -> Bandwidth:
    """Return what a sound track takes that is copied."""
    packets = Fraction(track.rate, track.frame_size or track.rate)
    beside = packets * 8 * PACKET_BYTES + 8 * FRAGMENT_BYTES
    return Bandwidth(ceil((track.peak + beside) * MARGIN), ceil(track.bitrate + beside))


def _counted(sizes: Sequence[float], plan: Plan, target: int) -> Bandwidth:
    peak = ceil(peak_rate(sizes, plan.seconds, target) * MARGIN)
    return Bandwidth(peak, min(peak, ceil(8 * sum(sizes) / max(plan.duration, 0.001))))


def _gops_by_segment(index: FileIndex, plan: Plan) -> list[list[Gop]]:
    """Share the groups out to the segments that they are copied into."""
    shares: list[list[Gop]] = [[] for _ in plan.spans]
    number = 0
    for gop in index.video.gops if index.video is not None else ():
        while number + 1 < len(plan.spans) and gop.start >= plan.spans[number + 1].start:
            number += 1
        shares[number].append(gop)
    return shares


def _sound_line(sound: Sound, name: str) -> str:
    attributes = [
        f"TYPE=AUDIO,GROUP-ID={_quoted(sound.group)},NAME={_quoted(name)}",
        *_language(sound.language),
        f"DEFAULT={_yes(when=sound.default)},AUTOSELECT=YES",
        f'CHANNELS="{sound.channels}"',
        f"URI={_quoted(sound.uri)}",
    ]
    return f"#EXT-X-MEDIA:{','.join(attributes)}"


def _subtitles_line(one: Subtitles, name: str) -> str:
    attributes = [
        f"TYPE=SUBTITLES,GROUP-ID={_quoted(SUBTITLES)},NAME={_quoted(name)}",
        *_language(one.language),
        f"DEFAULT={_yes(when=one.default)},AUTOSELECT=YES,FORCED={_yes(when=one.forced)}",
        *([f'CHARACTERISTICS="{SDH}"'] if one.sdh else []),
        f"URI={_quoted(one.uri)}",
    ]
    return f"#EXT-X-MEDIA:{','.join(attributes)}"


def _language(language: str | None) -> list[str]:
    return [f"LANGUAGE={_quoted(language)}"] if language else []


def _sound_alone(members: Sequence[Sound]) -> list[Variant]:
    """Return the default of a group as a variant without pictures."""
    chosen = next((one for one in members if one.default), members[0] if members else None)
    if chosen is None:
        return []
    return [Variant(chosen.uri, "", Bandwidth(0, 0), 0, 0, Fraction(0), "")]


def _stream(variant: Variant, members: Sequence[Sound], common: Sequence[str]) -> str:
    return ",".join([*_figures(variant, members), *common])


def _figures(variant: Variant, members: Sequence[Sound]) -> list[str]:
    """Return the attributes of a variant together with the sound that it is played with."""
    own = [variant.codecs] if variant.codecs else []
    codecs = dict.fromkeys([*own, *(one.codecs for one in members)])
    peak = variant.bandwidth.peak + max((one.bandwidth.peak for one in members), default=0)
    average = variant.bandwidth.average + max((one.bandwidth.average for one in members), default=0)
    figures = [
        f"BANDWIDTH={peak},AVERAGE-BANDWIDTH={average}",
        f"CODECS={_quoted(','.join(codecs))}",
    ]
    if variant.width:
        figures.append(f"RESOLUTION={variant.width}x{variant.height}")
    if variant.rate:
        figures.append(f"FRAME-RATE={float(variant.rate):.3f}")
    if variant.dynamic_range:
        figures.append(f"VIDEO-RANGE={variant.dynamic_range}")
    return figures


def _unique(names: Sequence[str]) -> list[str]:
    """Number names that occur again: in a group no two may be the same, nor one be empty."""
    unique: list[str] = []
    for name in (UNQUOTABLE.sub("", one).strip() or "Untitled" for one in names):
        number, fresh = 1, name
        while fresh in unique:
            number += 1
            fresh = f"{name} ({number})"
        unique.append(fresh)
    return unique


def _yes(*, when: bool) -> str:
    return "YES" if when else "NO"


def _quoted(text: str) -> str:
    """Quote a string as an attribute; what cannot be quoted is left out (RFC 8216, 4.2)."""
    return f'"{UNQUOTABLE.sub("", text)}"'
