"""What people change by hand: fields, which are locked by it, and the review list."""

from typing import Final

from sqlalchemy import select, union_all
from sqlalchemy.ext.asyncio import AsyncSession

from shadow.catalog import folding
from shadow.catalog.errors import EditRefused
from shadow.catalog.events import TitlesChanged
from shadow.catalog.indexing import learn_words, title_search_text
from shadow.catalog.keyset import LARGEST_ID
from shadow.catalog.listing import tallies
from shadow.catalog.models import File, Title
from shadow.catalog.patching import set_genres
from shadow.catalog.schemas import ReviewItem, ReviewPage, TitleEdit, TitleOut
from shadow.catalog.showing import cards
from shadow.catalog.title_page import find_title, show_title
from shadow.kit.clock import Clock, utc_now
from shadow.kit.paging import MAX_LIMIT, CursorInvalid, decode_cursor, encode_cursor
from shadow.runtime.events import publish

EDITABLE: Final = (
    *("title", "sort_title", "original_title", "year", "overview", "tagline", "certification"),
    "genres",
)
LOCKABLE: Final = (*EDITABLE, "released", "runtime_minutes", "rating", "poster", "backdrop")
_REQUIRED: Final = ("title", "sort_title", "genres")
_FILES_SHOWN: Final = 5
_REVIEW: Final = "review"
KINDS: Final = ("movie", "show", "book", "audio")


async def edit_title(
    session: AsyncSession, public_id: str, edit: TitleEdit, *, clock: Clock = utc_now
) -> TitleOut:
    """Change the fields that were sent, and lock them against refreshes; return the title.

    A field sent as null is cleared. Names in `unlock` are handed back to refreshes, which may
    change them from the next one on.

    Raises:
        TitleMissing: no title has this public id.
        EditRefused: a title or genre of nothing but space, or a field to unlock that is unknown.
    """
    sent = {name: getattr(edit, name) for name in edit.model_fields_set if name in EDITABLE}
    sent = {name: value for name, value in sent.items() if value or name not in _REQUIRED[:2]}
    if unknown := set(edit.unlock) - set(LOCKABLE):
        raise EditRefused(f"There is no field “{min(unknown)[:40]}” to unlock.")
    values = {name: _checked(name, value) for name, value in sent.items()}
    title = await find_title(session, public_id)
    if "genres" in values:
        del values["genres"]
        await set_genres(session, title.id, edit.genres or [])
    for name, value in values.items():
        setattr(title, name, value)
    if "title" in values and "sort_title" not in {*sent, *title.locked}:
        title.sort_title = folding.sort_title(title.title)
    title.locked = sorted((set(title.locked) | set(sent)) - set(edit.unlock))
    title.search_text = title_search_text(title.kind, title.title, title.original_title, title.year)
    title.updated_at = clock()
    await session.flush()
    await learn_words(session, [title.title, title.original_title or ""])
    publish(session, TitlesChanged((title.id,)))
    return await show_title(session, public_id)


def _checked(name: str, value: object) -> object:
    if isinstance(value, str):
        kept = folding.clean(value).strip()
        if name in _REQUIRED and not kept:
            raise EditRefused("A title needs at least one character.")
        return folding.sort_title(kept) if name == "sort_title" else kept or None
    if isinstance(value, list):
        genres = [folding.clean(str(one)).strip() for one in value]
        if any(not 0 < len(one) <= 80 for one in genres):
            raise EditRefused("A genre has 1 to 80 characters.")
        return genres
    return value


async def list_review(
    session: AsyncSession, *, cursor: str | None = None, limit: int = 50
) -> ReviewPage:
    """Return a page of the visible titles whose match is missing or doubtful, oldest first.

    Raises:
        CursorInvalid: the cursor is not of this list.
    """
    after = 0
    if cursor:
        (held,) = decode_cursor(cursor, _REVIEW, 1)
        if type(held) is not int or not 0 <= held <= LARGEST_ID:
            raise CursorInvalid("This page link is not valid here. Start from the first page.")
        after = held
    limit = max(1, min(limit, MAX_LIMIT))
    parts = [
        select(Title.id)
        .where(Title.review == state, Title.id > after, Title.hidden.is_(False))
        .order_by(Title.id)
        .limit(limit + 1)
        .subquery()
        for state in ("unmatched", "doubtful")
    ]
    both = union_all(*(select(part.c.id) for part in parts)).subquery()
    ids = list(await session.scalars(select(both.c.id).order_by(both.c.id).limit(limit + 1)))
    more, ids = len(ids) > limit, ids[:limit]
    return ReviewPage(
        items=await _review_items(session, ids),
        next_cursor=encode_cursor(_REVIEW, ids[-1]) if more else None,
        total=sum([(await tallies(session, kind, ["review"])).get("review", 0) for kind in KINDS]),
    )


async def accept_review(session: AsyncSession, public_id: str, *, clock: Clock = utc_now) -> None:
    """Settle a review: the title is right as it stands, and nothing looks it up again by itself.

    Raises:
        TitleMissing: no title has this public id.
    """
    title = await find_title(session, public_id)
    title.review, title.review_reason, title.confidence = "ok", None, 1.0
    title.updated_at = clock()
    await session.flush()
    publish(session, TitlesChanged((title.id,)))


async def _review_items(session: AsyncSession, ids: list[int]) -> list[ReviewItem]:
    shown = await cards(session, ids)
    told = {
        row.id: row
        for row in await session.execute(
            select(Title.id, Title.review_reason, Title.confidence).where(Title.id.in_(ids))
        )
    }
    paths: dict[int, list[str]] = {}
    rows = await session.execute(
        select(File.title_id, File.shown_path)
        .where(File.title_id.in_(ids), File.state == "present", File.role == "main")
        .order_by(File.title_id, File.sort_path)
    )
    for title_id, path in rows:
        paths.setdefault(title_id or 0, []).append(path)
    return [
        ReviewItem(
            **card.model_dump(),
            reason=told[row_id].review_reason,
            confidence=told[row_id].confidence,
            files=paths.get(row_id, [])[:_FILES_SHOWN],
        )
        for row_id, card in shown.items()
    ]
