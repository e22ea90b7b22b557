"""A local server that speaks OpenSubtitles' JSON (REST API v1), with what a test gives it."""

import asyncio
import json
from collections import deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from urllib.parse import parse_qs, urlsplit

from shadow.kit.clock import Clock, utc_now
from shadow.plugins.subtitles_opensubtitles import PLUGIN
from shadow.plugins.subtitles_opensubtitles.provider import OpenSubtitles
from shadow.plugins.subtitles_opensubtitles.settings import OpenSubtitlesSettings
from shadow.runtime.http import HttpClients
from shadow.runtime.http_settings import NetworkSettings
from shadow.runtime.settings import load_settings
from tests.support.wire import Asked, Served, plain, serving

KEY = "AbCdEfGh1234567890IjKlMnOpQrStUv"
USER, PASSWORD = "ada", "engine"
RESET = "2026-05-01T12:00:00.000Z"


@dataclass
class Server:
    """The server's subtitles, and what it was asked."""

    served: Served = field(default_factory=lambda: Served(0))
    subtitles: list[dict[str, Any]] = field(default_factory=list)
    contents: dict[int, bytes] = field(default_factory=dict)
    allowed: int = 5
    """Downloads that are left today."""
    tokens: list[str] = field(default_factory=list)
    """The tokens given, the last of which is good."""
    faults: deque[bytes | None] = field(default_factory=deque)
    """Whole answers given before anything else; None is a connection that is closed."""
    files: "Server | None" = None
    """Another server that holds the files, as there; None: this one."""

    @property
    def url(self) -> str:
        """What `SHADOW_SUBTITLES__OPENSUBTITLES_URL` is set to."""
        return f"{self.served.url}/api/v1"

    def add(self, number: int, content: bytes, **said: Any) -> None:
        """Add a subtitle of one file; `said` overrides its attributes, `feature` its film."""
        feature = {"title": "The Matrix", "year": 1999, "imdb_id": 133093, "tmdb_id": 603}
        feature |= said.pop("feature", {})
        attributes = {
            "subtitle_id": str(number + 1000),
            "language": "en",
            "download_count": 100,
            "hearing_impaired": False,
            "foreign_parts_only": False,
            "ai_translated": False,
            "machine_translated": False,
            "moviehash": None,
            "fps": 23.976,
            "ratings": 0.0,
            "from_trusted": True,
            "release": f"The.Matrix.1999.{number}",
            "uploader": {"uploader_id": 1, "name": "os-auto", "rank": "Application"},
            "feature_details": {"feature_type": "Movie", **feature},
            "files": [{"file_id": number, "cd_number": 1, "file_name": f"matrix.{number}.srt"}],
        }
        self.subtitles.append(
            {"id": str(number + 1000), "type": "subtitle", "attributes": attributes | said}
        )
        self.contents[number] = content

    async def answer(self, asked: Asked, writer: asyncio.StreamWriter) -> None:
        """Write the answer to one request."""
        url = urlsplit(asked.target)
        if url.path.startswith("/download/file/"):
            writer.write(plain(200, self.contents[int(url.path.rsplit("/", 1)[-1])]))
            return
        if self.faults:
            fault = self.faults.popleft()
            if fault is None:
                writer.close()
                return
            writer.write(fault)
            return
        writer.write(self._call(asked, url.path.removeprefix("/api/v1/"), url.query))

    def _call(self, asked: Asked, path: str, query: str) -> bytes:
        if asked.headers.get("api-key") != KEY or " v" not in asked.headers.get("user-agent", ""):
            return reply({"message": "You cannot consume this service"}, 403)
        question = {name: values[0] for name, values in parse_qs(query).items()}
        if path == "subtitles" and list(question) != sorted(question):
            sorted_ = "&".join(f"{one}={question[one]}" for one in sorted(question))
            return plain(301, Location=f"/api/v1/subtitles?{sorted_}")
        if path == "subtitles":
            return reply(self._search(question))
        body = json.loads(asked.body)
        if path == "login":
            return self._login(body)
        if path == "download":
            return self._download(body["file_id"], asked.headers.get("authorization"))
        return reply({"status": 404, "error": "Not Found"}, 404)

    def _search(self, question: dict[str, str]) -> dict[str, Any]:
        found = []
        for one in self.subtitles:
            said = one["attributes"]
            film = said["feature_details"]
            if said["language"].lower() in question["languages"].split(",") and _fits(
                film, question
            ):
                exact = said["moviehash"] is not None and said["moviehash"] == question.get(
                    "moviehash"
                )
                found.append({**one, "attributes": {**said, "moviehash_match": exact}})
        return {"total_pages": 1, "total_count": len(found), "page": 1, "data": found}

    def _login(self, body: dict[str, str]) -> bytes:
        if (body["username"], body["password"]) != (USER, PASSWORD):
            return reply({"message": "Error, invalid username/password", "status": 401}, 401)
        self.tokens.append(f"token-{len(self.tokens)}")
        user = {"allowed_downloads": 20, "level": "Sub leecher", "vip": False}
        return reply({"user": user, "base_url": "x", "token": self.tokens[-1], "status": 200})

    def _download(self, number: int, authorization: str | None) -> bytes:
        if authorization is not None and authorization != f"Bearer {self.tokens[-1]}":
            return reply({"message": "invalid token"}, 401)
        left = {"requests": 1, "reset_time": "12 hours", "reset_time_utc": RESET}
        if number not in self.contents:
            return reply({"message": "Invalid file_id", "status": 404}, 404)
        if self.allowed <= 0:
            spent = "You have downloaded your allowed 5 subtitles for 24h."
            return reply({**left, "remaining": -1, "message": spent}, 406)
        self.allowed -= 1
        place = (self.files or self).served.url
        link = {"link": f"{place}/download/file/{number}", "file_name": f"matrix.{number}.srt"}
        return reply({**link, **left, "remaining": self.allowed})


def _fits(film: dict[str, Any], question: dict[str, str]) -> bool:
    wanted = {
        name: value
        for name, value in question.items()
        if name not in {"languages", "moviehash", "query"}
    }
    by_name = question.get("query", film["title"].lower()) == film["title"].lower()
    return by_name and all(str(film.get(name)) == value for name, value in wanted.items())


def reply(body: Any, status: int = 200, **headers: str) -> bytes:
    """Return a whole JSON answer."""
    return plain(status, json.dumps(body).encode(), Content_Type="application/json", **headers)


@asynccontextmanager
async def running_opensubtitles() -> AsyncIterator[Server]:
    """Serve an empty OpenSubtitles on a free loopback port until the block ends."""
    server = Server()
    async with serving(server.answer) as served:
        server.served = served
        yield server


@asynccontextmanager
async def opensubtitles(
    server: Server, folder: Path, *, key: str = KEY, clock: Clock = utc_now, **more: Any
) -> AsyncIterator[OpenSubtitles]:
    """Open the plugin as the server does, its cache in `folder`; `more` are further settings."""
    chosen = {"opensubtitles_key": key, "opensubtitles_url": server.url, **more}
    settings = load_settings(
        {"subtitles": OpenSubtitlesSettings, "network": NetworkSettings},
        given={
            "data_dir": folder,
            "subtitles": chosen,
            "network": {"allow_private": "127.0.0.0/8", "read_seconds": 2},
        },
    )
    http = HttpClients(settings.group(NetworkSettings))
    runtime: Any = SimpleNamespace(settings=settings, http=http, clock=clock)
    async with PLUGIN.build(runtime) as provider:
        yield provider
