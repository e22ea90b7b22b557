"""Read the technical facts of a media file from its headers. Runs in a worker process only.

Server code calls `shadow.ingest.probing.probe_in`, which sends the path to a worker, checks the
answer, and keeps FFmpeg's libraries out of the server's own process.
"""

import re
from collections.abc import Mapping
from fractions import Fraction
from typing import Any, cast

import av.logging
from av.audio.format import AudioFormat
from av.audio.stream import AudioStream
from av.codec.context import CodecContext
from av.container import InputContainer
from av.stream import AttachmentStream, Disposition, Stream
from av.subtitles.stream import SubtitleStream
from av.video.codeccontext import VideoCodecContext
from av.video.stream import VideoStream

from shadow.ingest.asc import plain_layout
from shadow.ingest.colours import MATRICES, PRIMARIES, RANGES, TRANSFERS
from shadow.ingest.probe_facts import (
    MAX_ATTACHMENTS,
    MAX_CHAPTERS,
    MAX_STREAMS,
    MAX_TAGS,
    Attachment,
    Chapter,
    MediaFacts,
    StreamFacts,
)
from shadow.ingest.sps import UNSPECIFIED, Sequence, sequence_of
from shadow.ingest.truncation import EBML, ends_early
from shadow.kit.languages import language_tag
from shadow.runtime.media_errors import MediaForbidden
from shadow.runtime.media_file import QUIET, content_of, opened

CONTAINERS = {"mpegvideo": "mpeg", "live_flv": "flv", "aac": "adts"}
FIELD_ORDERS = {1: "progressive", 2: "tt", 3: "bb", 4: "tb", 5: "bt"}  # AVFieldOrder
TEXT_SUBTITLES = frozenset(
    {"subrip", "srt", "ass", "ssa", "webvtt", "mov_text", "text", "ttml", "eia_608", "microdvd"}
    | {"sami", "subviewer", "subviewer1", "realtext", "stl", "jacosub", "mpl2", "pjs", "vplayer"}
)
SIDE_LINES = re.compile(
    r"^ +Stream #0:(?P<stream>\d+)|^ +Display Matrix: rotation of (?P<turn>-?\d+(?:\.\d+)?) degrees"
    r"|^ +DOVI configuration record:.*?profile: (?P<dovi>\d+)",
    re.MULTILINE | re.IGNORECASE,
)
# Tags that mkvmerge and FFmpeg write about a stream rather than for its audience.
BITRATE_TAGS = ("BPS", "BPS-eng", "variant_bitrate")
NUISANCE_TAGS = frozenset({"minor_version", "compatible_brands", "major_brand"})
AAC_BITS = 32  # FFmpeg decodes AAC to floating point
SILENT_DISPOSITIONS = frozenset({"default", "forced", "attached_pic"})


def probe(path: bytes | str) -> MediaFacts:
    """Read container, streams, chapters, attachments and tags of a file.

    `path` may be the address that a far file is lent under.

    Raises:
        MediaError: One of its kinds, when the file is no readable media.
    """
    facts = look(path, hasty=True) if lists_streams(path) else None
    return facts if facts is not None and is_whole(facts) else look(path, hasty=False)


def lists_streams(path: bytes | str) -> bool:
    """Tell whether the container lists its streams in a header: MP4, QuickTime, Matroska, AVI."""
    with content_of(path) as content:
        try:
            head = content.pread(12, 0)
        except OSError as error:
            raise MediaForbidden(f"The file cannot be read: {error.strerror}.") from error
    return head[4:8] == b"ftyp" or head[:4] == EBML or head[8:12] == b"AVI "


def is_whole(facts: MediaFacts) -> bool:
    """Tell whether a hasty look missed nothing that a thorough one could find."""
    return facts.duration is not None and all(
        (one.details.get("pixel_format") and one.fps and one.width)
        if one.type == "video"
        else one.type != "audio" or (one.sample_rate and "sample_bits" in one.details)
        for one in facts.streams
    )


def look(path: bytes | str, *, hasty: bool) -> MediaFacts:
    """Read the facts once, from headers alone or with all that FFmpeg can find out."""
    with opened(path, hasty=hasty) as (container, content):
        side = side_facts(container) if container.streams.video else {}
        streams = list(container.streams)[:MAX_STREAMS]
        parts = [stream for stream in streams if not isinstance(stream, AttachmentStream)]
        facts = tuple(stream_facts(stream, side.get(stream.index, {})) for stream in parts)
        seconds = duration(container, parts)
        size = content.size
        return MediaFacts(
            container=container_name(container, content.pread(256, 0), facts),
            duration=seconds,
            bitrate=container.bit_rate or (int(size * 8 / seconds) if seconds else None),
            streams=facts,
            chapters=chapters(container),
            attachments=attachments(streams),
            tags=tags(container.metadata),
            cover=any(stream.type == "cover" for stream in facts)
            or any(isinstance(one, AttachmentStream) and is_picture(one) for one in streams),
            truncated=ends_early(content, size, streams),
        )


