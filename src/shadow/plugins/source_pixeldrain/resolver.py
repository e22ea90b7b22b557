"""PixelDrain's links: `/u/ID` is a file, `/l/ID` a list of files."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from shadow.ingest.ports import Link, SourceRefused, SourceUnavailable, told_by_resolver
from shadow.kit.file_names import safe_file_name
from shadow.runtime.http import HttpClients, OutgoingClient
from shadow.runtime.http_service import JsonAnswer, ask_json

HOSTS = frozenset({"pixeldrain.com", "www.pixeldrain.com", "pixeldrain.net", "pixeldra.in"})
PATH = re.compile(r"/(?:api/)?(u|file|l|list)/([0-9A-Za-z_-]{1,64})/?")
ITEM = re.compile(r"item=([0-9]{1,4})")
SHA256 = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True, slots=True)
class Shared:
    """What a link names: a file or a list by its id, and of a list perhaps one file, from 0."""

    is_list: bool
    id: str
    item: int | None = None


class PixeldrainResolver:
    """Finds the files behind PixelDrain's pages."""

    name = "pixeldrain"

    def __init__(self, http: HttpClients, url: str) -> None:
        """Ask the API at this address."""
        self._http = http
        self._url = url.rstrip("/")

    def takes(self, link: Link) -> bool:
        """Tell whether the link is a page of a file or a list on PixelDrain."""
        return _shared(link) is not None

    async def resolve(self, link: Link) -> tuple[Link, ...]:
        """Return the addresses of the files, with their names, sizes and hashes."""
        shared = _shared(link)
        if shared is None:
            raise SourceRefused("That is no link to a file or a list on PixelDrain.")
        async with self._http.client(base_url=f"{self._url}/") as client:
            if not shared.is_list:
                return (self._link(await _ask(client, f"file/{shared.id}/info")),)
            told = (await _ask(client, f"list/{shared.id}")).get("files")
        files = told if isinstance(told, list) else []
        if shared.item is not None:
            files = files[shared.item : shared.item + 1]
        found = tuple(self._link(one) for one in files if isinstance(one, dict))
        if not found:
            raise SourceRefused("This list on PixelDrain holds no files.")
        return found

    def _link(self, told: Mapping[str, Any]) -> Link:
        _refuse_withheld(told)
        file_id, size = told.get("id"), told.get("size")
        if not isinstance(file_id, str) or not PATH.fullmatch(f"/u/{file_id}"):
            raise SourceUnavailable("PixelDrain sent something that cannot be understood.")
        digest = str(told.get("hash_sha256") or "").lower()
        return Link(
            f"{self._url}/file/{file_id}?download",
            name=safe_file_name(str(told.get("name") or file_id)),
            size=size if isinstance(size, int) and size > 0 else None,
            sha256=digest if SHA256.fullmatch(digest) else None,
        )


def _shared(link: Link) -> Shared | None:
    try:
        parts = urlsplit(link.url)
        host = parts.hostname
    except ValueError:
        return None
    path = PATH.fullmatch(parts.path)
    if parts.scheme not in {"http", "https"} or host not in HOSTS or path is None:
        return None
    item = ITEM.fullmatch(parts.fragment)
    return Shared(path[1] in {"l", "list"}, path[2], int(item[1]) if item else None)


async def _ask(client: OutgoingClient, path: str) -> Mapping[str, Any]:
    with told_by_resolver():
        answer = await ask_json(client, "PixelDrain", path)
    if answer.status == 404:
        raise SourceRefused("PixelDrain has nothing of this id (any more).")
    if answer.status != 200 or not isinstance(answer.body, dict):
        raise SourceRefused(f"PixelDrain refuses this link{_said(answer)}.")
    return answer.body


def _said(answer: JsonAnswer) -> str:
    told = answer.body.get("message") if isinstance(answer.body, dict) else None
    return f": {' '.join(told.split())[:200]}" if isinstance(told, str) else f" ({answer.status})"


def _refuse_withheld(told: Mapping[str, Any]) -> None:
    """Refuse a file that is not handed out as it is (`availability` is empty for others)."""
    why = str(told.get("availability") or "")
    if "captcha" in why:
        raise SourceRefused(
            "PixelDrain hands this file out only to people who solve a captcha, because it was "
            "fetched too often or is under suspicion. Open the page in a browser."
        )
    if why:
        raise SourceRefused(f"PixelDrain does not hand this file out ({why[:100]}).")
