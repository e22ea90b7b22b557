"""OpenSubtitles as a provider: which questions are asked, and what their failures mean."""

from datetime import timedelta

from shadow.hls.ports import (
    FetchedSubtitle,
    FoundSubtitle,
    SubtitleGone,
    SubtitleQuery,
    SubtitlesRefused,
    SubtitlesUnavailable,
)
from shadow.kit.languages import language_tag
from shadow.plugins.subtitles_opensubtitles.downloads import KEY_REFUSED, Downloads
from shadow.plugins.subtitles_opensubtitles.entries import ID, NAME, finds, questions
from shadow.runtime.http import AnswerRefused, RequestRefused, Unreachable
from shadow.runtime.http_service import JsonService, ServiceDenied


class OpenSubtitles:
    """Ask OpenSubtitles. Safe to use from many tasks at once."""

    def __init__(self, service: JsonService, downloads: Downloads, *, lifetime: timedelta) -> None:
        """Take the service that searches, what downloads, and how long searches are kept."""
        self._service = service
        self._downloads = downloads
        self._lifetime = lifetime

    @property
    def name(self) -> str:
        """Return `opensubtitles`."""
        return NAME

    async def search(self, query: SubtitleQuery) -> list[FoundSubtitle]:
        """Return what it has by id, else by name, see the port."""
        for question in questions(query):
            if found := finds(await self._ask(question)):
                return found
        return []

    async def fetch(self, subtitle_id: str) -> FetchedSubtitle:
        """Return the bytes of a find, see the port."""
        known = ID.fullmatch(subtitle_id)
        if known is None:
            raise SubtitleGone("OpenSubtitles has no such subtitle.")
        number, language, forced, sdh = known.groups()
        name, content = await self._downloads.fetch(int(number))
        return FetchedSubtitle(
            name, content, language=language_tag(language), forced=bool(forced), sdh=bool(sdh)
        )

    async def _ask(self, question: dict[str, str]) -> object:
        try:
            return await self._service.get("subtitles", question, lifetime=self._lifetime)
        except ServiceDenied as error:
            raise SubtitlesRefused(KEY_REFUSED) from error
        except Unreachable as error:
            raise SubtitlesUnavailable(error.detail, retry_after=error.retry_after) from error
        except (AnswerRefused, RequestRefused) as error:
            raise SubtitlesRefused(error.detail) from error
