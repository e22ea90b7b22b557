"""Read a subtitle file that stands alone; tell what a file is. Runs in a worker process only."""

import os
from pathlib import Path
from typing import Any, Final

from shadow.hls.errors import SubtitleTooLarge, SubtitleUnreadable
from shadow.hls.subtitles.cues import to_bytes
from shadow.hls.subtitles.encodings import decoded
from shadow.hls.subtitles.entries import MANIFEST, Manifest, Part, packed
from shadow.hls.subtitles.pictures import SCR_MARK, is_sup
from shadow.hls.subtitles.reading import kind_of, read
from shadow.runtime.media_file import content_of, open_regular

MOST_TEXT: Final = 16 << 20
"""Bytes of a file of text; a long film in ASS with signs has 5 MB."""
HASHED: Final = 64 << 10
MEDIA: Final = (b"\x1a\x45\xdf\xa3", b"PK\x03\x04", b"Rar!", b"7z\xbc\xaf", b"\x1f\x8b", b"%PDF")


def convert(path: bytes, language: str, rate: float, target: bytes) -> dict[str, int]:
    """Write the entry of a text subtitle file into the empty folder `target`, as track 0.

    `language` (empty: unknown) helps to guess the encoding; `rate` is the film's pictures a
    second, 0 when unknown.

    Raises:
        MediaError: the file cannot be read.
        SubtitleTooLarge: it is too long to be a subtitle.
        SubtitleUnreadable: there is no subtitle in it.
    """
    folder = Path(os.fsdecode(target))
    text = decoded(_content(path), language or None)
    cues = read(text, rate=rate or None)
    if not cues:
        raise SubtitleUnreadable("There is no subtitle text in this file.")
    parts: list[Part] = ["cues"]
    (folder / "0.cues").write_bytes(packed(to_bytes(cues)))
    if kind_of(text) == "ass":
        clean = text.removeprefix("\ufeff").replace("\0", "")
        (folder / "0.ass").write_bytes(packed(clean.encode("utf-8", "replace")))
        parts.append("ass")
    manifest = Manifest(tracks={0: parts})
    (folder / MANIFEST).write_bytes(manifest.to_bytes())
    return {"size": sum(one.stat().st_size for one in folder.iterdir())}


def examine(path: bytes, language: str) -> dict[str, Any]:
    """Tell what an uploaded file is: `{"format": "srt|vtt|ass|text|sup", "cues": number}`.

    Raises as `convert`.
    """
    content = _content(path)
    if is_sup(content[:16]):
        return {"format": "sup", "cues": 0}
    if content.startswith(SCR_MARK):
        raise SubtitleUnreadable(
            "This is half of a VobSub: it needs its .idx beside it. Put both beside the film."
        )
    if content.startswith(MEDIA):
        raise SubtitleUnreadable("This is no subtitle but an archive, a film or a document.")
    text = decoded(content, language or None)
    kind, cues = kind_of(text), read(text)
    if kind is None or not cues:
        raise SubtitleUnreadable(
            "This is no subtitle that can be read. SubRip (.srt), WebVTT, ASS, SSA, MicroDVD, "
            "MPL2, SAMI and PGS (.sup) can."
        )
    return {"format": kind, "cues": len(cues)}


def movie_hash(path: bytes) -> dict[str, Any]:
    """Return a film's `{"hash", "size"}` as OpenSubtitles counts: empty hash for a tiny file.

    It is the size plus the sum of all 64-bit words in the first and the last 64 KiB.

    Raises:
        MediaError: the file cannot be read.
    """
    with content_of(path) as content:
        size = content.size
        ends = content.pread(HASHED, 0) + content.pread(HASHED, max(0, size - HASHED))
    if size < 2 * HASHED or len(ends) != 2 * HASHED:
        return {"hash": "", "size": size}
    words = (ends[at : at + 8] for at in range(0, len(ends), 8))
    total = size + sum(int.from_bytes(word, "little") for word in words)
    return {"hash": f"{total & 0xFFFFFFFFFFFFFFFF:016x}", "size": size}


def _content(path: bytes) -> bytes:
    fd = open_regular(path)
    with os.fdopen(fd, "rb") as file:
        content = file.read(MOST_TEXT + 1)
    if len(content) > MOST_TEXT:
        raise SubtitleTooLarge(f"A subtitle has at most {MOST_TEXT >> 20} MiB of text.")
    return content
