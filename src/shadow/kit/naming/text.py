"""Make any name harmless and even: bounded, one line, one form of space, length-preserving folds.

Everything after this module works on a `Text`: `shown` is what may be displayed, `flat` is the
same length in lower case with `.` and `_` as spaces and one kind of each bracket, so a span found
in one can be cut out of the other.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass

from shadow.kit.naming.vocabulary import word_set

LONGEST = 300  # characters that are looked at; a file name has at most 255 bytes

_SURROGATE = re.compile("[\ud800-\udfff]")
_INVISIBLE = re.compile(
    "[\u00ad\u061c\u180e\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]|[\x00-\x08\x0e-\x1b\x7f]"
)
_SPACE = re.compile(r"\s+")
_WIDE = {wide: wide - 0xFEE0 for wide in range(0xFF01, 0xFF5F)} | {
    ord("\u3000"): " ",
    ord("\u2013"): "-",
    ord("\u2014"): "-",
    ord("\u2212"): "-",
    ord("\u301c"): "~",
    ord("\u2019"): "'",
}
_FLAT = str.maketrans("._【】「」『』〈〉《》{}", "  [][][][][][]")
_EXTENSION = re.compile(r"\.([A-Za-z][A-Za-z0-9]{1,4}|3gp|3g2|7z)$")
_LENGTH_CHANGES = re.compile("[\u0130]")

VIDEO = word_set("""
    mkv mp4 avi m4v mov wmv mpg mpeg ts m2ts mts webm flv ogv ogm vob iso divx rmvb rm 3gp 3g2
    asf mk3d strm wtv f4v mpv mpe m2v evo img
    """)
BOOK = word_set("""
    cbz cbr cb7 cbt pdf epub mobi azw azw3 fb2 djvu
    """)
AUDIO = word_set("""
    m4b mp3 flac m4a ogg opus oga wav aac wma aiff aif alac ape dsf mka ac3 wv
    """)
BESIDE = word_set("""
    srt ass ssa sub idx vtt smi sup nfo jpg jpeg png webp txt torrent nzb zip rar 7z par2 sfv
    html part
    """)


@dataclass(frozen=True, slots=True)
class Text:
    """Hold one name in its shown and its flat form (same length), and its extension."""

    shown: str
    flat: str
    extension: str

    def cut(self, start: int, end: int) -> Text:
        """Return the piece between two positions."""
        return Text(self.shown[start:end], self.flat[start:end], self.extension)


def clean(name: str) -> str:
    """Return `name` as one displayable line of at most 300 characters.

    Bytes that were no UTF-8 (lone surrogates of `os.fsdecode`) are read as Windows-1252, which
    is what old western disks hold.
    """
    if name.isascii() and name.isprintable():
        return _SPACE.sub(" ", name[: LONGEST * 8]).strip()[:LONGEST]
    short = _SURROGATE.sub(_old_byte, name[: LONGEST * 8])
    short = _INVISIBLE.sub("", _SPACE.sub(" ", short).replace("\x1c", " "))
    return unicodedata.normalize("NFC", short.translate(_WIDE)).strip()[:LONGEST]


def _old_byte(found: re.Match[str]) -> str:
    code = ord(found[0])
    if 0xDC80 <= code <= 0xDCFF:
        return bytes([code - 0xDC00]).decode("cp1252", "replace")
    return "\ufffd"


def flatten(shown: str) -> str:
    """Return the lower-case form of a clean line with even separators and the same length."""
    return _LENGTH_CHANGES.sub("i", shown).lower().translate(_FLAT)


def prepare(name: str, *, folder: bool = False) -> Text:
    """Return the `Text` of a file name (extension split off) or of a folder name."""
    line = clean(name)
    extension = ""
    if not folder:
        found = _EXTENSION.search(line)
        if found and found[1].lower() in _KNOWN and found.start() > 0:
            extension = found[1].lower()
            line = line[: found.start()].rstrip(" ")
    flat = flatten(line)
    if len(flat) != len(line):  # a letter whose lower case has another length
        line = "".join(letter for letter in line if len(letter.lower()) == 1)
        flat = flatten(line)
    return Text(line, flat, extension)


_KNOWN = VIDEO | BOOK | AUDIO | BESIDE


def compact(title: str) -> str:
    """Return the form in which two titles are compared: no case, punctuation or spaces."""
    return "".join(
        letter for letter in unicodedata.normalize("NFKC", title).casefold() if letter.isalnum()
    )
