"""Take the subtitles out of a media file, all tracks in one pass. Runs in a worker process only."""

import math
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final, TypeAlias, cast

import av
from av.container import InputContainer
from av.packet import Packet
from av.stream import AttachmentStream, Discard, Stream
from av.subtitles.stream import SubtitleStream

from shadow.hls.errors import FileChanged
from shadow.hls.subtitles.ass import read_ass, script_of
from shadow.hls.subtitles.cues import Cue, known_settings, tidy, to_bytes
from shadow.hls.subtitles.encodings import decoded
from shadow.hls.subtitles.entries import MANIFEST, Font, Manifest, Part, packed
from shadow.hls.subtitles.markup import shown_ass, shown_html
from shadow.hls.subtitles.pictures import idx_text, sup_segments, vobsub_sectors
from shadow.kit.languages import language_tag
from shadow.runtime.media_file import Content, is_of, opened

PGS: Final = frozenset({"hdmv_pgs_subtitle", "pgssub"})
VOBSUB: Final = frozenset({"dvd_subtitle", "dvdsub"})
PLAIN: Final = frozenset({"subrip", "srt", "text"})
ASS: Final = frozenset({"ass", "ssa"})
PICTURES: Final = frozenset({*PGS, *VOBSUB, "dvb_subtitle", "dvbsub", "xsub", "dvb_teletext"})
MOST_TEXT: Final = 16 << 20
"""Bytes of one text track."""
MOST_ALL_TEXT: Final = 64 << 20
EVENT_BYTES: Final = 64
"""What a packet counts beside its text: millions of empty ones fill the memory too."""
MOST_PICTURES: Final = 256 << 20
"""Bytes of one track of pictures; that of a long film has 60 MB."""
MOST_ALL_PICTURES: Final = 1 << 30
MOST_FONT: Final = 32 << 20
MOST_FONTS: Final = 256 << 20
FONTS: Final = {
    b"\x00\x01\x00\x00": "font/ttf",
    b"true": "font/ttf",
    b"OTTO": "font/otf",
    b"ttcf": "font/collection",
    b"wOFF": "font/woff",
    b"wOF2": "font/woff2",
}
SubtitlePacket: TypeAlias = "Packet[SubtitleStream]"  # a generic in the stubs only


class _Track:
    """What has been read of one text track: (start ms, end ms, bytes, settings) a packet."""

    def __init__(self, stream: SubtitleStream) -> None:
        self.stream = stream
        self.codec = stream.codec_context.codec.canonical_name
        self._taken: list[tuple[int, int, bytes, str]] = []
        self._size = 0

    def take(self, packet: SubtitlePacket, origin: int) -> int:
        """Keep a packet's text; returns the bytes it takes."""
        start = _ms(packet, origin)
        if start is None or self._size > MOST_TEXT:
            return 0
        end = start + _length(packet)
        content = [bytes(packet)] if self._is_raw() else _dialogues(packet)
        settings = _settings(packet) if self.codec == "webvtt" else ""
        for one in content:
            self._taken.append((start, end, one, settings))
        taken = sum(len(one) + EVENT_BYTES for one in content)
        self._size += taken
        return taken

    def _is_raw(self) -> bool:
        return self.codec in PLAIN or self.codec in ASS or self.codec == "webvtt"

    def write(self, folder: Path) -> list[Part]:
        """Write what was read; returns the forms it is in."""
        if self.codec in ASS:
            script = self._script()
            (folder / f"{self.stream.index}.ass").write_bytes(packed(script.encode()))
            cues = tidy(read_ass(script))
        else:
            cues = tidy(self._cues())
        (folder / f"{self.stream.index}.cues").write_bytes(packed(to_bytes(cues)))
        return ["cues", "ass"] if self.codec in ASS else ["cues"]

    def _script(self) -> str:
        header = (self.stream.codec_context.extradata or b"")[:MOST_TEXT]
        events = [(start, end, decoded(text)) for start, end, text, _ in self._taken]
        return script_of(decoded(header), events)

    def _cues(self) -> Iterator[Cue]:
        texts = self._texts()
        for (start, end, _, settings), text in zip(self._taken, texts, strict=True):
            own, shown = shown_html(text) if self._is_raw() else shown_ass(_last_field(text))
            yield Cue(start, end, settings or own, shown)

    def _texts(self) -> list[str]:
        """Decode the track as one: a single line is too short to guess from."""
        language = language_tag(self.stream.metadata.get("language"))
        whole = b"\0".join(text.replace(b"\0", b"") for _, _, text, _ in self._taken)
        texts = decoded(whole, language).split("\0") if self._taken else []
        texts += [""] * (len(self._taken) - len(texts))
        return texts[: len(self._taken)]


def extract_text(path: bytes, file_key: str, target: bytes) -> dict[str, int]:
    """Write the entry of all text tracks of a file into the empty folder `target`.

    Raises:
        MediaError: the file cannot be read.
        FileChanged: it is not the file of `file_key`.
    """
    folder = Path(os.fsdecode(target))
    with opened(path) as (container, content):
        _same(content, file_key)
        origin = _origin(container)
        tracks = {
            one.index: _Track(one)
            for one in container.streams.subtitles
            if _codec(one) is not None and _codec(one) not in PICTURES
        }
        room = MOST_ALL_TEXT
        for packet in _packets(container, [one.stream for one in tracks.values()]):
            room -= tracks[packet.stream.index].take(packet, origin)
            if room < 0:
                break
        parts = {index: track.write(folder) for index, track in tracks.items()}
    return _finish(folder, Manifest(origin=origin, tracks=parts))


