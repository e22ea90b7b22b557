"""Putting an object: whole or not at all, and going on after a kill where it stood."""

import asyncio
from collections.abc import AsyncIterable, Sequence
from contextlib import AsyncExitStack, aclosing
from dataclasses import dataclass
from pathlib import Path

import structlog

from shadow.kit.clock import Clock
from shadow.kit.errors import ShadowError
from shadow.runtime.database import Database
from shadow.storage.errors import StorageUnavailable
from shadow.storage.ports import ObjectFacts
from shadow.storage.service import of_size
from shadow.telegram.errors import PeerUnknown, TelegramRefused, TelegramUnavailable
from shadow.telegram.object_models import TelegramPart
from shadow.telegram.sessions.session import Session
from shadow.telegram.swarm.swarm import Swarm
from shadow.telegram.transfers.backups import back_up, has_document, main_post
from shadow.telegram.transfers.captions import Caption, mark_of
from shadow.telegram.transfers.carriers import Carriers
from shadow.telegram.transfers.chunks import Chunks
from shadow.telegram.transfers.claims import claimed
from shadow.telegram.transfers.documents import (
    SESSION_SECONDS,
    Content,
    Document,
    Draft,
    delete_orphans,
)
from shadow.telegram.transfers.limits import Limits
from shadow.telegram.transfers.planning import PART
from shadow.telegram.transfers.posting import delete_posts, edit_caption
from shadow.telegram.transfers.posts import Post
from shadow.telegram.transfers.records import Records
from shadow.telegram.transfers.spool import Spool

log = structlog.get_logger(__name__)
_SECOND = 1_000_000_000


@dataclass(frozen=True, slots=True)
class Puts:
    """What all uploads of this process share, and where objects go."""

    database: Database
    clock: Clock
    swarm: Swarm
    limits: Limits
    spool: Path
    channel: int
    backup: int | None


async def put(
    puts: Puts, name: str, content: AsyncIterable[bytes], *, size: int | None
) -> ObjectFacts:
    """Store an object under a checked name; see `WritableStorage.put`.

    What an earlier try has got to Telegram is not sent again, as far as the bytes are the same.

    Raises:
        ObjectExists, ObjectChanged, StorageUnavailable.
        Exception: what the content raises.
    """
    async with AsyncExitStack() as stack:
        claim = await stack.enter_async_context(claimed(puts.database, puts.clock, name))
        carriers = await stack.enter_async_context(Carriers(puts.swarm))
        spool = stack.enter_context(Spool(puts.spool, PART))
        checked = await stack.enter_async_context(aclosing(of_size(content, size)))
        records = Records(puts.database, puts.clock, claim)
        making = _Making(puts, records, carriers, Content(Chunks(checked), spool))
        try:
            return await making.all(name, size)
        except (TelegramUnavailable, TelegramRefused, PeerUnknown) as error:
            raise StorageUnavailable(error.detail, retry_after=error.retry_after) from error


class _Making:
    """One object on its way, document by document."""

    def __init__(self, puts: Puts, records: Records, carriers: Carriers, content: Content) -> None:
        self._puts = puts
        self._records = records
        self._carriers = carriers
        self._content = content
        self._prefer: str | None = None

    async def all(self, name: str, size: int | None) -> ObjectFacts:
        before = {part.number: part for part in await self._records.posted()}
        self._prefer = await self._records.account()
        parts: list[TelegramPart] = []
        done = 0
        while await self._content.more():
            number = len(parts)
            part = await self._same(before.get(number))
            if part is None:
                await self._drop([one for one in before.values() if one.number >= number])
                before.clear()
                part = await self._make(name, number, done, size)
            parts.append(part)
            done += part.size
            self._content.next_document()
        await self._drop([one for one in before.values() if one.number >= len(parts)])
        if sent := await self._records.sent(len(parts)):
            await delete_orphans(await self._session(), self._puts.channel, sent)
        sha256 = self._content.sha256
        if len(parts) > 1:
            await self._complete_captions(name, parts, sha256)
        now = self._records.now
        mtime_ns = int(now.timestamp()) * _SECOND + now.microsecond * 1000
        await self._records.publish(size=done, sha256=sha256, mtime_ns=mtime_ns)
        await self._back_up(parts)
        return ObjectFacts(done, mtime_ns)

    async def _same(self, part: TelegramPart | None) -> TelegramPart | None:
        """Read through a document that is in the channel already; None if it is another."""
        begun = await self._records.begun(part.number, posted=True) if part else None
        if part is None or begun is None:
            return None
        if not await has_document(await self._session(), main_post(part), part):
            return None  # deleted since, perhaps by a try that was killed over it
        while self._content.size < part.size and await self._content.more():
            await self._content.read()
            number = len(self._content.digests) - 1
            if begun.confirmed.get(number) != self._content.digests[number]:
                return None
        return part if self._content.size == part.size else None

    async def _make(self, name: str, number: int, offset: int, size: int | None) -> TelegramPart:
        most = await self._puts.limits.most_parts(await self._session())
        rest = None if size is None else min(most * PART, size - offset)
        draft = Draft(name, number, offset, rest, most)
        channel = self._puts.channel
        document = Document(self._records, self._carriers, self._content, draft, channel)
        return await document.make(await self._records.begun(number, posted=False))

    async def _drop(self, stale: Sequence[TelegramPart]) -> None:
        """Delete documents that the object is not made of any more."""
        for part in stale:
            await delete_posts(await self._session(), part.channel, [part.message_id])
        if stale:
            await self._records.drop([part.number for part in stale])

    async def _complete_captions(
        self, name: str, parts: Sequence[TelegramPart], sha256: str
    ) -> None:
        """Write below each document how many there are, and the hash: known only now."""
        for part in parts:
            begun = await self._records.begun(part.number, posted=True)
            mark = mark_of(begun.file_id if begun else 0)
            caption = Caption(name, part.number, len(parts), sha256, mark)
            post = Post(part.channel, part.message_id)
            await edit_caption(await self._session(), post, str(caption))

    async def _back_up(self, parts: Sequence[TelegramPart]) -> None:
        """Forward the documents; what cannot be done now is done by the next sweep."""
        if self._puts.backup is None:
            return
        try:
            for part in parts:
                await back_up(self._puts.database, await self._session(), part, self._puts.backup)
        except ShadowError as error:
            log.warning("telegram.not_backed_up", reason=error.detail)

    async def _session(self) -> Session:
        deadline = asyncio.get_running_loop().time() + SESSION_SECONDS
        return await self._carriers.session(deadline, prefer=self._prefer)
