"""Ask the providers for subtitles of a file, and take one of what they have."""

import asyncio
import os
from dataclasses import replace
from typing import Final

import structlog
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from shadow.catalog.models import Episode, File, FileEpisode, Season, Title
from shadow.catalog.service import bytes_of
from shadow.hls.errors import LanguageUnknown, SubtitleMissing
from shadow.hls.lending import lend
from shadow.hls.ports import FoundSubtitle, SubtitleProvider, SubtitleQuery
from shadow.hls.subtitles.keeping import Checked, Given, check
from shadow.hls.subtitles.store import MOVIE_HASH, SubtitleStore
from shadow.kit.errors import ShadowError
from shadow.kit.languages import language_tag
from shadow.runtime.context import Runtime

log = structlog.get_logger(__name__)
PORT: Final = "subtitles"
HASH_SECONDS: Final = 5.0
MOST_ID: Final = 200


async def query_for(session: AsyncSession, file: File, language: str) -> SubtitleQuery:
    """Return what the library knows of a file, as providers are asked.

    Raises:
        LanguageUnknown: the language is no BCP 47 tag.
    """
    tag = language_tag(language)
    if tag is None:
        raise LanguageUnknown("The language must be a tag such as “de” or “pt-BR”.")
    title = await session.get(Title, file.title_id) if file.title_id is not None else None
    placed = (
        select(Season.number, Episode.number)
        .join(Episode, Episode.season_id == Season.id)
        .join(FileEpisode, FileEpisode.episode_id == Episode.id)
        .where(FileEpisode.file_id == file.id)
        .order_by(FileEpisode.position)
        .limit(1)
    )
    episode = (await session.execute(placed)).one_or_none()
    name = os.path.basename(file.path).decode("utf-8", "replace")  # noqa: PTH119 bytes
    return SubtitleQuery(
        languages=(tag,),
        title=title.title if title is not None else name.rpartition(".")[0],
        year=title.year if title is not None else None,
        season=episode[0] if episode is not None else None,
        episode=episode[1] if episode is not None else None,
        external_ids=dict(title.external_ids) if title is not None else {},
        file_name=name,
        size=file.size,
    )


async def search(runtime: Runtime, file: File, query: SubtitleQuery) -> list[FoundSubtitle]:
    """Ask all providers at once; one that fails is left out while another answers.

    Raises:
        SubtitlesUnavailable, SubtitlesRefused: none answered.
    """
    providers: list[SubtitleProvider] = runtime.plugins.all(PORT)
    if not providers:
        return []
    whole = await _with_hash(runtime, file, query)
    answers = await asyncio.gather(
        *(one.search(whole) for one in providers), return_exceptions=True
    )
    failures = [one for one in answers if isinstance(one, BaseException)]
    for failure in failures:
        if not isinstance(failure, ShadowError):
            raise failure
        log.info("hls.provider_failed", reason=failure.detail)
    if len(failures) == len(providers):
        raise failures[0]
    return [found for one in answers if not isinstance(one, BaseException) for found in one]


async def fetch(runtime: Runtime, provider: str, subtitle_id: str) -> Checked:
    """Download one find and examine it like an upload.

    Raises:
        SubtitleMissing: there is no such provider, or the id cannot be one.
        SubtitleGone, SubtitleQuotaSpent, SubtitlesUnavailable, SubtitlesRefused: as the port.
        ShadowError: it is no subtitle, see `keeping.check`.
    """
    by_name = {one.name: one for one in runtime.plugins.all(PORT)}
    if provider not in by_name or not 0 < len(subtitle_id) <= MOST_ID:
        raise SubtitleMissing("There is no such provider of subtitles.")
    fetched = await by_name[provider].fetch(subtitle_id)
    given = Given(
        name=fetched.name,
        content=fetched.content,
        language=fetched.language,
        title=fetched.name,
        forced=fetched.forced,
        sdh=fetched.sdh,
        origin="found",
        source_key=f"{provider}:{subtitle_id}"[:100],
    )
    return await check(runtime, given)


async def _with_hash(runtime: Runtime, file: File, query: SubtitleQuery) -> SubtitleQuery:
    """Add the file's hash; without one, names and ids find subtitles too."""
    try:
        async with lend(runtime, bytes_of(file))() as path:
            pool = runtime.part(SubtitleStore).pool
            found = await pool.call(MOVIE_HASH, path, timeout=HASH_SECONDS)
    except ShadowError as error:
        log.info("hls.no_movie_hash", file_id=file.public_id, reason=error.detail)
        return query
    return replace(query, movie_hash=str(found["hash"]) or None, size=int(found["size"]))
