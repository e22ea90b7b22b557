"""File names from outside, made safe to write: links, headers and torrents name what they like."""

import contextlib
import re
import unicodedata
from collections.abc import Sequence
from email.message import Message
from pathlib import PurePosixPath
from typing import Final
from urllib.parse import unquote, urlsplit

MOST_BYTES: Final = 200
"""Room is left below the 255 of most disks for what programs hang on while they write."""
MOST_SUFFIX: Final = 16
MOST_DEPTH: Final = 8
RESERVED: Final = re.compile(r"(?:con|prn|aux|nul|com[0-9]|lpt[0-9])(?=\.|$)", re.IGNORECASE)
UNFIT: Final = re.compile(r'[<>:"/\\|?*\x00-\x1f\x7f]')
FALLBACK: Final = "file"
EXTENDED: Final = re.compile(
    r";\s*filename\*\s*=\s*([\w-]+)'[\w-]*'([^;,\s]+)", re.IGNORECASE | re.ASCII
)


def safe_file_name(text: str, *, max_bytes: int = MOST_BYTES) -> str:
    """Return a single, visible file name that every common disk can hold; never empty.

    Separators, control and direction characters, leading dots and names that Windows keeps for
    devices are replaced or dropped; a long one is cut before its ending.
    """
    plain = "".join("\ufffd" if unicodedata.category(c) == "Cs" else c for c in text)
    plain = "".join(" " if c in "\t\r\n" else c for c in unicodedata.normalize("NFC", plain))
    plain = "".join(c for c in plain if unicodedata.category(c) not in {"Cc", "Cf"})
    plain = UNFIT.sub("_", plain).strip(" .")
    if RESERVED.match(plain):
        plain = f"_{plain}"
    return _cut(plain, max_bytes) or FALLBACK


def _cut(name: str, max_bytes: int) -> str:
    if len(name.encode()) <= max_bytes:
        return name
    stem, dot, suffix = name.rpartition(".")
    ending = f"{dot}{suffix}" if stem and len(suffix.encode()) <= MOST_SUFFIX else ""
    head = (stem if ending else name).encode()[: max_bytes - len(ending.encode())]
    return head.decode("utf-8", "ignore").rstrip(" .") + ending


def safe_relative_path(parts: Sequence[str]) -> str:
    """Return a relative path of safe names; folders too deep are left out, the last name stays."""
    kept = [*parts[:-1][: MOST_DEPTH - 1], *parts[-1:]]
    return "/".join(safe_file_name(part) for part in kept) or FALLBACK


def name_of_url(url: str) -> str | None:
    """Return the safe last part of an address's path; None when it has none."""
    try:
        last = unquote(urlsplit(url).path).rstrip("/").rpartition("/")[2]
    except ValueError:
        return None
    return safe_file_name(last) if last.strip(" .") else None


def name_of_disposition(header: str) -> str | None:
    """Return the safe name that a Content-Disposition field offers (RFC 6266); None without one.

    `filename*` wins over `filename`; of a path only the last part counts.
    """
    text = header[:4096].replace("\r", " ").replace("\n", " ")
    offered = _extended(text) or _plain(EXTENDED.sub("", text))
    last = PurePosixPath((offered or "").replace("\\", "/")).name
    return safe_file_name(last) if last.strip(" .") else None


def _extended(header: str) -> str | None:
    found = EXTENDED.search(header)
    if found is None or found[1].lower() not in {"utf-8", "iso-8859-1"}:  # those of RFC 8187
        return None
    try:
        return unquote(found[2], encoding=found[1], errors="strict")
    except UnicodeDecodeError:
        return None


def _plain(header: str) -> str | None:
    message = Message()
    message["Content-Disposition"] = header
    try:
        offered = message.get_filename()
    except (LookupError, ValueError):  # an unknown character set
        return None
    if offered and not offered.isascii():
        with contextlib.suppress(UnicodeError):  # UTF-8 as it is: not allowed, and common
            return offered.encode("latin-1").decode("utf-8")
    return offered


def looks_like_a_page(head: bytes, content_type: str = "") -> bool:
    """Tell whether a file's first bytes are those of a web page: what hosts send for errors.

    Args:
        head: the first kibibyte or so.
        content_type: what the server calls it; a wrong one does not make a page of a film.
    """
    start = head[:1024].lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    if start.startswith((b"<!doctype html", b"<html", b"<head", b"<body", b"<script")):
        return True
    if start.startswith((b"<?xml", b"<!--")) and b"<html" in start:
        return True
    kind = content_type.partition(";")[0].strip().lower()
    return kind in {"text/html", "application/xhtml+xml"} and b"\0" not in start
