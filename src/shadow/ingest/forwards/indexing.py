"""The durable job `telegram-index`: documents of a Telegram channel become titles where they lie.

A message is catalogued by itself when its link is given; else everything in the log channel that
came after what was looked at last. A document that is no film, or is blocked, is passed by; one
that cannot be read just now gets a job of its own and does not hold up the rest.
"""

from typing import Any, Final

from sqlalchemy import select

from shadow.catalog.models import File, Title
from shadow.ingest.cataloguing import Catalogued, Lying, catalogue_object, screenshots_of
from shadow.ingest.errors import ContentBlocked
from shadow.ingest.forwards.links import Post
from shadow.ingest.forwards.marks import STORAGE, mark_of
from shadow.ingest.leeching.errors import LinkRefused, NothingToPlay
from shadow.ingest.models import ForwardsSeen
from shadow.ingest.probing import MediaRefused
from shadow.ingest.settings import LibrarySettings
from shadow.kit.errors import Kind, ShadowError
from shadow.runtime.context import Runtime
from shadow.runtime.jobs import JobContext, JobKind
from shadow.storage.errors import ObjectChanged, ObjectMissing
from shadow.telegram.service import (
    Forwarded,
    forget_forwarded,
    index_message,
    messages_after,
    why_off,
)

ENGINE: Final = "telegram"
REFUSALS: Final = (MediaRefused, ContentBlocked, ObjectMissing, ObjectChanged)
"""What is wrong with one document for good, and costs the ones after it nothing."""
PASSING: Final = (Kind.unavailable, Kind.upstream)
SET_ASIDE_IN_A_ROW: Final = 3
"""More documents than that in a row that cannot be read: it is Telegram, and the job waits."""


async def run_index(ctx: JobContext, arguments: dict[str, Any]) -> dict[str, Any]:
    """Catalogue one message, or all new ones of a channel.

    Arguments: `channel` (-100…) and `message`, its number or null for all that are new.

    Returns:
        `titles` (`id`, `title`), `files` (public ids) and `engine`, as a leech has them.
    """
    channel, message = arguments["channel"], arguments["message"]
    if message is None:
        aside: list[int] = []  # outside of the step: its attempts count together
        found = await ctx.step("looking at the channel", _all_new, ctx, channel, aside)
    else:
        found = await ctx.step("cataloguing", _named, ctx, Post(channel, message))
    return await ctx.step("finishing", _result, ctx.runtime, found)


TELEGRAM_INDEX: Final = JobKind("telegram-index", run_index)


async def start_post(runtime: Runtime, post: Post, *, user_id: int | None = None) -> str:
    """Start cataloguing a message's document where it lies; return the job's id.

    Raises:
        LinkRefused: no Telegram account is set up that could read it.
    """
    if why := why_off(runtime):
        raise LinkRefused(f"This link leads to Telegram. {why}")
    arguments = {"channel": post.channel, "message": post.message_id, "about": shown(post)}
    return await runtime.jobs.start(
        TELEGRAM_INDEX.name, arguments, key=shown(post), user_id=user_id
    )


async def start_all_new(runtime: Runtime, channel: int) -> str:
    """Start cataloguing what is new in a channel; under way already, it is that job."""
    arguments = {"channel": channel, "message": None}
    return await runtime.jobs.start(TELEGRAM_INDEX.name, arguments, key=str(channel))


def shown(post: Post) -> str:
    """Return a message as its link has it."""
    return f"t.me/c/{str(post.channel).removeprefix('-100')}/{post.message_id}"


async def seen_up_to(runtime: Runtime, channel: int) -> int:
    """Return the number of the last message of a channel that was looked at, 0 before any."""
    async with runtime.database.session() as session:
        row = await session.get(ForwardsSeen, channel)
    return 0 if row is None else row.message_id


async def note_seen(runtime: Runtime, channel: int, message_id: int) -> None:
    """Note that a channel was looked at up to a message."""
    async with runtime.database.transaction() as session:
        row = await session.get(ForwardsSeen, channel)
        if row is None:
            session.add(ForwardsSeen(channel=channel, message_id=message_id))
        elif row.message_id < message_id:
            row.message_id = message_id


async def _named(ctx: JobContext, post: Post) -> list[int]:
    found = await _take(ctx, post)
    if found is None:
        raise NothingToPlay("That message holds no file, or Telegram does not show it to us.")
    return [found.file_id]


async def _all_new(ctx: JobContext, channel: int, aside: list[int]) -> list[int]:
    runtime = ctx.runtime
    found: list[int] = []
    after = await seen_up_to(runtime, channel)
    while (new := await messages_after(runtime, channel, after)).last > after:
        for one in new.documents:
            if _may_be_media(runtime, one):
                found += await _taken(ctx, Post(channel, one.message_id), aside)
                ctx.progress(items_done=len(found))
            await note_seen(runtime, channel, one.message_id)
        after = new.last
        await note_seen(runtime, channel, after)
    return found


def _may_be_media(runtime: Runtime, document: Forwarded) -> bool:
    endings = runtime.settings.group(LibrarySettings).extensions
    ending = document.name.rpartition(".")[2].lower()
    return ending in endings or document.media_type.startswith(("video/", "audio/"))


async def _taken(ctx: JobContext, post: Post, aside: list[int]) -> list[int]:
    """Catalogue one of many messages; what is wrong with it is noted and costs no other.

    `aside` has the messages just before it that were set aside, and gets this one if it is.
    """
    try:
        one = await _take(ctx, post)
    except REFUSALS as error:
        ctx.note(f"{shown(post)}: {error.detail}", level="warning")
        return []
    except ShadowError as error:
        if error.kind not in PASSING or len(aside) >= SET_ASIDE_IN_A_ROW:
            raise
        ctx.note(f"{shown(post)}: {error.detail} It has a job of its own now.", level="warning")
        await start_post(ctx.runtime, post)
        aside.append(post.message_id)
        return []
    aside.clear()
    return [one.file_id] if one is not None and one.is_new else []


async def _take(ctx: JobContext, post: Post) -> Catalogued | None:
    runtime = ctx.runtime
    stored = await index_message(runtime, channel=post.channel, message_id=post.message_id)
    if stored is None:
        return None
    name, mark = stored.key.decode(), mark_of(STORAGE, stored.key)
    if mark is not None:  # the folders of a forwarded object are ours and say nothing of the film
        name = name.rpartition("/")[2]
    lying = Lying(STORAGE, stored.key, name, mark)
    try:
        found = await catalogue_object(runtime, lying)
    except (MediaRefused, ContentBlocked):
        await forget_forwarded(runtime, stored.key)
        raise
    if found.path != stored.key:  # its content is in the library from elsewhere
        await forget_forwarded(runtime, stored.key)
    if found.is_new:
        try:
            await screenshots_of(runtime, found.file_id)
        except ShadowError as error:
            ctx.note(f"No screenshots of {shown(post)}: {error.detail}", level="warning")
    return found


async def _result(runtime: Runtime, file_ids: list[int]) -> dict[str, Any]:
    async with runtime.database.session() as session:
        files = select(File.public_id, File.title_id).where(File.id.in_(file_ids))
        rows = (await session.execute(files.order_by(File.id))).all()
        titles = select(Title.public_id, Title.title).where(
            Title.id.in_([row.title_id for row in rows if row.title_id])
        )
        shown_titles = (await session.execute(titles.order_by(Title.id))).all()
    return {
        "titles": [{"id": row.public_id, "title": row.title} for row in shown_titles],
        "files": [row.public_id for row in rows],
        "engine": ENGINE,
    }
