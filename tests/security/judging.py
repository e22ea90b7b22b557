"""Engines whose every look-up of a name is ours, and what they say when they refuse."""

import socket
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

from shadow.ingest.ports import Link, Source
from shadow.kit.errors import ShadowError
from shadow.runtime.http import HttpClients
from shadow.runtime.http_settings import NetworkSettings
from tests.security.addresses import NAMES
from tests.support.canary import Canary
from tests.support.sources import Told, aria2_source, http_source, ytdlp_source

ENGINES = ("http", "aria2", "ytdlp")
Turns = Mapping[str, Sequence[Sequence[str]]]


def judging(*allowed: str, names: Turns | None = None) -> HttpClients:
    """Return clients that ask nobody for names: `names` tells what each answers, turn by turn.

    A name's last answer is given for ever. Numbers are read as the system reads them.
    """
    answers: dict[str, Sequence[Sequence[str]]] = {
        name.rstrip(".").lower(): [found] for name, found in NAMES.items()
    }
    answers |= names or {}
    turns = dict.fromkeys(answers, 0)

    async def resolve(host: str, port: int) -> Sequence[str]:
        name = host.rstrip(".").lower()
        if name in answers:
            turns[name] += 1
            return answers[name][min(turns[name], len(answers[name])) - 1]
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_NUMERICHOST)
        return [str(address[0]) for *_, address in found]

    settings = NetworkSettings.model_validate(
        {"allow_private": ",".join(allowed), "read_seconds": 2, "connect_seconds": 1}
    )
    return HttpClients(settings, resolve=resolve)


@asynccontextmanager
async def engine(name: str, http: HttpClients, folder: Path) -> AsyncIterator[Source]:
    """Open an engine by its name; `folder` is for what it keeps."""
    if name == "http":
        yield http_source(http, attempts=1)
    elif name == "aria2":
        async with aria2_source(folder / "aria2", http=http) as aria2:
            yield aria2
    else:
        async with ytdlp_source(http=http, attempts=1) as ytdlp:
            yield ytdlp


async def refusal(source: Source, link: Link, sandbox: Path) -> BaseException | None:
    """Return the error with which an engine leaves a link; None when it brought something."""
    try:
        await source.fetch(link, sandbox, Told(), key=link.url or str(link.torrent))
    except ShadowError as error:
        return error
    return None


def nobody_knocked(bird: Canary, seen: Sequence[str]) -> bool:
    """Tell whether nobody came where somebody waits, and only 127.0.0.1 was connected to."""
    return bird.knocks == [] and set(seen) <= {"127.0.0.1"}
