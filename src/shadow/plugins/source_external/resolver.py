"""The operator's programs as a resolver."""

import re
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from urllib.parse import unquote, urlsplit

from shadow.ingest.ports import Link, SourceRefused, SourceUnavailable
from shadow.plugins.source_external.settings import Command
from shadow.runtime.filter_proxy import FilterProxy
from shadow.runtime.http import HttpClients, Unreachable, checked_url
from shadow.runtime.processes import ProgramFailed, ProgramMissing, ProgramTimedOut, run_program

NAMED = re.compile(r"external:([a-z0-9][a-z0-9_-]{0,31})(?:\?(.*))?", re.DOTALL)
PRINTED = re.compile(r"(?:https?|ftp)://\S+|magnet:\?\S+", re.IGNORECASE)
MOST_OUTPUT = 256 << 10  # bytes
MOST_WORDS = 2_000  # characters


class ExternalResolver:
    """Has a program of the operator's find what is behind a link."""

    name = "external"

    def __init__(
        self,
        commands: Sequence[tuple[Path, Command]],
        *,
        http: HttpClients,
        proxy: Callable[[], FilterProxy],
    ) -> None:
        """Run these programs, each with the absolute path it was found at."""
        self._commands = tuple(commands)
        self._http = http
        self._proxy = proxy

    def takes(self, link: Link) -> bool:
        """Tell whether the link is `external:…`, or its host is one of a program's."""
        return link.scheme == "external" or self._by_host(link) is not None

    async def resolve(self, link: Link) -> tuple[Link, ...]:
        """Return the links that the program prints, in its order."""
        program, command, words = self._chosen(link)
        url = link.url
        if link.scheme != "external":
            url = await self._judged(link.url)
        arguments = _filled(command.command[1:], {"{url}": url, "{query}": words})
        async with self._proxy().lease() as lease:
            try:
                ended = await run_program(
                    [program, *arguments],
                    timeout=command.timeout,
                    output_limit=MOST_OUTPUT,
                    environment=lease.environment,
                )
            except ProgramTimedOut as error:
                raise SourceUnavailable(f"“{command.name}”: {error.detail}") from error
            except (ProgramFailed, ProgramMissing) as error:
                refused = lease.refusals[0].detail if lease.refusals else error.detail
                raise SourceRefused(f"“{command.name}”: {refused}") from error
        lines = [line.strip() for line in ended.output.decode("utf-8", "replace").splitlines()]
        found = dict.fromkeys(line for line in lines if PRINTED.fullmatch(line))
        if not found:
            raise SourceRefused(f"The program “{command.name}” found nothing.")
        return tuple(Link(one) for one in found)

    def _chosen(self, link: Link) -> tuple[Path, Command, str]:
        if link.scheme != "external":
            chosen = self._by_host(link)
            if chosen is None:
                raise SourceRefused("No program is set up for this host.")
            return *chosen, link.url
        named = NAMED.fullmatch(link.url)
        for program, command in self._commands:
            if named and command.name == named[1]:
                words = unquote(named[2] or "")
                if not words or len(words) > MOST_WORDS or not words.isprintable():
                    raise SourceRefused(f"Say what to look for: external:{command.name}?WORDS.")
                return program, command, words
        raise SourceRefused(
            "There is no program of this name. The operator sets them up in "
            "SHADOW_EXTERNAL__COMMANDS."
        )

    def _by_host(self, link: Link) -> tuple[Path, Command] | None:
        try:
            parts = urlsplit(link.url)
            host = (parts.hostname or "").rstrip(".")
        except ValueError:
            return None
        if parts.scheme not in {"http", "https"}:
            return None
        for program, command in self._commands:
            if any(_matches(host, pattern) for pattern in command.match):
                return program, command
        return None

    async def _judged(self, text: str) -> str:
        """Return an address that may be reached; programs fetch it by themselves."""
        url = checked_url(text)
        try:
            await self._http.addresses(url.raw_host.decode("ascii"), url.port or 443)
        except Unreachable as error:
            raise SourceUnavailable(error.detail, retry_after=error.retry_after) from error
        return str(url)


def _matches(host: str, pattern: str) -> bool:
    below = pattern.removeprefix("*")
    return host == pattern.removeprefix("*.") or (below != pattern and host.endswith(below))


def _filled(template: Sequence[str], values: Mapping[str, str]) -> list[str]:
    """Return the arguments, the placeholders filled in; none becomes an option."""
    filled: list[str] = []
    for one in template:
        value = values.get(one, one)
        if one in values and value.startswith("-") and "--" not in filled:
            raise SourceRefused("What is looked for must not begin with a dash.")
        filled.append(value)
    return filled
