"""Which characters a subtitle's bytes are. Pure; meant for a worker process: guessing is slow."""

import codecs
from typing import Final

import charset_normalizer

SAMPLE: Final = 64 << 10
"""Bytes that a guess is made from."""
BOMS: Final = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),  # before UTF-16, whose mark it begins with
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
WESTERN: Final = "cp1252"
FAMILIES: Final[dict[str, tuple[str, ...]]] = {
    "cp1252": ("da", "de", "en", "es", "fi", "fr", "is", "it", "nb", "nl", "no", "pt", "sv"),
    "cp1250": ("bs", "cs", "hr", "hu", "pl", "ro", "sk", "sl", "sq"),
    "cp1251": ("be", "bg", "mk", "ru", "sr", "uk"),
    "cp1253": ("el",),
    "cp1254": ("tr", "az"),
    "cp1255": ("he",),
    "cp1256": ("ar", "fa", "ur"),
    "cp1257": ("et", "lt", "lv"),
    "cp1258": ("vi",),
    "cp874": ("th",),
    "cp932": ("ja",),
    "cp949": ("ko",),
    "gb18030": ("zh",),
}
"""The encoding that Windows had for a language: what subtitles without Unicode are written in."""
RIVALS: Final[dict[str, tuple[str, ...]]] = {
    "cp1251": ("koi8_r", "cp866"),
    "cp932": ("euc_jp",),
    "gb18030": ("big5",),
}
"""Others of the same languages that must be told apart."""
GUESSED: Final = [*FAMILIES, *(one for several in RIVALS.values() for one in several)]


def decoded(content: bytes, language: str | None = None) -> str:
    """Decode a subtitle: by its byte order mark, as UTF-8 if it is, else by a guess.

    `language` (a BCP 47 tag) says which encodings are likely. What cannot be read is U+FFFD.
    """
    for mark, encoding in BOMS:
        if content.startswith(mark):
            return content.decode(encoding, "replace")
    if (wide := _unmarked_utf16(content)) is not None:
        return content.decode(wide, "replace")
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError as error:
        if error.start > len(content) - 4:  # cut off in the middle of a character
            return content.decode("utf-8", "replace")
    return content.decode(_guessed(content, language), "replace")


def _unmarked_utf16(content: bytes) -> str | None:
    """Name the kind of UTF-16 when every other byte is mostly zero, as in Latin text."""
    head = content[:4096]
    if len(head) < 8 or b"\0" not in head:
        return None
    even, odd = head[::2].count(0), head[1::2].count(0)
    half = len(head) // 2
    if odd > half * 0.4 and even < half * 0.1:
        return "utf-16-le"
    return "utf-16-be" if even > half * 0.4 and odd < half * 0.1 else None


def _guessed(content: bytes, language: str | None) -> str:
    sample = b"\n".join(line for line in content.split(b"\n") if not line.isascii())[:SAMPLE]
    likely = _likely(language)
    fitting = [one for one in likely if _fits(sample, one)]
    if len(fitting) == 1:
        return fitting[0]
    best = charset_normalizer.from_bytes(sample, cp_isolation=fitting or GUESSED).best()
    return best.encoding if best is not None else (fitting or [WESTERN])[0]


def _likely(language: str | None) -> list[str]:
    spoken = (language or "").partition("-")[0]
    for encoding, languages in FAMILIES.items():
        if spoken in languages:
            return [encoding, *RIVALS.get(encoding, ())]
    return []


def _fits(sample: bytes, encoding: str) -> bool:
    try:
        sample.decode(encoding)
    except UnicodeDecodeError as error:
        return error.start > len(sample) - 4
    return True
