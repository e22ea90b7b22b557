"""Correcting matches over HTTP: candidates, match, refresh."""

from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import BaseModel, Field

from shadow.catalog.jobs import start_refresh
from shadow.catalog.matching import Scored
from shadow.catalog.metadata import candidates, match, providers, title_id_of
from shadow.catalog.metadata_images import preview_images
from shadow.catalog.schemas import CandidateList, CandidateOut, MatchIn, TitleOut
from shadow.catalog.title_page import show_title
from shadow.runtime.web import CurrentRuntime, Editor

router = APIRouter(prefix="/api/titles/{title_id}", tags=["catalog"])
MOST_CANDIDATES = 10
MOST_POSTERS = 6


class CandidateQuery(BaseModel):
    """Search for other words or another year than the title's own."""

    q: str | None = Field(default=None, max_length=200)
    year: int | None = Field(default=None, ge=1870, le=2200)


class Started(BaseModel):
    """The id of the job that does it."""

    id: str


@router.get("/candidates", response_model=CandidateList)
async def list_candidates(
    title_id: str,
    asked: Annotated[CandidateQuery, Query()],
    runtime: CurrentRuntime,
    _: Editor,
) -> CandidateList:
    """Answer what the metadata providers offer for a title, best first."""
    row_id = await title_id_of(runtime, title_id)
    found = await candidates(runtime, row_id, words=asked.q, year=asked.year)
    found = found[:MOST_CANDIDATES]
    urls = [one.candidate.poster_url for one in found[:MOST_POSTERS] if one.candidate.poster_url]
    posters = await preview_images(runtime, urls) if urls else {}
    items = [_shown(one, posters) for one in found]
    return CandidateList(items=items, provider_configured=bool(providers(runtime)))


@router.put("/match", response_model=TitleOut)
async def match_title(
    title_id: str, chosen: MatchIn, runtime: CurrentRuntime, _: Editor
) -> TitleOut:
    """Take the provider's entry that a person chose; its pictures follow in a job."""
    row_id = await title_id_of(runtime, title_id)
    await match(runtime, row_id, provider=chosen.provider, entry_id=chosen.id)
    await start_refresh(runtime, row_id, fresh=False)
    async with runtime.database.session() as session:
        return await show_title(session, title_id)


@router.post("/refresh", status_code=202, response_model=Started)
async def refresh_title(title_id: str, runtime: CurrentRuntime, _: Editor) -> Started:
    """Start reading a title's metadata again; fields that a person locked stay."""
    row_id = await title_id_of(runtime, title_id)
    return Started(id=await start_refresh(runtime, row_id))


def _shown(one: Scored, posters: dict[str, str]) -> CandidateOut:
    found = one.candidate
    poster = posters.get(found.poster_url or "")
    return CandidateOut(
        provider=found.provider,
        id=found.id,
        kind=found.kind,
        title=found.title,
        year=found.year,
        overview=found.overview,
        poster_url=f"/api/proxy/image/{poster}" if poster else None,
        confidence=one.confidence,
    )
