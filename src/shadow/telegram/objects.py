"""Objects kept in Telegram, by name: found, read, put, deleted, mended, swept."""

from collections.abc import AsyncGenerator, AsyncIterable, Iterator, Sequence
from contextlib import aclosing, contextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

import structlog
from sqlalchemy import delete, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from shadow.kit.errors import ShadowError
from shadow.runtime.context import Runtime
from shadow.storage.errors import ObjectMissing, StorageUnavailable
from shadow.storage.ports import Fetch, ObjectFacts, StoredObject
from shadow.storage.service import RESERVED, checked_name
from shadow.telegram.errors import PeerUnknown, TelegramRefused
from shadow.telegram.object_models import TelegramObject, TelegramPart, TelegramUpload
from shadow.telegram.sessions.session import Session
from shadow.telegram.settings import TelegramSettings
from shadow.telegram.transfers.backups import (
    back_up,
    backup_post,
    drop_backup,
    has_document,
    main_post,
    mend,
)
from shadow.telegram.transfers.captions import mark_of
from shadow.telegram.transfers.posting import Target, delete_posts, find_sent
from shadow.telegram.transfers.reading import Volume, read_range
from shadow.telegram.transfers.shared import Transfers
from shadow.telegram.transfers.storing import put

log = structlog.get_logger(__name__)
ABANDONED: Final = timedelta(days=1)
"""How long the parts of an upload are kept that nobody goes on with."""
MOST_SWEPT: Final = 200


@dataclass(frozen=True, slots=True)
class OpenObject:
    """An object as it was when it was looked up: its facts and its documents."""

    id: int
    facts: ObjectFacts
    volumes: tuple[Volume, ...]


@dataclass(frozen=True, slots=True)
class Mended:
    """What `mend_object` found: documents in all, messages put back, documents that are lost."""

    documents: int
    mended: int
    lost: int


@dataclass(frozen=True, slots=True)
class Swept:
    """What `sweep_objects` did: objects emptied, uploads given up, documents backed up."""

    emptied: int
    given_up: int
    backed_up: int


def why_off(runtime: Runtime) -> str | None:
    """Return what is missing before objects can be kept in Telegram; None if nothing is."""
    settings = runtime.settings.group(TelegramSettings)
    if not settings.worker_tokens and not settings.worker_sessions:
        return "Set SHADOW_TELEGRAM__WORKER_TOKENS to keep files in Telegram."
    if settings.channel_logs is None:
        return "Set SHADOW_TELEGRAM__CHANNEL_LOGS to keep files in Telegram."
    return None


async def open_object(runtime: Runtime, key: bytes) -> OpenObject:
    """Look an object up by its key, which is its name in UTF-8.

    Raises:
        ObjectMissing: there is none.
        StorageUnavailable: its map of parts is not whole.
    """
    async with runtime.database.session() as session:
        row = await _stored(session, key)
        query = select(TelegramPart).where(TelegramPart.object_id == row.id)
        parts = list(await session.scalars(query.order_by(TelegramPart.number)))
    facts = _facts(row)
    at = 0
    for number, part in enumerate(parts):
        if (part.number, part.offset) != (number, at):
            raise StorageUnavailable("The object's map of parts is not whole.")
        at += part.size
    if at != facts.size:
        raise StorageUnavailable("The object's map of parts is not whole.")
    return OpenObject(row.id, facts, tuple(_volume(part) for part in parts))


async def stat_object(runtime: Runtime, key: bytes) -> ObjectFacts:
    """Return the facts of an object. Telegram is not asked.

    Raises:
        ObjectMissing: there is none.
    """
    async with runtime.database.session() as session:
        return _facts(await _stored(session, key))


async def find_object(runtime: Runtime, name: str) -> StoredObject | None:
    """Return the object under a name, if there is one.

    Raises:
        ObjectOutside: it cannot be a name.
    """
    checked_name(name)
    key = name.encode()
    try:
        return StoredObject(key, await stat_object(runtime, key))
    except ObjectMissing:
        return None


