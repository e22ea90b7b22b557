"""The catalogue over HTTP: lists, search, titles, files, people, review."""

from typing import Annotated

from fastapi import APIRouter, Query, Response
from pydantic import BaseModel, Field

from shadow.catalog import service
from shadow.catalog.cards import TitleKind
from shadow.catalog.schemas import (
    GenreList,
    MediaFileOut,
    MediaFilePage,
    PersonOut,
    ReviewIn,
    ReviewPage,
    SearchOut,
    TitleEdit,
    TitleOut,
    TitlePage,
)
from shadow.kit.paging import MAX_LIMIT
from shadow.runtime.web import CurrentRuntime, Editor, Reading, Viewer, Writing

router = APIRouter(prefix="/api", tags=["catalog"])
MOST_HITS = 100


class PageQuery(BaseModel):
    """Which part of a list."""

    limit: int = Field(default=50, ge=1, le=MAX_LIMIT)
    cursor: str | None = Field(default=None, max_length=2_000, description="`next_cursor` before.")


class TitleQuery(PageQuery):
    """Which titles, in which order."""

    q: str | None = Field(default=None, max_length=20_000, description="Words of the title.")
    genre: str | None = Field(default=None, max_length=200)
    year: int | None = Field(default=None, ge=0, le=9_999)
    sort: str = Field(
        default="title",
        max_length=20,
        description="`title`, `added`, `year` or `rating`; a leading `-` reverses.",
    )


class FileQuery(TitleQuery):
    """Which files, in which order."""

    state: str | None = Field(
        default=None, max_length=20, description="`present`, `missing`, `failed` or `removed`."
    )


async def _titles(session: Reading, kind: TitleKind, asked: TitleQuery) -> TitlePage:
    wanted = service.TitleFilter(kind, asked.q, asked.genre, asked.year)
    return await service.list_titles(
        session, wanted, sort=asked.sort, cursor=asked.cursor, limit=asked.limit
    )


@router.get("/library/movies")
async def list_movies(
    asked: Annotated[TitleQuery, Query()], session: Reading, _: Viewer
) -> TitlePage:
    """List films."""
    return await _titles(session, "movie", asked)


@router.get("/library/shows")
async def list_shows(
    asked: Annotated[TitleQuery, Query()], session: Reading, _: Viewer
) -> TitlePage:
    """List series."""
    return await _titles(session, "show", asked)


@router.get("/library/books")
async def list_books(
    asked: Annotated[TitleQuery, Query()], session: Reading, _: Viewer
) -> TitlePage:
    """List books and comics."""
    return await _titles(session, "book", asked)


@router.get("/library/audio")
async def list_audio(
    asked: Annotated[TitleQuery, Query()], session: Reading, _: Viewer
) -> TitlePage:
    """List audiobooks and music."""
    return await _titles(session, "audio", asked)


@router.get("/library/media-files")
async def list_media_files(
    asked: Annotated[FileQuery, Query()], session: Reading, _: Viewer
) -> MediaFilePage:
    """List files with their streams; `sort` is `title` (by path), `added` or `year`."""
    wanted = service.FileFilter(asked.q, asked.genre, asked.year, asked.state)
    return await service.list_files(
        session, wanted, sort=asked.sort, cursor=asked.cursor, limit=asked.limit
    )


@router.get("/library/genres")
async def list_genres(kind: TitleKind, session: Reading, _: Viewer) -> GenreList:
    """List the genres of a kind of title with how many visible titles have each."""
    return await service.genre_list(session, kind)


@router.get("/search")
async def search(
    session: Reading,
    _: Viewer,
    q: Annotated[str, Query(max_length=20_000)] = "",
    limit: Annotated[int, Query(ge=1, le=MOST_HITS)] = 20,
) -> SearchOut:
    """Find titles by name, person or episode, best first; typing mistakes are forgiven."""
    return await service.find(session, q, limit=limit)


@router.get("/titles/{title_id}")
async def show_title(title_id: str, session: Reading, _: Viewer) -> TitleOut:
    """Show a title with seasons, episodes, files and people."""
    return await service.show_title(session, title_id)


@router.patch("/titles/{title_id}")
async def edit_title(
    title_id: str, edit: TitleEdit, runtime: CurrentRuntime, session: Writing, _: Editor
) -> TitleOut:
    """Change fields of a title; each is locked against refreshes until unlocked."""
    return await service.edit_title(session, title_id, edit, clock=runtime.clock)


@router.delete("/titles/{title_id}", status_code=204)
async def remove_title(
    title_id: str, runtime: CurrentRuntime, session: Writing, _: Editor
) -> Response:
    """Take a title out of the library; its files on disk stay."""
    await service.remove_title(session, title_id, clock=runtime.clock)
    return Response(status_code=204)


@router.post("/titles/{title_id}/restore", status_code=204)
async def restore_title(
    title_id: str, runtime: CurrentRuntime, session: Writing, _: Editor
) -> Response:
    """Bring a removed title back."""
    await service.restore_title(session, title_id, clock=runtime.clock)
    return Response(status_code=204)


@router.get("/files/{file_id}")
async def show_file(file_id: str, session: Reading, _: Viewer) -> MediaFileOut:
    """Show one file with its streams and chapters."""
    return await service.show_file(session, file_id)


@router.delete("/files/{file_id}", status_code=204)
async def remove_file(
    file_id: str, runtime: CurrentRuntime, session: Writing, _: Editor
) -> Response:
    """Take one file out of the library; it stays on disk, and the rest of its title stays."""
    await service.remove_file(session, file_id, clock=runtime.clock)
    return Response(status_code=204)


@router.post("/files/{file_id}/restore", status_code=204)
async def restore_file(
    file_id: str, runtime: CurrentRuntime, session: Writing, _: Editor
) -> Response:
    """Bring a removed file back."""
    await service.restore_file(session, file_id, clock=runtime.clock)
    return Response(status_code=204)


@router.get("/people/{person_id}")
async def show_person(person_id: str, session: Reading, _: Viewer) -> PersonOut:
    """Show a person and the titles here with them."""
    return await service.show_person(session, person_id)


@router.get("/review")
async def list_review(
    asked: Annotated[PageQuery, Query()], session: Reading, _: Editor
) -> ReviewPage:
    """List titles whose match is missing or doubtful."""
    return await service.list_review(session, cursor=asked.cursor, limit=asked.limit)


@router.post("/review/{title_id}", status_code=204)
async def settle_review(
    title_id: str, settled: ReviewIn, runtime: CurrentRuntime, session: Writing, _: Editor
) -> Response:
    """Settle a review: the title is right as it stands."""
    if settled.decision == "accept":
        await service.accept_review(session, title_id, clock=runtime.clock)
    return Response(status_code=204)
