"""Download from OpenSubtitles: ask for a link, which counts against a daily quota, then follow it.

A link that was asked for is a download spent, so nothing is asked twice without need.
"""

import asyncio
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final

import httpx
import orjson

from shadow.hls.ports import (
    SubtitleGone,
    SubtitleQuotaSpent,
    SubtitlesRefused,
    SubtitlesUnavailable,
)
from shadow.kit.clock import Clock
from shadow.kit.loose_json import part, text
from shadow.runtime.http import (
    AnswerRefused,
    OutgoingClient,
    RequestRefused,
    Unreachable,
    checked_url,
)
from shadow.runtime.http_service import Pace

KEY_REFUSED: Final = "OpenSubtitles refuses the key. Check SHADOW_SUBTITLES__OPENSUBTITLES_KEY."
ACCOUNT_REFUSED: Final = (
    "OpenSubtitles refuses the account. Check SHADOW_SUBTITLES__OPENSUBTITLES_USER."
)
TOKEN_LIFE: Final = timedelta(hours=12)
"""Theirs live 24 hours."""
LONGEST_PAUSE_SECONDS: Final = 10.0
"""A person is waiting: a longer pause is reported instead of kept."""
MOST_RETRY: Final = 86_400


@dataclass(slots=True)
class Account:
    """An account and the token it was last given. Without a name there is none."""

    user: str
    password: str = field(repr=False)
    token: str = field(default="", repr=False)
    until: datetime | None = None


class Downloads:
    """Fetch subtitles by number."""

    def __init__(
        self,
        api: OutgoingClient,
        files: OutgoingClient,
        *,
        pace: Pace,
        account: Account,
        clock: Clock,
    ) -> None:
        """Take a client with the key for the API, and one without for the files themselves."""
        self._api = api
        self._files = files
        self._pace = pace
        self._account = account
        self._clock = clock
        self._signing_in = asyncio.Lock()

    async def fetch(self, number: int) -> tuple[str, bytes]:
        """Return name and bytes of a subtitle.

        Raises:
            SubtitleGone, SubtitleQuotaSpent, SubtitlesUnavailable, SubtitlesRefused.
        """
        answer = await self._ask_link(number)
        link = text(part(answer, "link"), 4_000)
        if link is None:
            raise SubtitlesRefused("OpenSubtitles sent no link.")
        content = await self._follow(link)
        return text(part(answer, "file_name"), 300) or f"{number}.srt", content

    async def _ask_link(self, number: int) -> Any:
        answer = await self._post("download", {"file_id": number}, await self._token())
        if answer.status_code == 401 and self._account.user:  # the token ended early
            self._account.token = ""
            answer = await self._post("download", {"file_id": number}, await self._token())
        self._judge(answer)
        return _json(answer)

    async def _follow(self, link: str) -> bytes:
        try:
            answer = await self._files.get(checked_url(link))
        except Unreachable as error:
            raise SubtitlesUnavailable(error.detail, retry_after=error.retry_after) from error
        except (AnswerRefused, RequestRefused) as error:
            raise SubtitlesRefused(error.detail) from error
        if answer.status_code != 200:
            raise SubtitlesUnavailable(
                f"OpenSubtitles gave a link that does not work (status {answer.status_code})."
            )
        return answer.content

    async def _token(self) -> str:
        account = self._account
        if not account.user:
            return ""
        async with self._signing_in:
            if not account.token or account.until is None or account.until < self._clock():
                answer = await self._post(
                    "login", {"username": account.user, "password": account.password}, ""
                )
                if answer.status_code in {400, 401}:
                    raise SubtitlesRefused(ACCOUNT_REFUSED)
                self._judge(answer)
                account.token = text(part(_json(answer), "token"), 4_000) or ""
                account.until = self._clock() + TOKEN_LIFE
        return account.token

    async def _post(self, path: str, body: dict[str, Any], token: str) -> httpx.Response:
        """Send once; only what was certainly not counted is sent again, after the pause asked."""
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        for last in (False, True):
            await self._pace.turn()
            try:
                answer = await self._api.post(path, json=body, headers=headers)
            except Unreachable as error:
                raise SubtitlesUnavailable(error.detail, retry_after=error.retry_after) from error
            except (AnswerRefused, RequestRefused) as error:
                raise SubtitlesRefused(error.detail) from error
            pause = _pause(answer)
            if answer.status_code != 429 or last or pause > LONGEST_PAUSE_SECONDS:
                break
            self._pace.hold(pause)
        return answer

    def _judge(self, answer: httpx.Response) -> None:
        """Raise what a refusal means."""
        status = answer.status_code
        if status == 200:
            return
        if status == 406:
            raise SubtitleQuotaSpent(
                "OpenSubtitles gives no more downloads today.", retry_after=self._reset(answer)
            )
        if status == 429:
            raise SubtitlesUnavailable(
                "OpenSubtitles asks for a pause.", retry_after=int(_pause(answer)) + 1
            )
        if status == 404:
            raise SubtitleGone("OpenSubtitles has no such subtitle.")
        if status in {401, 403}:
            raise SubtitlesRefused(KEY_REFUSED)
        if status >= 500:
            raise SubtitlesUnavailable(f"OpenSubtitles has a problem of its own (status {status}).")
        raise SubtitlesRefused(f"OpenSubtitles answered with status {status}.")

    def _reset(self, answer: httpx.Response) -> int | None:
        """Return the seconds until the quota is renewed, None when the answer does not say."""
        said = text(part(_json(answer, strict=False), "reset_time_utc"), 40) or ""
        try:
            moment = datetime.fromisoformat(said)
            seconds = (moment - self._clock()).total_seconds()
        except (ValueError, TypeError):
            return None
        return min(max(1, int(seconds) + 1), MOST_RETRY)


def _json(answer: httpx.Response, *, strict: bool = True) -> Any:
    try:
        return orjson.loads(answer.content)
    except orjson.JSONDecodeError as error:
        if not strict:
            return None
        raise SubtitlesRefused("OpenSubtitles sent something that is not JSON.") from error


def _pause(answer: httpx.Response) -> float:
    """Return the seconds of `Retry-After`, or of `ratelimit-reset`; 1 when neither is a number."""
    for name in ("retry-after", "ratelimit-reset"):
        said = answer.headers.get(name, "").strip()
        if said.isascii() and said.isdigit():
            return float(said[:6])
    return 1.0
