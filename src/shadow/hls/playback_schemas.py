"""What `POST /api/playback` takes and answers."""

from datetime import datetime
from typing import Literal

from pydantic import BaseModel, Field

from shadow.streaming.service import Capabilities

INDEX_LIMIT = 2**31 - 1


class PlaybackIn(BaseModel):
    """A file, the player, and what the person chose. Indexes are stream numbers in the file."""

    file_id: str = Field(max_length=7)
    client: Capabilities = Capabilities()
    audio_index: int | None = Field(default=None, ge=0, le=INDEX_LIMIT)
    subtitle_index: int | None = Field(
        default=None,
        ge=0,
        le=INDEX_LIMIT,
        description="Drawn into the video where the player cannot draw it by itself.",
    )
    max_height: int | None = Field(default=None, ge=1, le=INDEX_LIMIT, description="Lines.")
    preview: bool = Field(default=False, description="Decide only: no address.")


class ReasonOut(BaseModel):
    """Why the file is not played as it is."""

    code: str
    text: str = Field(description="A sentence for people.")


class VideoTrackOut(BaseModel):
    """The video that is played, as it is in the file."""

    stream: int
    codec: str | None
    profile: str | None
    width: int | None = Field(description="As displayed.")
    height: int | None
    fps: float | None
    bit_depth: int | None
    hdr: str | None


class AudioTrackOut(BaseModel):
    """A sound track. `copied`: sent as it is, else converted to AAC stereo."""

    index: int
    language: str | None
    title: str | None
    codec: str | None
    channels: int | None
    default: bool
    copied: bool
    selected: bool


class SubtitleTrackOut(BaseModel):
    """A subtitle, in the form that this player gets it. `url` null: it cannot draw it."""

    id: str = Field(description="`e3`: stream 3 of the file; `xAbc1234`: a file of its own.")
    index: int | None
    language: str | None
    title: str | None
    format: Literal["vtt", "ass", "pgs", "vobsub", "other"]
    text: bool
    forced: bool
    sdh: bool
    default: bool
    burned: bool = Field(description="It is drawn into the video.")
    url: str | None
    origin: Literal["embedded", "beside", "uploaded", "found"]


class QualityOut(BaseModel):
    """A size to choose from; `height` is what `max_height` takes."""

    name: str = Field(description="`source`, or the lines of a smaller one: `720p`.")
    height: int
    bandwidth: int = Field(description="Bits a second at most, sound not counted.")


class PlaybackMarker(BaseModel):
    """A stretch that a person may skip, in seconds."""

    kind: Literal["intro", "recap", "credits", "preview"]
    start: float
    end: float


class PlaybackChapter(BaseModel):
    """A part of the file, in seconds."""

    start: float
    end: float
    title: str | None


class PreviewsOut(BaseModel):
    """Where the small pictures of the seek bar are."""

    url: str
    interval: float
    width: int
    height: int


class PlaybackOut(BaseModel):
    """How a file is played on this player, and everything that goes with it.

    `direct`: the file as it is. `remux`: HLS with the pictures as they are; each sound track says
    whether it is converted. `transcode`: HLS with the pictures encoded again. There are reasons
    exactly when it is not `direct`.
    """

    method: Literal["direct", "remux", "transcode"]
    video: Literal["direct", "copy", "transcode", "none"]
    summary: str = Field(description="What is done, in a sentence for people.")
    reasons: list[ReasonOut]
    url: str | None
    expires_at: datetime | None
    duration: float | None
    container: str | None
    video_track: VideoTrackOut | None
    audio: list[AudioTrackOut]
    subtitles: list[SubtitleTrackOut]
    qualities: list[QualityOut]
    markers: list[PlaybackMarker]
    chapters: list[PlaybackChapter]
    previews: PreviewsOut | None
    prepared: list[str] = Field(description="Renditions that were made ahead of time.")