def extract_pictures(path: bytes, file_key: str, target: bytes) -> dict[str, int]:
    """Write the entry of all PGS and VobSub tracks of a file into the empty folder `target`.

    Raises as `extract_text`.
    """
    folder = Path(os.fsdecode(target))
    with opened(path) as (container, content):
        _same(content, file_key)
        origin = _origin(container)
        streams = [one for one in container.streams.subtitles if _codec(one) in PGS | VOBSUB]
        writers = {one.index: _PictureWriter(folder, one) for one in streams}
        room = MOST_ALL_PICTURES
        try:
            for packet in _packets(container, streams):
                room -= writers[packet.stream.index].take(packet, origin)
                if room < 0:
                    break
        finally:
            for writer in writers.values():
                writer.close()
        parts = {index: writer.parts() for index, writer in writers.items()}
    return _finish(folder, Manifest(origin=origin, tracks=parts))


class _PictureWriter:
    """Writes one track of pictures while it is read."""

    def __init__(self, folder: Path, stream: SubtitleStream) -> None:
        self._stream = stream
        self._is_pgs = _codec(stream) in PGS
        self._idx = folder / f"{stream.index}.idx"
        ending = "sup" if self._is_pgs else "sub"
        self._file = (folder / f"{stream.index}.{ending}").open("wb")
        self._size = 0
        self._places: list[tuple[int, int]] = []

    def take(self, packet: SubtitlePacket, origin: int) -> int:
        start = _ms(packet, origin)
        if start is None or self._size > MOST_PICTURES:
            return 0
        if self._is_pgs:
            wrapped = b"".join(sup_segments(bytes(packet), start))
        else:
            wrapped = vobsub_sectors(bytes(packet), start)
            self._places.append((start, self._size))
        self._file.write(wrapped)
        self._size += len(wrapped)
        return len(wrapped)

    def close(self) -> None:
        self._file.close()

    def parts(self) -> list[Part]:
        if self._is_pgs:
            return ["sup"]
        private = (self._stream.codec_context.extradata or b"")[:20_000]
        language = language_tag(self._stream.metadata.get("language"))
        self._idx.write_text(idx_text(private, language, self._places))
        return ["sub", "idx"]


def extract_fonts(path: bytes, file_key: str, target: bytes) -> dict[str, int]:
    """Write the entry of all fonts that a file carries into the empty folder `target`.

    Raises as `extract_text`.
    """
    folder = Path(os.fsdecode(target))
    fonts: list[Font] = []
    room = MOST_FONTS
    with opened(path) as (container, content):
        _same(content, file_key)
        origin = _origin(container)
        for stream in container.streams:
            found = stream.data if isinstance(stream, AttachmentStream) else None
            kind = FONTS.get(bytes(found[:4])) if found else None
            if kind is None or found is None or len(found) > min(room, MOST_FONT):
                continue
            name = "".join(one for one in stream.name or "" if one.isprintable())[:200]
            fonts.append(Font(len(fonts), name or "font", kind))
            (folder / f"{fonts[-1].number}.font").write_bytes(found)
            room -= len(found)
            if len(fonts) >= 512:
                break
    return _finish(folder, Manifest(origin=origin, fonts=fonts))


def _finish(folder: Path, manifest: Manifest) -> dict[str, int]:
    (folder / MANIFEST).write_bytes(manifest.to_bytes())
    return {"size": sum(one.stat().st_size for one in folder.iterdir())}


def _packets(container: InputContainer, streams: list[SubtitleStream]) -> Iterator[SubtitlePacket]:
    """Read the packets of these streams; damage in the middle is the end, not an error."""
    if not streams:
        return
    chosen = {one.index for one in streams}
    for stream in container.streams:
        if stream.index not in chosen and not isinstance(stream, AttachmentStream):
            stream.discard = Discard.all  # MP4 and others then skip its bytes
    try:
        for packet in container.demux(cast("list[Stream]", streams)):
            if packet.size:
                yield cast("SubtitlePacket", packet)
    except (av.FFmpegError, UnicodeDecodeError):
        return


def _same(content: Content, file_key: str) -> None:
    if not is_of(content, file_key):
        raise FileChanged("The file was replaced. Scan the library, then open the title again.")


def _origin(container: InputContainer) -> int:
    """Return the container's start in ms: the moment that a browser calls 0."""
    return round((container.start_time or 0) / 1000)


def _codec(stream: SubtitleStream) -> str | None:
    context: Any = stream.codec_context
    return context.codec.canonical_name if context is not None else None


def _ms(packet: SubtitlePacket, origin: int) -> int | None:
    stamp = packet.pts if packet.pts is not None else packet.dts
    if stamp is None or not packet.time_base:
        return None
    seconds = float(stamp * packet.time_base)
    return round(seconds * 1000) - origin if math.isfinite(seconds) else None


def _length(packet: SubtitlePacket) -> int:
    if not packet.duration or packet.duration < 0:
        return 0
    return min(round(float(packet.duration * packet.time_base) * 1000), 1 << 40)


def _settings(packet: SubtitlePacket) -> str:
    if not packet.has_sidedata("webvtt_settings"):
        return ""
    written = bytes(cast(Any, packet.get_sidedata("webvtt_settings")))  # a buffer; the stubs forget
    return known_settings(written.decode("utf-8", "replace"))


def _dialogues(packet: SubtitlePacket) -> list[bytes]:
    """Decode a packet to the ASS events that FFmpeg makes of every text codec."""
    try:
        return [line for one in packet.decode() if (line := getattr(one, "ass", b""))]
    except av.FFmpegError:
        return []


def _last_field(event: str) -> str:
    """Return the text of `ReadOrder,Layer,Style,Name,MarginL,MarginR,MarginV,Effect,Text`."""
    return event.split(",", 8)[-1]
