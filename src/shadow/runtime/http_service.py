"""Ask a public JSON service politely: at its pace, with patience, and never twice for the same."""

import asyncio
import random
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from email.utils import parsedate_to_datetime
from typing import Any

import httpx
import orjson

from shadow.runtime.http import AnswerRefused, OutgoingClient, Unreachable
from shadow.runtime.http_cache import AnswerCache

ATTEMPTS = 4
FIRST_PAUSE_SECONDS = 0.5
LONGEST_PAUSE_SECONDS = 30
"""A service that asks for a longer pause is reported as unreachable for that long instead."""
LONGEST_NAMED_SECONDS = 86_400
Sleep = Callable[[float], Awaitable[None]]


class ServiceDenied(AnswerRefused):
    """The service refuses the key."""

    code = "runtime.service_denied"


class Pace:
    """Let at most `per_second` calls through, `burst` of them at once (GCRA)."""

    def __init__(
        self,
        per_second: float,
        burst: int,
        *,
        now: Callable[[], float] = time.monotonic,
        sleep: Sleep = asyncio.sleep,
    ) -> None:
        """Describe the pace; `now` and `sleep` replace time in tests."""
        self._interval = 1 / per_second
        self._tolerance = burst * self._interval
        self._now = now
        self.sleep = sleep
        self._arrival = 0.0
        self._held_until = 0.0

    async def turn(self) -> None:
        """Wait for one's turn."""
        self._arrival = max(self._now(), self._arrival) + self._interval
        due = self._arrival - self._tolerance
        while (wait := max(due, self._held_until) - self._now()) > 0:
            await self.sleep(wait)

    def hold(self, seconds: float) -> None:
        """Let nobody through for so long: the service asked for it."""
        self._held_until = max(self._held_until, self._now() + seconds)


class JsonService:
    """A public service that answers `GET` with JSON."""

    def __init__(
        self,
        client: OutgoingClient,
        *,
        name: str,
        pace: Pace,
        cache: AnswerCache,
        secrets: Mapping[str, str] | None = None,
    ) -> None:
        """Describe the service; `name` is for people, `secrets` are query parameters kept quiet."""
        self._client = client
        self._name = name
        self._pace = pace
        self._cache = cache
        self._secrets = dict(secrets or {})

    async def get(
        self,
        path: str,
        question: Mapping[str, str],
        *,
        lifetime: timedelta,
        fresh: bool = False,
    ) -> Any:
        """Return the JSON answer, from the cache if it is there, or None when there is none (404).

        Args:
            path: relative to the client's base URL.
            question: the query parameters, without the secret ones.
            lifetime: how long the answer may be served from the cache.
            fresh: ask the service even if the cache holds an answer.

        Raises:
            Unreachable: no useful answer within the attempts; `retry_after` when it named a time.
            ServiceDenied: the key is refused.
            AnswerRefused: the answer is an error, or not JSON.
        """
        key = f"{path}?{httpx.QueryParams(sorted(question.items()))}"
        kept = None if fresh else await self._cache.get(key)
        if kept is not None:
            return orjson.loads(kept)
        body = await self._patiently(path, {**question, **self._secrets})
        if body is None:
            return None
        try:
            answer = orjson.loads(body)
        except orjson.JSONDecodeError as error:
            raise AnswerRefused(f"{self._name} sent something that is not JSON.") from error
        await self._cache.put(key, body, lifetime)
        return answer

    async def _patiently(self, path: str, question: Mapping[str, str]) -> bytes | None:
        trouble = Unreachable(f"{self._name} does not answer.")
        for attempt in range(ATTEMPTS):
            if attempt:
                spread = 0.5 + random.random()  # noqa: S311 spreads retries, keeps no secret
                await self._pace.sleep(FIRST_PAUSE_SECONDS * 2 ** (attempt - 1) * spread)
            await self._pace.turn()
            try:
                answer = await self._client.get(path, params=dict(question))
            except Unreachable as error:
                trouble = error
                continue
            if answer.status_code == 200:
                return answer.content
            if answer.status_code == 404:
                return None
            trouble = self._judge(answer)
        raise trouble

    def _judge(self, answer: httpx.Response) -> Unreachable:
        """Return the trouble that may pass; raise the one that will not."""
        status = answer.status_code
        if status == 429:
            pause = _seconds(answer.headers.get("retry-after"))
            self._pace.hold(min(pause, LONGEST_PAUSE_SECONDS))
            busy = Unreachable(
                f"{self._name} asks for a pause of {pause:.0f} s.", retry_after=int(pause) + 1
            )
            if pause > LONGEST_PAUSE_SECONDS:
                raise busy
            return busy
        if status >= 500:
            return Unreachable(f"{self._name} has a problem of its own (status {status}).")
        if status in {401, 403}:
            raise ServiceDenied(f"{self._name} refuses the key.")
        raise AnswerRefused(f"{self._name} answered with status {status}.")


@dataclass(frozen=True, slots=True)
class JsonAnswer:
    """An answer of any status but 429 and 5xx; `body` is None when it is not JSON."""

    status: int
    body: Any


async def ask_json(
    client: OutgoingClient,
    name: str,
    url: str,
    *,
    method: str = "GET",
    headers: Mapping[str, str] | None = None,
    body: Any = None,
) -> JsonAnswer:
    """Ask a service once, uncached: one that has a meaning for each status of its own.

    Args:
        client: with the service's base address, and with what limits its answers.
        name: what people call the service.
        url: relative to the client's base address.
        method: of HTTP.
        headers: on top of the client's.
        body: sent as JSON, unless it is None.

    Raises:
        Unreachable: no answer, or one of trouble that passes; `retry_after` when it named a time.
        AnswerRefused: a success that is not JSON, or too long.
        RequestRefused: the address is off limits.
    """
    return read_json(name, await client.request(method, url, headers=headers, json=body))


def read_json(name: str, answer: httpx.Response) -> JsonAnswer:
    """Return what a service answered, however it was asked; raises what `ask_json` does."""
    if answer.status_code == 429:
        pause = min(int(_seconds(answer.headers.get("retry-after"))) + 1, LONGEST_NAMED_SECONDS)
        raise Unreachable(f"{name} asks for a pause of {pause} s.", retry_after=pause)
    if answer.status_code >= 500:
        raise Unreachable(f"{name} has a problem of its own (status {answer.status_code}).")
    try:
        return JsonAnswer(answer.status_code, orjson.loads(answer.content))
    except orjson.JSONDecodeError as error:
        if answer.is_success:
            raise AnswerRefused(f"{name} sent something that is not JSON.") from error
        return JsonAnswer(answer.status_code, None)


def _seconds(retry_after: str | None) -> float:
    """Return a `Retry-After` header's seconds (RFC 9110, 10.2.3); 1 when it says nothing useful."""
    text = (retry_after or "").strip()
    if text.isascii() and text.isdigit():
        return float(text[:9])
    try:
        return max(0.0, parsedate_to_datetime(text).timestamp() - time.time())
    except (ValueError, TypeError, OverflowError):
        return 1.0
