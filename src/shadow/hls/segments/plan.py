"""Where the segments of a file begin and end: one plan for every rendition of it.

A segment begins at a key picture, so that it can be copied; is 6 s long or a little more where the
key pictures allow; and has the same number and times whether its pictures are copied or encoded.
Time 0 is the first picture, whatever the container says.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from itertools import pairwise
from math import ceil

from shadow.hls.segments.facts import AudioTrack, FileIndex, Gop, VideoTrack
from shadow.hls.segments.orders import AudioSource, AudioSpan, VideoSource, VideoSpan

WANTED = 6  # seconds: a segment ends at the first chance from here on
SHORTEST = 3  # seconds: it ends this early if the next chance comes after LONGEST
LONGEST = 9
FARTHEST_KEYS = 20  # seconds between keys; beyond, a copied segment is no longer a segment
AAC_FRAME = 1024  # samples
AAC_RATES = (44_100, 48_000)  # Hz, of what is encoded here
COPIED_CODECS = frozenset({"h264", "hevc", "av1", "vp9"})

KEYS_TOO_FAR = "The key pictures of this file are too far apart to cut it without encoding."
NO_SAFE_START = "The file begins with a picture that not every player can start from."
NO_HEADER = "What describes the pictures of this file is damaged or missing."
NO_SUCH_COPY = "No browser plays {codec} pictures, so they have to be encoded."


@dataclass(frozen=True)
class Plan:
    """The segments of a file.

    `boundaries` are seconds from time 0: segment k lasts from `boundaries[k]` to
    `boundaries[k + 1]`. `origin` is time 0 on the clock of the file, in seconds. Without video
    `source` is None and `spans` is empty. `why_no_copy` is for a person.
    """

    source: VideoSource | None
    spans: tuple[VideoSpan, ...]
    can_copy: bool
    why_no_copy: str | None
    duration: float
    boundaries: tuple[Fraction, ...]
    origin: Fraction
    file_key: str

    @cached_property
    def durations(self) -> tuple[Fraction, ...]:
        """Seconds of each segment."""
        return tuple(end - start for start, end in pairwise(self.boundaries))

    @cached_property
    def seconds(self) -> tuple[float, ...]:
        """`durations`, for figures that need not be exact."""
        return tuple(float(one) for one in self.durations)


def plan_file(index: FileIndex, file_key: str) -> Plan:
    """Cut a file into segments.

    `file_key` is the signature of the file that the index was made of. Raises `ValueError` if the
    index holds neither pictures nor sound.
    """
    if index.video is not None:
        return _plan_pictures(index.video, file_key)
    if index.audio:
        return _plan_sound(index, file_key)
    raise ValueError("The file has neither pictures nor sound.")


def audio_source(track: AudioTrack, plan: Plan, index: FileIndex) -> AudioSource:
    """Say where a track's sound comes from, on the clock of the plan.

    Raises `ValueError` for a track that is not of this index.
    """
    if track not in index.audio:
        raise ValueError("The track is not of this file.")
    return AudioSource(
        stream=track.stream,
        codec=track.codec,
        num=track.num,
        den=track.den,
        rate=track.rate,
        channels=track.channels,
        frame_size=track.frame_size,
        anchor=track.anchor,
        first=track.first,
        origin_num=plan.origin.numerator,
        origin_den=plan.origin.denominator,
        file_key=plan.file_key,
    )


def audio_spans(plan: Plan, rate: int) -> tuple[AudioSpan, ...]:
    """Return the AAC frames of 1024 samples at `rate` Hz that begin in each segment."""
    return _framed(plan, rate, AAC_FRAME, 0)


def copied_audio_spans(plan: Plan, track: AudioTrack) -> tuple[AudioSpan, ...]:
    """Return the packets of a regular track, counted from its first, that begin in each segment.

    Packet i begins `copied_start` + i * `frame_size` samples after time 0. Packets that begin
    before time 0 are in no segment. Raises `ValueError` if its frames vary in size.
    """
    if not track.frame_size:
        raise ValueError("The frames of this track vary in size.")
    spans = _framed(plan, track.rate, track.frame_size, copied_start(plan, track))
    most = track.packets
    return tuple(AudioSpan(one.number, min(one.first, most), min(one.end, most)) for one in spans)


def copied_start(plan: Plan, track: AudioTrack | AudioSource) -> int:
    """Return where the first packet of a track begins, in samples from time 0; often negative."""
    return round((track.first * Fraction(track.num, track.den) - plan.origin) * track.rate)


def audio_durations(spans: Iterable[AudioSpan], rate: int, frame_size: int) -> list[Fraction]:
    """Return the seconds of each segment of sound."""
    return [Fraction((one.end - one.first) * frame_size, rate) for one in spans]


def target_duration(plan: Plan, index: FileIndex) -> int:
    """Return the EXT-X-TARGETDURATION that all playlists of a file share, in seconds.

    The longest segment of any of them, rounded up (RFC 8216, 4.3.3.1): pictures, AAC at
    `AAC_RATES`, and every track that may be copied.
    """
    longest = max(plan.durations)
    grids = [(rate, AAC_FRAME, 0) for rate in AAC_RATES if index.audio]
    grids += [
        (track.rate, track.frame_size, copied_start(plan, track))
        for track in index.audio
        if track.regular
    ]
    for rate, frame_size, offset in dict.fromkeys(grids):
        firsts = _first_frames(plan, rate, frame_size, offset)
        frames = max(end - max(first, 0) for first, end in pairwise(firsts))
        longest = max(longest, Fraction(frames * frame_size, rate))
    return max(1, ceil(longest))


def peak_rate(sizes: Sequence[float], seconds: Sequence[float], target: int) -> int:
    """Return the most bits a second of any run of segments, as RFC 8216 4.3.4.2 counts them.

    `sizes` are bytes of segments that last `seconds`. Runs last between half and one and a half
    target durations; where no run does, the whole is one.
    """
    shortest, longest = target / 2, target * 1.5
    peak = 0.0
    for first in range(len(sizes)):
        size = length = 0.0
        for position in range(first, len(sizes)):
            size += sizes[position]
            length += seconds[position]
            if length > longest:
                break
            if length >= shortest:
                peak = max(peak, size / length)
    return ceil(8 * (peak or sum(sizes) / max(sum(seconds), 0.001)))


def _plan_pictures(video: VideoTrack, file_key: str) -> Plan:
    why_no_copy = _why_no_copy(video)
    cuts = _chosen_cuts(video, for_copy=why_no_copy is None)
    bounds = (*cuts, video.end)
    origin = cuts[0]
    keys = {one.start: one.key for one in video.gops} if why_no_copy is None else {}
    spans = []
    decode_keys = _decode_keys(video.gops, cuts)
    for number, (start, end) in enumerate(pairwise(bounds)):
        key, next_key = keys.get(start), keys.get(end)
        spans.append(VideoSpan(number, start, end, key, next_key, decode_keys[number]))
    boundaries = tuple((one - origin) * video.tick for one in bounds)
    return Plan(
        source=_video_source(video, origin, file_key),
        spans=tuple(spans),
        can_copy=why_no_copy is None,
        why_no_copy=why_no_copy,
        duration=float(boundaries[-1]),
        boundaries=boundaries,
        origin=origin * video.tick,
        file_key=file_key,
    )


def _plan_sound(index: FileIndex, file_key: str) -> Plan:
    duration = Fraction(index.duration).limit_denominator(1_000_000)
    whole = max(1, int((duration + WANTED - SHORTEST) // WANTED))
    boundaries = (*(Fraction(number * WANTED) for number in range(whole)), duration)
    first = index.audio[0]
    return Plan(
        source=None,
        spans=(),
        can_copy=False,
        why_no_copy=None,
        duration=float(duration),
        boundaries=boundaries,
        origin=first.start * first.tick,
        file_key=file_key,
    )


def _video_source(video: VideoTrack, origin: int, file_key: str) -> VideoSource:
    return VideoSource(
        stream=video.stream,
        codec=video.codec,
        num=video.num,
        den=video.den,
        scale=video.scale,
        origin=origin,
        rate_num=video.rate_num,
        rate_den=video.rate_den,
        rotation=video.rotation,
        interlaced=video.interlaced,
        annex_b=video.annex_b,
        file_key=file_key,
        timeless=video.timeless,
    )


def _why_no_copy(video: VideoTrack) -> str | None:
    """Say why packets cannot be copied, None if they can."""
    if video.codec not in COPIED_CODECS:
        return NO_SUCH_COPY.format(codec=video.codec)
    if video.trouble is not None or video.codecs is None:
        return video.trouble or NO_HEADER
    if not video.gops[0].sync:
        return NO_SAFE_START
    starts = [one.start for one in video.gops if one.cut and one.sync]
    farthest = max(end - start for start, end in pairwise((*starts, video.end)))
    return KEYS_TOO_FAR if farthest * video.tick > FARTHEST_KEYS else None


def _chosen_cuts(video: VideoTrack, *, for_copy: bool) -> list[int]:
    """Choose where segments start, in ticks, first to last."""
    if video.grid:
        return list(video.grid)
    chances = [one.start for one in video.gops if one.cut and (one.sync or not for_copy)]
    return choose_cuts(chances, video.end, video.tick)


def choose_cuts(chances: Sequence[int], end: int, tick: Fraction) -> list[int]:
    """Choose from rising times those where a segment starts; the first always is one.

    A segment ends at the first chance 6 s on, or at one 3 s on if the next would make it over 9 s.
    """
    wanted, shortest, longest = (seconds / tick for seconds in (WANTED, SHORTEST, LONGEST))
    cuts = [chances[0]]
    for chance, following in pairwise((*chances[1:], end)):
        length = chance - cuts[-1]
        if length >= wanted or (length >= shortest and following - cuts[-1] > longest):
            cuts.append(chance)
    return cuts


def _decode_keys(gops: Sequence[Gop], cuts: Sequence[int]) -> list[int]:
    """Find for each cut the key packet from which its first picture can be decoded.

    The leading pictures of an open group need the group before it.
    """
    found = []
    position = 0
    for cut in cuts:
        while position + 1 < len(gops) and gops[position + 1].start <= cut:
            position += 1
        leading = cut < gops[position].key and position > 0
        found.append(gops[position - leading].key)
    return found


def _framed(plan: Plan, rate: int, frame_size: int, offset: int) -> tuple[AudioSpan, ...]:
    firsts = _first_frames(plan, rate, frame_size, offset)
    return tuple(
        AudioSpan(number, max(first, 0), max(end, 0))
        for number, (first, end) in enumerate(pairwise(firsts))
    )


def _first_frames(plan: Plan, rate: int, frame_size: int, offset: int) -> list[int]:
    """Return the first frame at or after each boundary; may be below 0.

    Number n begins `offset` + n * `frame_size` samples from time 0. Whole numbers all through, for
    a film has thousands of these; -(-a // b) rounds up.
    """
    return [
        -((offset * one.denominator - one.numerator * rate) // (one.denominator * frame_size))
        for one in plan.boundaries
    ]
