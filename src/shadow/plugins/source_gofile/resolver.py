"""Gofile's links: `/d/CODE` is a folder with files and more folders."""

import hashlib
import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from shadow.ingest.ports import Link, SourceRefused, SourceUnavailable, told_by_resolver
from shadow.kit.file_names import safe_file_name
from shadow.plugins.source_gofile.settings import GofileLinksSettings
from shadow.runtime.http import HttpClients, OutgoingClient
from shadow.runtime.http_service import ask_json

HOSTS = frozenset({"gofile.io", "www.gofile.io"})
CODE = re.compile(r"[0-9A-Za-z-]{1,64}")
MD5 = re.compile(r"[0-9a-f]{32}")
MOST_FOLDERS = 50
PAUSE_SECONDS = 5
"""What Gofile's own clients wait when it says `error-rateLimit`."""
MEANINGS = {
    "error-notFound": "Gofile has no such folder (any more).",
    "error-notPublic": "This folder on Gofile is private.",
    "error-passwordRequired": "This folder on Gofile wants a password: set "
    "SHADOW_SOURCE_GOFILE__PASSWORD.",
    "error-passwordWrong": "The password is not that of this folder on Gofile.",
    "error-notPremium": "Gofile lists folders to programs only with the token of a paying "
    "account: set SHADOW_SOURCE_GOFILE__TOKEN, or fetch the files in a browser.",
    "error-token": "Gofile does not know the token of SHADOW_SOURCE_GOFILE__TOKEN.",
}
PASSWORDS = {
    "passwordRequired": "error-passwordRequired",
    "passwordWrong": "error-passwordWrong",
}


class GofileResolver:
    """Finds the files of folders on Gofile."""

    name = "gofile"

    def __init__(self, http: HttpClients, settings: GofileLinksSettings) -> None:
        """Ask the API that the settings name."""
        self._http = http
        self._settings = settings

    def takes(self, link: Link) -> bool:
        """Tell whether the link is a folder on Gofile."""
        return _code(link) is not None

    async def resolve(self, link: Link) -> tuple[Link, ...]:
        """Return the addresses of the files, those of inner folders too."""
        code = _code(link)
        if code is None:
            raise SourceRefused("That is no link to a folder on Gofile.")
        base = f"{self._settings.url.rstrip('/')}/"
        async with self._http.client(base_url=base) as client:
            token = self._settings.token.get_secret_value() or await _guest(client)
            files: list[Mapping[str, Any]] = []
            waiting, asked = [code], 0
            while waiting and asked < MOST_FOLDERS:
                asked += 1
                inner = await self._folder(client, waiting.pop(0), token)
                files += [one for one in inner if one.get("type") == "file"]
                folders = [str(one.get("id")) for one in inner if one.get("type") == "folder"]
                waiting += [one for one in folders if CODE.fullmatch(one)]
        if waiting:
            raise SourceRefused(f"The folder on Gofile holds more than {MOST_FOLDERS} folders.")
        if not files:
            raise SourceRefused("This folder on Gofile holds no files.")
        return tuple(self._link(one, token) for one in files)

    async def _folder(
        self, client: OutgoingClient, code: str, token: str
    ) -> list[Mapping[str, Any]]:
        password = self._settings.password.get_secret_value()
        query = f"?password={hashlib.sha256(password.encode()).hexdigest()}" if password else ""
        told = await _ask(client, f"contents/{code}{query}", token=token)
        if trouble := PASSWORDS.get(str(told.get("passwordStatus"))):
            raise SourceRefused(MEANINGS[trouble])
        if told.get("type") == "file":
            return [told]
        inner = told.get("children")
        given = list(inner.values()) if isinstance(inner, dict) else []
        return [one for one in given if isinstance(one, dict)]

    def _link(self, told: Mapping[str, Any], token: str) -> Link:
        url, size = str(told.get("link") or ""), told.get("size")
        digest = str(told.get("md5") or "").lower()
        return Link(
            url,
            headers={"Cookie": f"accountToken={token}"} if self._is_gofiles(url) else {},
            name=safe_file_name(str(told.get("name") or "file")),
            size=size if isinstance(size, int) and size > 0 else None,
            md5=digest if MD5.fullmatch(digest) else None,
        )

    def _is_gofiles(self, url: str) -> bool:
        """Tell whether the account's token may be sent there."""
        try:
            host = urlsplit(url).hostname or ""
        except ValueError:
            return False
        return host.endswith(".gofile.io") or host == urlsplit(self._settings.url).hostname


def _code(link: Link) -> str | None:
    try:
        parts = urlsplit(link.url)
        host = parts.hostname
    except ValueError:
        return None
    before, _, code = parts.path.rstrip("/").rpartition("/")
    plain = parts.scheme in {"http", "https"} and host in HOSTS and before == "/d"
    return code if plain and CODE.fullmatch(code) else None


async def _guest(client: OutgoingClient) -> str:
    token = (await _ask(client, "accounts", method="POST")).get("token")
    if not isinstance(token, str) or not re.fullmatch(r"[0-9A-Za-z_-]{1,200}", token):
        raise SourceUnavailable("Gofile gives no guest account now.")
    return token


async def _ask(
    client: OutgoingClient, path: str, *, token: str = "", method: str = "GET"
) -> Mapping[str, Any]:
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    with told_by_resolver():
        answer = await ask_json(client, "Gofile", path, method=method, headers=headers)
    told = answer.body if isinstance(answer.body, dict) else {}
    status = str(told.get("status") or f"status {answer.status}")
    if status == "error-rateLimit":
        raise SourceUnavailable("Gofile asks for a pause.", retry_after=PAUSE_SECONDS)
    found = told.get("data")
    if status != "ok" or not isinstance(found, dict):
        raise SourceRefused(MEANINGS.get(status, f"Gofile refuses this link ({status[:100]})."))
    return found