def container_name(container: InputContainer, head: bytes, streams: tuple[StreamFacts, ...]) -> str:
    """Name the container with one word; FFmpeg's own names list whole families."""
    name = container.format.name
    if name.startswith("matroska"):
        return "webm" if b"\x42\x82\x84webm" in head else "matroska"
    if name.startswith("mov,"):
        brand = container.metadata.get("major_brand", "").strip().lower()
        if brand in {"m4a", "m4b"}:
            return "m4a"
        if brand == "qt" or not brand:
            return "mov"
        pictures = any(stream.type == "video" for stream in streams)
        return "mp4" if pictures or not streams else "m4a"
    first = name.split(",")[0]
    return CONTAINERS.get(first, first)[:40]


def duration(container: InputContainer, streams: list[Stream]) -> float | None:
    """Take the container's duration in seconds, or else the longest stream's."""
    if container.duration and container.duration > 0:
        return float(container.duration / 1_000_000)
    known = [
        float(stream.duration * stream.time_base)
        for stream in streams
        if stream.duration and stream.time_base and stream.duration > 0
    ]
    return max(known, default=None)


def side_facts(container: InputContainer) -> dict[int, dict[str, Any]]:
    """Read rotation and Dolby Vision profile per stream from FFmpeg's own description.

    PyAV shows this side data on decoded frames only; the text of `av_dump_format` has it at once.
    """
    av.logging.set_level(av.logging.INFO)
    try:
        described = str(cast(Any, container).dumps_format())  # absent from PyAV's stubs
    finally:
        av.logging.set_level(None)
        av.logging.set_libav_level(QUIET)
    if "Display Matrix" not in described and "DOVI" not in described:
        return {}
    found: dict[int, dict[str, Any]] = {}
    index = 0
    for line in SIDE_LINES.finditer(described):
        if line["stream"]:
            index = int(line["stream"])
        elif line["turn"]:
            # The matrix tells the counter-clockwise turn that shows the picture upright.
            found.setdefault(index, {})["rotation"] = round(-float(line["turn"])) % 360
        else:
            found.setdefault(index, {})["dolby_vision_profile"] = int(line["dovi"])
    return found


def stream_facts(stream: Stream, side: dict[str, Any]) -> StreamFacts:
    """Collect what the headers say about one stream."""
    disposition = stream.disposition
    kind: str = stream.type
    if disposition & Disposition.attached_pic:
        kind = "cover"
    values: dict[str, Any] = {}
    details: dict[str, Any] = {
        str(one.name): True for one in disposition if one.name not in SILENT_DISPOSITIONS
    }
    codec = decoder(stream)
    if codec is None:
        pass  # a codec this build does not know: say what the container says
    elif isinstance(stream, VideoStream):
        video_facts(stream, values, details)
        add_side_facts(values, details, side)
    elif isinstance(stream, AudioStream):
        audio_facts(stream, values, details)
    elif isinstance(stream, SubtitleStream):
        details["text"] = codec.codec.canonical_name in TEXT_SUBTITLES
    metadata = stream.metadata
    return StreamFacts(
        index=stream.index,
        type=kind,
        codec=codec_name(stream),
        profile=values.pop("profile", None) or text(stream.profile, 40),
        level=codec.level if codec is not None and codec.level > 0 else None,
        bitrate=bitrate(stream),
        language=language_tag(metadata.get("language") or metadata.get("LANGUAGE")),
        title=text(metadata.get("title"), 400),
        default=bool(disposition & Disposition.default),
        forced=bool(disposition & Disposition.forced),
        details={key: value for key, value in details.items() if value is not None},
        **values,
    )


def decoder(stream: Stream) -> CodecContext | None:
    """Give the stream's decoder; there is none for a codec unknown to the libraries."""
    return stream.codec_context


def codec_name(stream: Stream) -> str | None:
    """Name the codec as FFmpeg does (`h264`, not the decoder that happens to be used)."""
    context = decoder(stream)
    if context is None:
        return None
    return text(context.codec.canonical_name, 40)


def codec_tag(context: CodecContext) -> str | None:
    """Give the four characters of MP4 and AVI (`hvc1` and `hev1` matter to browsers), if such."""
    try:
        tag = context.codec_tag
    except UnicodeDecodeError:  # the sound of AVI and WAV is told by numbers, such as 0x00FF
        return None
    return tag if len(tag) == 4 and tag.isascii() and tag.isalnum() else None


