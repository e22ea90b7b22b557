"""The Archive's links: `/details/ID` is an item, `/details/ID/NAME` one file of it.

`/download/ID/NAME` is the file itself: no link for this resolver.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, unquote, urlsplit

from shadow.ingest.ports import Link, SourceRefused, told_by_resolver
from shadow.kit.file_names import safe_file_name
from shadow.kit.media_types import media_type
from shadow.runtime.http import HttpClients
from shadow.runtime.http_service import ask_json

HOSTS = frozenset({"archive.org", "www.archive.org"})
PATH = re.compile(r"/(details|download)/([0-9A-Za-z][0-9A-Za-z._-]{0,99})(?:/(.*))?")
HEX = re.compile(r"[0-9a-f]{32}|[0-9a-f]{40}")
BOOKS = frozenset({"epub", "pdf", "cbz", "cbr"})
SUBTITLES = frozenset({"srt", "vtt", "ass", "ssa", "sub", "idx"})


@dataclass(frozen=True, slots=True)
class Item:
    """What a link names: an item by its id, and perhaps one file of it."""

    id: str
    file: str = ""


class ArchiveOrgResolver:
    """Finds the original files of items of the Internet Archive."""

    name = "archive_org"

    def __init__(self, http: HttpClients, url: str) -> None:
        """Ask the Archive at this address."""
        self._http = http
        self._url = url.rstrip("/")

    def takes(self, link: Link) -> bool:
        """Tell whether the link is a page of an item of the Archive."""
        return _item(link) is not None

    async def resolve(self, link: Link) -> tuple[Link, ...]:
        """Return the addresses of the files, with their names, sizes and hashes."""
        item = _item(link)
        if item is None:
            raise SourceRefused("That is no link to an item of the Internet Archive.")
        told = await self._ask(item)
        files = [one for one in _list(told.get("files")) if one.get("private") != "true"]
        if item.file:
            chosen = [one for one in files if one.get("name") == item.file]
        else:
            chosen = [one for one in files if one.get("source") == "original" and _is_media(one)]
        if not chosen:
            raise SourceRefused("This item of the Internet Archive holds no such media files.")
        return tuple(self._link(item, one) for one in chosen)

    async def _ask(self, item: Item) -> Mapping[str, Any]:
        async with self._http.client(base_url=f"{self._url}/") as client:
            with told_by_resolver():
                answer = await ask_json(client, "The Internet Archive", f"metadata/{item.id}")
        told = answer.body
        if answer.status != 200 or not isinstance(told, dict) or not told.get("files"):
            raise SourceRefused("The Internet Archive has no such item, or does not show it.")
        about = told.get("metadata")
        lent = isinstance(about, dict) and about.get("access-restricted-item") == "true"
        if lent or told.get("is_dark"):
            raise SourceRefused(
                "The Internet Archive only lends or streams this item: it cannot be fetched."
            )
        return told

    def _link(self, item: Item, told: Mapping[str, Any]) -> Link:
        name, size = str(told["name"]), str(told.get("size") or "")
        return Link(
            f"{self._url}/download/{item.id}/{quote(name, safe='/')}",
            name=safe_file_name(name.rpartition("/")[2]),
            size=int(size) if size.isascii() and size.isdigit() and len(size) < 19 else None,
            sha1=_hex(told.get("sha1"), 40),
            md5=_hex(told.get("md5"), 32),
        )


def _item(link: Link) -> Item | None:
    try:
        parts = urlsplit(link.url)
        host = parts.hostname
    except ValueError:
        return None
    path = PATH.fullmatch(parts.path)
    if parts.scheme not in {"http", "https"} or host not in HOSTS or path is None:
        return None
    file = unquote(path[3] or "").strip("/")
    return None if path[1] == "download" and file else Item(path[2], file)


def _list(value: object) -> list[dict[str, Any]]:
    given = value if isinstance(value, list) else []
    return [one for one in given if isinstance(one, dict) and isinstance(one.get("name"), str)]


def _is_media(told: Mapping[str, Any]) -> bool:
    ending = str(told["name"]).rpartition(".")[2].lower()
    kind = media_type(f"x.{ending}").partition("/")[0]
    return kind in {"video", "audio"} or ending in BOOKS | SUBTITLES


def _hex(value: object, length: int) -> str | None:
    text = str(value or "").lower()
    return text if len(text) == length and HEX.fullmatch(text) else None
