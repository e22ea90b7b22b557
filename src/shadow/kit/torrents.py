"""What a .torrent file or a magnet link says: names made safe, sizes, trackers (BEP 3, 9, 12)."""

import base64
import binascii
import hashlib
import re
from dataclasses import dataclass
from typing import Final
from urllib.parse import parse_qs, urlsplit

from shadow.kit.bencode import BencodeError, BencodeReader, Value
from shadow.kit.file_names import safe_file_name, safe_relative_path

MOST_BYTES: Final = 16 << 20  # of a .torrent file
MOST_TRACKERS: Final = 200
HEX_HASH: Final = re.compile(r"[0-9a-fA-F]{40}")
BASE32_HASH: Final = re.compile(r"[A-Z2-7a-z]{32}")


class TorrentInvalid(ValueError):
    """It is no torrent or magnet link that can be fetched; the text says why."""


@dataclass(frozen=True, slots=True)
class TorrentFile:
    """A file of a torrent: its number from 1, its safe relative path, its size in bytes.

    `padding` ones hold zeros, so that others begin at a piece (BEP 47).
    """

    number: int
    path: str
    size: int
    padding: bool = False


@dataclass(frozen=True, slots=True)
class Torrent:
    """A torrent. `info_hash` is lower-case hex; `trackers` are as it names them."""

    name: str
    info_hash: str
    files: tuple[TorrentFile, ...]
    trackers: tuple[str, ...]

    @property
    def size(self) -> int:
        """The bytes of all files."""
        return sum(one.size for one in self.files)


@dataclass(frozen=True, slots=True)
class Magnet:
    """A magnet link: lower-case hex hash, the safe name it offers, its trackers."""

    info_hash: str
    name: str | None
    trackers: tuple[str, ...]


def read_torrent(content: bytes) -> Torrent:
    """Read a .torrent file of version 1 (or both versions).

    Raises:
        TorrentInvalid: it is none.
    """
    if len(content) > MOST_BYTES:
        raise TorrentInvalid("The torrent file is too large.")
    reader = BencodeReader(content)
    try:
        whole = reader.read()
    except BencodeError as error:
        raise TorrentInvalid(f"That is no torrent file: {error}.") from error
    info = whole.get(b"info") if isinstance(whole, dict) else None
    if not isinstance(whole, dict) or not isinstance(info, dict):
        raise TorrentInvalid("The torrent file says nothing of its content.")
    name = safe_file_name(_text(info.get(b"name.utf-8", info.get(b"name"))))
    start, end = reader.spans[b"info"]
    return Torrent(
        name,
        hashlib.sha1(content[start:end], usedforsecurity=False).hexdigest(),
        _files(info, name),
        _trackers(whole),
    )


def _files(info: dict[bytes, Value], name: str) -> tuple[TorrentFile, ...]:
    if isinstance(length := info.get(b"length"), int):
        return (TorrentFile(1, name, _size(length)),)
    listed = info.get(b"files")
    if not isinstance(listed, list) or not listed:
        raise TorrentInvalid("The torrent file names no files that can be fetched.")
    found: list[TorrentFile] = []
    taken: set[str] = set()
    for number, one in enumerate(listed, 1):
        if not isinstance(one, dict):
            raise TorrentInvalid("The torrent file is malformed.")
        parts = one.get(b"path.utf-8", one.get(b"path"))
        if not isinstance(parts, list) or not parts:
            raise TorrentInvalid("A file of the torrent has no name.")
        path = f"{name}/{safe_relative_path([_text(part) for part in parts])}"
        if path.casefold() in taken:  # disks that ignore case would make one of the two
            folder, _, last = path.rpartition("/")
            path = f"{folder}/{number} {last}"
        taken.add(path.casefold())
        attributes = one.get(b"attr")
        padding = isinstance(attributes, bytes) and b"p" in attributes
        found.append(TorrentFile(number, path, _size(one.get(b"length")), padding))
    return tuple(found)


def _size(value: object) -> int:
    if not isinstance(value, int) or not 0 <= value < 1 << 50:
        raise TorrentInvalid("A file of the torrent has no sensible size.")
    return value


def _text(value: object) -> str:
    if not isinstance(value, bytes):
        raise TorrentInvalid("A name in the torrent file is malformed.")
    return value.decode("utf-8", "replace")


def _trackers(whole: dict[bytes, Value]) -> tuple[str, ...]:
    tiers = whole.get(b"announce-list")
    rows = [tier for tier in tiers if isinstance(tier, list)] if isinstance(tiers, list) else []
    named = [whole.get(b"announce"), *(one for row in rows for one in row)]
    texts = [one.decode("utf-8", "replace") for one in named if isinstance(one, bytes)]
    return tuple(dict.fromkeys(texts))[:MOST_TRACKERS]


def read_magnet(url: str) -> Magnet:
    """Read a magnet link of BitTorrent version 1; the hash may be hex or base32.

    Raises:
        TorrentInvalid: it is none.
    """
    if len(url) > 16_384 or not url.lower().startswith("magnet:?"):
        raise TorrentInvalid("That is no magnet link.")
    asked = parse_qs(urlsplit(url).query, max_num_fields=500)
    for topic in asked.get("xt", []):
        kind, _, value = topic.rpartition(":")
        if kind.lower() == "urn:btih":
            name = asked.get("dn", [""])[0]
            trackers = tuple(dict.fromkeys(asked.get("tr", [])))[:MOST_TRACKERS]
            return Magnet(_hash(value), safe_file_name(name) if name else None, trackers)
    raise TorrentInvalid("The magnet link has no hash of BitTorrent version 1 (urn:btih).")


def _hash(text: str) -> str:
    if HEX_HASH.fullmatch(text):
        return text.lower()
    if BASE32_HASH.fullmatch(text):
        try:
            return base64.b32decode(text.upper()).hex()
        except binascii.Error:
            pass
    raise TorrentInvalid("The magnet link's hash is malformed.")