def video_facts(stream: VideoStream, values: dict[str, Any], details: dict[str, Any]) -> None:
    """Add size, rate and colour."""
    context = stream.codec_context
    rate = stream.average_rate or stream.guessed_rate
    pixels = context.format
    told = sequence_of(context.extradata) if pixels is None and context.name == "h264" else None
    values["width"], values["height"] = context.width or None, context.height or None
    values["fps"] = round(float(rate), 3) if rate and 0 < rate < 1000 else None
    if told is not None:
        values["bit_depth"], details["pixel_format"] = told.bit_depth, told.pixel_format
    elif pixels is not None:
        details["pixel_format"] = pixels.name
        values["bit_depth"] = pixels.components[0].bits if pixels.components else None
    colour_facts(context, told, values, details)
    details["field_order"] = FIELD_ORDERS.get(context.field_order)
    details["codec_tag"] = codec_tag(context)
    if context.width and context.height:
        said = stream.sample_aspect_ratio or (told.sample_aspect if told else None)
        wide = context.width * (said or Fraction(1))
        shape = Fraction(wide / context.height).limit_denominator(1000)
        details["display_width"], details["display_height"] = round(wide), context.height
        details["aspect"] = f"{shape.numerator}:{shape.denominator}"


def colour_facts(
    context: VideoCodecContext,
    told: Sequence | None,
    values: dict[str, Any],
    details: dict[str, Any],
) -> None:
    """Add colour by name: what the stream says of itself, else what the container says."""
    codes = {
        "primaries": (PRIMARIES, context.color_primaries),
        "transfer": (TRANSFERS, context.color_trc),
        "matrix": (MATRICES, context.colorspace),
    }
    for name, (names, code) in codes.items():
        own = getattr(told, name, UNSPECIFIED)
        chosen = code if own == UNSPECIFIED else own
        details[name] = names.get(chosen)
        if name == "transfer":
            values["hdr"] = {16: "hdr10", 18: "hlg"}.get(chosen)  # H.273 transfer codes
    full = told.full_range if told else None
    details["range"] = RANGES.get(context.color_range if full is None else 1 + full)


def add_side_facts(values: dict[str, Any], details: dict[str, Any], side: dict[str, Any]) -> None:
    """Add rotation and Dolby Vision, and turn the display size with the picture."""
    if "dolby_vision_profile" in side:
        values["hdr"] = "dolby-vision"
        details["dolby_vision_profile"] = side["dolby_vision_profile"]
    if turn := side.get("rotation"):
        details["rotation"] = turn
        if turn in {90, 270} and "display_width" in details:
            wide, high = details["display_width"], details["display_height"]
            details["display_width"], details["display_height"] = high, wide


def audio_facts(stream: AudioStream, values: dict[str, Any], details: dict[str, Any]) -> None:
    """Add channels and sample format."""
    context = stream.codec_context
    values["channels"] = context.channels or None
    values["sample_rate"] = context.sample_rate or None
    if context.channels:
        details["channel_layout"] = text(context.layout.name, 40)
    details["codec_tag"] = codec_tag(context)
    samples = cast("AudioFormat | None", context.format)  # PyAV's stubs forget that it may be None
    if samples is not None:
        details["sample_bits"] = samples.bits
    elif context.name == "aac" and (layout := plain_layout(context.extradata)):
        values["profile"] = "LC"
        details["channel_layout"] = layout
        details["sample_bits"] = AAC_BITS


def bitrate(stream: Stream) -> int | None:
    """Take the stream's bits a second from its header, or from the statistics tags of muxers."""
    said = getattr(decoder(stream), "bit_rate", None)
    if said and said > 0:
        return int(said)
    for name in BITRATE_TAGS:
        digits = stream.metadata.get(name, "")
        if digits.isascii() and digits.isdigit() and len(digits) < 13:
            return int(digits) or None
    return None


def chapters(container: InputContainer) -> tuple[Chapter, ...]:
    """List the chapters that have a sensible time."""
    found = []
    for chapter in container.chapters()[:MAX_CHAPTERS]:
        base = chapter["time_base"] or Fraction(0)
        start, end = float(chapter["start"] * base), float(chapter["end"] * base)
        if 0 <= start <= end < 1e9:
            found.append(
                Chapter(start=start, end=end, title=text(chapter["metadata"].get("title"), 400))
            )
    return tuple(found)


def attachments(streams: list[Stream]) -> tuple[Attachment, ...]:
    """List the files that the container carries."""
    carried = [one for one in streams if isinstance(one, AttachmentStream)]
    return tuple(
        Attachment(
            index=one.index,
            name=text(one.name or one.metadata.get("filename"), 400),
            media_type=text(one.mimetype, 100),
            size=len(one.data or b""),
        )
        for one in carried[:MAX_ATTACHMENTS]
    )


def is_picture(attachment: AttachmentStream) -> bool:
    """Tell whether an attachment is a cover picture rather than a font."""
    return (attachment.mimetype or "").startswith("image/")


def tags(metadata: Mapping[str, str]) -> dict[str, str]:
    """Keep the tags meant for people, names in lower case."""
    kept = ((name.lower(), value) for name, value in metadata.items())
    chosen = [
        (name[:100], text(value, 2000) or "") for name, value in kept if name not in NUISANCE_TAGS
    ]
    return dict(chosen[:MAX_TAGS])


def text(value: str | None, longest: int) -> str | None:
    """Shorten a text and drop NULs (no database takes them); nothing left is None."""
    return (value or "").replace("\0", "").strip()[:longest] or None
