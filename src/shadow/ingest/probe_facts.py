"""What a probe tells about a media file: plain values, made in a worker, checked in the server.

Sizes are bounded in the types, because the process that fills them has parsed hostile input;
`shadow.ingest.probing` refuses answers that break a bound.
"""

from dataclasses import dataclass, field
from typing import Annotated, ClassVar, TypeAlias

from annotated_types import Interval, MaxLen

Small: TypeAlias = Annotated[int, Interval(ge=-(2**31), le=2**31 - 1)]
Large: TypeAlias = Annotated[int, Interval(ge=0, le=2**63 - 1)]
Seconds: TypeAlias = Annotated[float, Interval(ge=0, le=1e9)]
Word: TypeAlias = Annotated[str, MaxLen(40)]
Line: TypeAlias = Annotated[str, MaxLen(400)]
Text: TypeAlias = Annotated[str, MaxLen(2000)]
Detail: TypeAlias = bool | Small | float | Word
MAX_STREAMS, MAX_CHAPTERS, MAX_ATTACHMENTS, MAX_TAGS = 256, 1000, 256, 64


@dataclass(frozen=True, slots=True, kw_only=True)
class StreamFacts:
    """One stream. `index` counts all streams of the container, as ffmpeg's `-map 0:N` does.

    `type` is `video`, `audio`, `subtitle`, `cover` (a still picture in the place of a video),
    `data` or `unknown`. `language` is a BCP 47 tag (`en`, `pt-BR`), None when undetermined.
    `hdr` is `hdr10`, `hlg` or `dolby-vision`. `details` holds rarer facts, each only if known:
    `display_width`, `display_height` (after pixel aspect and rotation), `aspect` (`16:9`),
    `rotation` (degrees clockwise for upright display: 90, 180, 270), `pixel_format`, `range`,
    `primaries`, `transfer`, `matrix`, `field_order`, `dolby_vision_profile`, `channel_layout`,
    `sample_bits`, `codec_tag`, `text` (a subtitle's: text rather than pictures), and a true
    value for each disposition such as `hearing_impaired`, `comment`, `original`, `dub`.
    """

    index: Small
    type: Word
    codec: Word | None = None
    profile: Word | None = None
    level: Small | None = None
    width: Small | None = None
    height: Small | None = None
    fps: float | None = None
    bit_depth: Small | None = None
    hdr: Annotated[str, MaxLen(16)] | None = None
    channels: Small | None = None
    sample_rate: Small | None = None
    bitrate: Large | None = None
    language: Annotated[str, MaxLen(16)] | None = None
    title: Line | None = None
    default: bool = False
    forced: bool = False
    details: Annotated[dict[Word, Detail], MaxLen(64)] = field(default_factory=dict)

    __pydantic_config__: ClassVar[dict[str, object]] = {"extra": "forbid"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Chapter:
    """A named part, in seconds from the start of the file."""

    start: Seconds
    end: Seconds
    title: Line | None = None

    __pydantic_config__: ClassVar[dict[str, object]] = {"extra": "forbid"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Attachment:
    """A file carried inside the container: a font or a picture. `size` is in bytes."""

    index: Small
    name: Line | None = None
    media_type: Annotated[str, MaxLen(100)] | None = None
    size: Large = 0

    __pydantic_config__: ClassVar[dict[str, object]] = {"extra": "forbid"}


@dataclass(frozen=True, slots=True, kw_only=True)
class MediaFacts:
    """Everything one pass over a file's headers tells.

    `container` is `mp4`, `mov`, `m4a`, `matroska`, `webm`, `mpegts`, `avi`, … `duration` is in
    seconds, None when the file does not say; `bitrate` in bits a second over the whole file.
    `truncated` says that the file ends before its own headers say it should. Tag names are lower
    case. `cover` says that a cover picture is embedded (see `frames.cover_art`).
    """

    container: Word
    duration: Seconds | None
    bitrate: Large | None
    streams: Annotated[tuple[StreamFacts, ...], MaxLen(MAX_STREAMS)]
    chapters: Annotated[tuple[Chapter, ...], MaxLen(MAX_CHAPTERS)] = ()
    attachments: Annotated[tuple[Attachment, ...], MaxLen(MAX_ATTACHMENTS)] = ()
    tags: Annotated[dict[Line, Text], MaxLen(MAX_TAGS)] = field(default_factory=dict)
    cover: bool = False
    truncated: bool = False

    __pydantic_config__: ClassVar[dict[str, object]] = {"extra": "forbid"}

    def of_type(self, stream_type: str) -> list[StreamFacts]:
        """List the streams of one type, such as `"video"`."""
        return [stream for stream in self.streams if stream.type == stream_type]
