"""The answer to how a file is played: what was decided, in the words of HTTP."""

import dataclasses
from dataclasses import dataclass
from fractions import Fraction
from typing import Final

from shadow.catalog.models import File
from shadow.hls.ladder import granted, step_of
from shadow.hls.playback_schemas import (
    AudioTrackOut,
    PlaybackChapter,
    PlaybackMarker,
    PlaybackOut,
    PreviewsOut,
    QualityOut,
    ReasonOut,
    SubtitleTrackOut,
    VideoTrackOut,
)
from shadow.hls.subtitles.tracks import SubtitleTrack, track_url
from shadow.hls.tokens import Grant
from shadow.streaming.service import Capabilities, Decision, Known, Record, displayed_size

LOWEST_STEP: Final = 360
"""Lines of the smallest rung, which every grant gives."""
USUAL_RATE: Final = Fraction(25)


@dataclass(frozen=True, slots=True)
class Asked:
    """A file as the catalogue has it, and what goes with it whatever is decided.

    `index_error` says why its packets could not be read, when that was tried.
    """

    file: File
    record: Record
    known: Known
    index_error: str | None
    subtitles: list[SubtitleTrack]
    markers: list[PlaybackMarker]
    previews: PreviewsOut | None
    prepared: list[str]

    @property
    def duration(self) -> float | None:
        """Seconds: as the packets tell, else as the container claims."""
        return self.known.duration or self.record.duration


@dataclass(frozen=True, slots=True)
class _Shown:
    """The pictures of a file as a probe told, for the ladder."""

    display_width: int
    display_height: int
    rate: Fraction


def grant_of(decision: Decision) -> Grant:
    """Return what a decision opens to the player that it was made for."""
    height = decision.max_height
    return Grant(
        copy_video=decision.video == "copy",
        max_height=None if height is None else max(height, LOWEST_STEP),
        max_bitrate=decision.max_bitrate,
        audio_copies=tuple(one.stream for one in decision.audio if one.copied),
        audio=next((one.stream for one in decision.audio if one.selected), None),
        burn=decision.burn,
        tone_map=decision.tone_map,
    )


def answer_of(found: Asked, decision: Decision, client: Capabilities) -> PlaybackOut:
    """Return the answer without an address: that is for who makes one to add."""
    chapters = found.file.probe_facts.get("chapters", [])
    return PlaybackOut(
        method=decision.method,
        video=decision.video,
        summary=decision.summary,
        reasons=[ReasonOut(code=one.code, text=one.text) for one in decision.reasons],
        url=None,
        expires_at=None,
        duration=found.duration,
        container=found.record.container,
        video_track=_video_track(found.record, decision),
        audio=_audio_tracks(found.record, decision),
        subtitles=[_subtitle(found.file, one, decision, client) for one in found.subtitles],
        qualities=_qualities(found.record, decision),
        markers=found.markers,
        chapters=[PlaybackChapter.model_validate(one) for one in chapters],
        previews=found.previews,
        prepared=found.prepared,
    )


def _video_track(record: Record, decision: Decision) -> VideoTrackOut | None:
    for one in record.streams:
        if one.index == decision.video_stream:
            width, height = displayed_size(one) or (None, None)
            return VideoTrackOut(
                stream=one.index,
                codec=one.codec,
                profile=one.profile,
                width=width,
                height=height,
                fps=one.fps,
                bit_depth=one.bit_depth,
                hdr=one.hdr,
            )
    return None


def _audio_tracks(record: Record, decision: Decision) -> list[AudioTrackOut]:
    sent = {one.stream: one for one in decision.audio}
    return [
        AudioTrackOut(
            index=one.index,
            language=one.language,
            title=one.title,
            codec=one.codec,
            channels=one.channels,
            default=one.default,
            copied=sent[one.index].copied,
            selected=sent[one.index].selected,
        )
        for one in record.of_type("audio")
        if one.index in sent
    ]


def _subtitle(
    file: File, track: SubtitleTrack, decision: Decision, client: Capabilities
) -> SubtitleTrackOut:
    form = track.format if track.format in client.subtitles else None
    if form is None and track.text and {"webvtt", "vtt"} & set(client.subtitles):
        form = "vtt"
    shown = dataclasses.replace(track, format=form or track.format)
    return SubtitleTrackOut(
        **dataclasses.asdict(shown),
        burned=track.index is not None and track.index == decision.burn,
        url=track_url(file.public_id, shown) if form else None,
    )


def _qualities(record: Record, decision: Decision) -> list[QualityOut]:
    """Return what a person may choose among: the source where it is sent, and smaller sizes."""
    video = next((one for one in record.streams if one.index == decision.video_stream), None)
    size = displayed_size(video) if video is not None else None
    if video is None or size is None:
        return []
    rate = Fraction(video.fps).limit_denominator(1001) if video.fps else USUAL_RATE
    pictures = _Shown(*size, rate)
    found = []
    if decision.video in {"direct", "copy"}:
        needed = video.bitrate or record.bitrate or 0
        found.append(QualityOut(name="source", height=step_of(pictures), bandwidth=needed))
    ladder = granted(pictures, dataclasses.replace(grant_of(decision), max_height=None))
    return found + [
        QualityOut(name=f"{height}p", height=height, bandwidth=rung.maxrate)
        for height, rung in ladder.items()
    ]