def fetch_object(runtime: Runtime, opened: OpenObject) -> Fetch:
    """Return how to read an object: see `shadow.storage.ports.Fetch`.

    Each call is one stream and holds one place on a session while it runs. It gives the exact
    bytes or raises `ObjectChanged`, `SwarmBusy` or `StorageUnavailable`.
    """
    reads = runtime.part(Transfers).reads(opened.id)

    async def fetch(start: int, stop: int) -> AsyncGenerator[bytes, None]:
        last = min(stop, opened.facts.size)
        async with aclosing(read_range(reads, opened.volumes, start, last)) as blocks:
            async for block in blocks:
                yield block

    return fetch


async def put_object(
    runtime: Runtime, name: str, content: AsyncIterable[bytes], *, size: int | None = None
) -> StoredObject:
    """Store an object; see `WritableStorage.put`. Called again after a kill, it goes on.

    What Telegram has confirmed within the last hour is not sent again if the bytes are the same.

    Raises:
        ObjectExists, ObjectOutside, ObjectChanged, StorageUnavailable.
        Exception: what the content raises.
    """
    checked_name(name)
    facts = await put(runtime.part(Transfers).puts, name, content, size=size)
    return StoredObject(name.encode(), facts)


async def delete_object(runtime: Runtime, key: bytes) -> None:
    """Delete an object: nobody sees it from now on, and its messages are deleted.

    One that is gone already is fine. Messages that cannot be deleted now go with the next sweep.
    """
    async with runtime.database.transaction() as session:
        try:
            row = await _stored(session, key)
        except ObjectMissing:
            return
        _bin(row)
        row.changed_at = runtime.clock()
    try:
        await _empty(runtime, row.id)
    except ShadowError as error:
        log.warning("telegram.messages_not_deleted", object=row.id, reason=error.detail)


async def mend_object(runtime: Runtime, key: bytes) -> Mended:
    """Look at all messages of an object, and make those again that are gone.

    Raises:
        ObjectMissing, TelegramUnavailable, TelegramRefused, PeerUnknown.
    """
    transfers = runtime.part(Transfers)
    async with runtime.database.session() as session:
        row = await _stored(session, key)
        parts = await _parts(session, row.id)
    mended = lost = 0
    async with transfers.swarm.session() as carrier:
        for part in parts:
            if not await has_document(carrier, main_post(part), part):
                done = await mend(runtime.database, carrier, part)
                mended, lost = mended + done, lost + (not done)
                if not done:
                    continue
            mended += await _mend_backup(runtime, carrier, part)
    return Mended(len(parts), mended, lost)


async def _mend_backup(runtime: Runtime, carrier: Session, part: TelegramPart) -> bool:
    channel = runtime.part(Transfers).backup
    post = backup_post(part)
    if channel is None or (post and await has_document(carrier, post, part)):
        return False
    if post:
        await drop_backup(runtime.database, part)
    await back_up(runtime.database, carrier, part, channel)
    return True


async def sweep_objects(runtime: Runtime) -> Swept:
    """Finish what was left: messages to delete, uploads nobody goes on with, backups to make.

    What Telegram refuses is left for the next sweep and does not hold up the rest.

    Raises:
        TelegramUnavailable: the rest is done by the next sweep.
    """
    given_up = await _give_up(runtime)
    query = select(TelegramObject.id).where(TelegramObject.state == "binned")
    emptied = 0
    async with runtime.database.session() as session:
        binned = list(await session.scalars(query.order_by(func.random()).limit(MOST_SWEPT)))
    for object_id in binned:
        with _refusals("telegram.messages_not_deleted", object_id):
            await _empty(runtime, object_id)
            emptied += 1
    return Swept(emptied, given_up, await _back_up_missing(runtime))


@contextmanager
def _refusals(event: str, object_id: int) -> Iterator[None]:
    """Log what Telegram refuses."""
    try:
        yield
    except (TelegramRefused, PeerUnknown) as error:
        log.warning(event, object=object_id, reason=error.detail)


async def _give_up(runtime: Runtime) -> int:
    """Bin uploads that nobody has gone on with."""
    now = runtime.clock()
    query = select(TelegramObject).where(
        TelegramObject.state == "uploading", TelegramObject.changed_at < now - ABANDONED
    )
    async with runtime.database.transaction() as session:
        rows = list(await session.scalars(query.limit(MOST_SWEPT).with_for_update()))
        rows = [row for row in rows if row.lease_until is None or row.lease_until < now]
        for row in rows:
            _bin(row)
    return len(rows)


async def _back_up_missing(runtime: Runtime) -> int:
    transfers = runtime.part(Transfers)
    if transfers.backup is None:
        return 0
    query = (
        select(TelegramPart)
        .join(TelegramObject, TelegramObject.id == TelegramPart.object_id)
        .where(TelegramObject.state == "stored", TelegramPart.backup_message_id.is_(None))
    )
    async with runtime.database.session() as session:
        parts = list(await session.scalars(query.order_by(func.random()).limit(MOST_SWEPT)))
    if not parts:
        return 0
    done = 0
    async with transfers.swarm.session() as carrier:
        for part in parts:
            with _refusals("telegram.not_backed_up", part.object_id):
                await back_up(runtime.database, carrier, part, transfers.backup)
                done += 1
    return done


async def _empty(runtime: Runtime, object_id: int) -> None:
    """Delete all messages of a binned object, then what is known of it."""
    async with runtime.database.session() as session:
        parts = await _parts(session, object_id)
        begun = select(TelegramUpload).where(TelegramUpload.object_id == object_id)
        uploads = list(await session.scalars(begun))
    messages: dict[int, list[int]] = {}
    for part in parts:
        for post in (main_post(part), backup_post(part)):
            if post is not None:
                messages.setdefault(post.channel, []).append(post.message)
    if messages or uploads:
        async with runtime.part(Transfers).swarm.session() as carrier:
            for upload in uploads:
                messages = await _with_orphan(runtime, carrier, upload, messages)
            for channel, numbers in messages.items():
                await delete_posts(carrier, channel, numbers)
    async with runtime.database.transaction() as session:
        await session.execute(delete(TelegramObject).where(TelegramObject.id == object_id))


async def _with_orphan(
    runtime: Runtime, carrier: Session, upload: TelegramUpload, messages: dict[int, list[int]]
) -> dict[int, list[int]]:
    """Add the message that an upload may have made just before it was killed."""
    channel = runtime.part(Transfers).puts.channel
    if upload.since is None:
        return messages
    target = Target(channel, upload.since, again=True)
    found = await find_sent(carrier, target, mark_of(upload.file_id))
    if found is None or found.post.message in messages.get(channel, []):
        return messages
    return {**messages, channel: [*messages.get(channel, []), found.post.message]}


async def _stored(session: AsyncSession, key: bytes) -> TelegramObject:
    try:
        name = key.decode()
    except UnicodeDecodeError:
        name = "\0"
    query = select(TelegramObject).where(
        TelegramObject.name == name, TelegramObject.state == "stored"
    )
    row = None if "\0" in name else await session.scalar(query)
    if row is None:
        raise ObjectMissing("There is no such object in Telegram.")
    return row


async def _parts(session: AsyncSession, object_id: int) -> Sequence[TelegramPart]:
    query = select(TelegramPart).where(TelegramPart.object_id == object_id)
    return list(await session.scalars(query.order_by(TelegramPart.number)))


def _bin(row: TelegramObject) -> None:
    row.state, row.name, row.owner = "binned", f"{RESERVED}binned/{row.id}", None


def _facts(row: TelegramObject) -> ObjectFacts:
    return ObjectFacts(row.size or 0, row.mtime_ns)


def _volume(part: TelegramPart) -> Volume:
    posts = (main_post(part), backup_post(part))
    return Volume(
        part.number, part.document_id, part.size, tuple(post for post in posts if post is not None)
    )
