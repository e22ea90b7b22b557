"""One document of an object on its way: its parts read once, sent, sent again, and posted."""

import asyncio
import hashlib
import re
import secrets
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

import structlog

from shadow.storage.errors import StorageUnavailable
from shadow.telegram.errors import PeerUnknown, TelegramRefused, TelegramUnavailable
from shadow.telegram.object_models import TelegramPart
from shadow.telegram.sessions.session import Session
from shadow.telegram.transfers.captions import Caption, mark_of
from shadow.telegram.transfers.carriers import Carriers
from shadow.telegram.transfers.chunks import Chunks
from shadow.telegram.transfers.planning import SMALL_FILE, parts_of
from shadow.telegram.transfers.posting import (
    Target,
    channel_state,
    delete_posts,
    find_sent,
    send_document,
)
from shadow.telegram.transfers.posts import Posted
from shadow.telegram.transfers.records import Begun, Confirmations, Records
from shadow.telegram.transfers.sending import Part, PartsRefused, Sending, input_file
from shadow.telegram.transfers.spool import Spool

log = structlog.get_logger(__name__)
MISSING: Final = re.compile(r"FILE_PART_(\d+)_MISSING")
REJECTED: Final = frozenset(
    {"FILE_PARTS_INVALID", "MD5_CHECKSUM_INVALID", "FILE_PART_SIZE_INVALID", "FILE_PART_INVALID"}
)
MOST_TRIES: Final = 5
"""How often a document is begun, and how often its message is tried."""
SESSION_SECONDS: Final = 60.0


@dataclass(frozen=True, slots=True)
class Draft:
    """A document that is to be: which one of which object, and how long it may get.

    `size` is in bytes, None while it is not known; `most_parts` is what Telegram allows.
    """

    name: str
    number: int
    offset: int
    size: int | None
    most_parts: int

    @property
    def total(self) -> int:
        """How many parts it has, -1 while that is not known."""
        return -1 if self.size is None else parts_of(self.size)

    @property
    def big(self) -> bool:
        """Whether it is uploaded as a big file."""
        return self.size is None or self.size > SMALL_FILE


class Content:
    """The object's bytes, cut into the parts of one document after the other.

    What was read of the present document can be had again. Hashes run in threads.
    """

    def __init__(self, chunks: Chunks, spool: Spool) -> None:
        """Take what is to be read, and where it is kept until its document is posted."""
        self._chunks = chunks
        self._spool = spool
        self._whole = hashlib.sha256()
        self._md5: hashlib._Hash | None = None
        self.digests: list[bytes] = []
        """SHA-256 of each part that was read of the present document."""
        self.size = 0
        """Bytes that were read of the present document."""

    def next_document(self) -> None:
        """Begin another document."""
        self._spool.clear()
        self._md5 = None
        self.digests, self.size = [], 0

    async def more(self) -> bool:
        """Tell whether there is another part."""
        return await self._chunks.more()

    async def read(self) -> bytes:
        """Read on; returns the part."""
        part = await self._chunks.next()
        digest = await asyncio.to_thread(self._taken, len(self.digests), part)
        self.digests.append(digest)
        self.size += len(part)
        return part

    def _taken(self, number: int, part: bytes) -> bytes:
        self._spool.keep(number, part)
        self._whole.update(part)
        if number * len(part) <= SMALL_FILE:  # a larger file has none
            self._md5 = self._md5 or hashlib.md5(usedforsecurity=False)
            self._md5.update(part)
        return hashlib.sha256(part).digest()

    async def again(self, number: int) -> bytes | None:
        """Return a part that was read before; None where the disk had no room for it."""
        return await asyncio.to_thread(self._spool.part, number)

    @property
    def sha256(self) -> str:
        """The hash of everything read so far, lower-case hex."""
        return self._whole.hexdigest()

    @property
    def md5(self) -> str:
        """The MD5 of what was read of the present document, if that is a small file."""
        return (self._md5 or hashlib.md5(usedforsecurity=False)).hexdigest()


class _Different(Exception):
    """The content is not what was sent under this file id."""


class Document:
    """Makes one document: `make` returns once its message is in the channel and known to be."""

    def __init__(
        self, records: Records, carriers: Carriers, content: Content, draft: Draft, channel: int
    ) -> None:
        """Take what it is made of, and the channel it goes to (-100…)."""
        self._records = records
        self._carriers = carriers
        self._content = content
        self._draft = draft
        self._channel = channel

    async def make(self, begun: Begun | None) -> TelegramPart:
        """Upload and post the document, going on with what was begun.

        Raises:
            StorageUnavailable, TelegramUnavailable: it cannot be done now; the next try goes on.
            Exception: what the content raises.
        """
        last: Exception | None = None
        for _ in range(MOST_TRIES):
            deadline = asyncio.get_running_loop().time() + SESSION_SECONDS
            wanted = begun.account if begun else None
            session = await self._carriers.session(deadline, prefer=wanted)
            try:
                if begun is None or begun.account != session.id or begun.total != self._draft.total:
                    begun = await self._begin(session)
                return await self._with(session, begun)
            except (_Different, PartsRefused) as error:
                last = error
            except TelegramRefused as error:
                last = error
                await self._carriers.failed(session, PeerUnknown(error.detail))
            except (TelegramUnavailable, PeerUnknown) as error:
                last = error
                await self._carriers.failed(session, error)
            log.info("telegram.upload_again", name=self._draft.name, reason=str(last))
            # As kept: what was confirmed, and since when a message of it may be in the channel.
            begun = await self._records.begun(self._draft.number, posted=False)
            if begun is not None and isinstance(last, _Different | PartsRefused):
                begun = replace(begun, account="")
        raise StorageUnavailable(f"Telegram did not take the file: {last}") from last

    async def _begin(self, session: Session) -> Begun:
        """Begin anew; a message that was made of what is given up would be nobody's."""
        sent = await self._records.sent(self._draft.number)
        await delete_orphans(session, self._channel, sent)
        file_id = secrets.randbits(62) + 1
        begun = Begun(self._draft.number, file_id, session.id, self._draft.total, None, {})
        await self._records.begin(begun)
        return begun

    async def _with(self, session: Session, begun: Begun) -> TelegramPart:
        if not session.login.home:
            await session.verify()  # parts go to the account's home: it has to be known
        confirmations = Confirmations(self._records, self._draft.number)

        def confirmed(part: int) -> None:
            confirmations.add(part, self._content.digests[part])

        sending = Sending(session, begun.file_id, big=self._draft.big, confirmed=confirmed)
        try:
            await self._send_all(sending, begun)
            await sending.finish()
            await confirmations.flush()
            return await self._post(session, sending, begun)
        finally:
            await sending.close()
            await confirmations.close()

    # -- parts ------------------------------------------------------------------------------------

    async def _send_all(self, sending: Sending, begun: Begun) -> None:
        """Send what Telegram does not have: first what was read before, then what is to come."""
        for number, digest in enumerate(self._content.digests):
            if not _has(begun, number, digest):
                await sending.add(await self._part(number))
        while len(self._content.digests) < self._draft.most_parts and await self._content.more():
            number = len(self._content.digests)
            part = await self._content.read()
            following = await self._content.more() if self._draft.size is None else True
            if not _has(begun, number, self._content.digests[number]):
                await sending.add(Part(number, part, self._total(number, following=following)))
        if any(number >= len(self._content.digests) for number in begun.confirmed):
            raise _Different("It is shorter than what was sent before.")

    def _total(self, number: int, *, following: bool) -> int:
        last = not following or number + 1 == self._draft.most_parts
        return number + 1 if self._draft.size is None and last else self._draft.total

    async def _part(self, number: int) -> Part:
        content = await self._content.again(number)
        if content is None:
            raise StorageUnavailable(
                "Telegram lost a part of the file, and the disk has no room to keep them. "
                "Try again."
            )
        total = self._draft.total
        return Part(number, content, len(self._content.digests) if total < 0 else total)

    # -- the message ------------------------------------------------------------------------------

    async def _post(self, session: Session, sending: Sending, begun: Begun) -> TelegramPart:
        since, again = begun.since, True
        if since is None:
            since, again = await channel_state(session, self._channel), False
            await self._records.sending(self._draft.number, since)
        target = Target(self._channel, since, again)
        caption = await self._caption(begun)
        small = self._content.md5 if not self._draft.big else None
        file = input_file(
            begun.file_id,
            len(self._content.digests),
            name=caption.name.rpartition("/")[2],
            md5=small,
        )
        for tried in range(MOST_TRIES * 4):
            try:
                return await self._posted(await send_document(session, target, file, caption))
            except TelegramRefused as refused:
                await self._mend(sending, refused, all_of_it=tried >= MOST_TRIES)
                target = replace(target, again=False)
        raise PartsRefused("Telegram loses the parts of the file.")

    async def _mend(self, sending: Sending, refused: TelegramRefused, *, all_of_it: bool) -> None:
        """Send the part again that Telegram has lost; after some, all."""
        if refused.name in REJECTED:
            raise PartsRefused(refused.detail) from refused
        missing = MISSING.fullmatch(refused.name)
        count = len(self._content.digests)
        if missing is None or int(missing[1]) >= count:
            raise refused
        numbers = range(count) if all_of_it else [int(missing[1])]
        await self._records.forget(self._draft.number, numbers)
        for number in numbers:
            await sending.add(await self._part(number))
        await sending.finish()

    async def _caption(self, begun: Begun) -> Caption:
        whole = not await self._content.more()
        return Caption(
            self._draft.name,
            self._draft.number,
            self._draft.number + 1 if whole else None,
            self._content.sha256 if whole else None,
            mark_of(begun.file_id),
        )

    async def _posted(self, found: Posted) -> TelegramPart:
        if found.size != self._content.size:
            raise StorageUnavailable("Telegram made a document of another size than was sent.")
        part = TelegramPart(
            number=self._draft.number,
            offset=self._draft.offset,
            size=found.size,
            channel=found.post.channel,
            message_id=found.post.message,
            document_id=found.document,
            dc=found.dc,
        )
        await self._records.add(part)
        return part


async def delete_orphans(session: Session, channel: int, sent: Sequence[tuple[int, int]]) -> None:
    """Delete the messages that given-up uploads may have made: see `Records.sent`."""
    for file_id, since in sent:
        target = Target(channel, since, again=True)
        orphan = await find_sent(session, target, mark_of(file_id))
        if orphan is not None:
            await delete_posts(session, channel, [orphan.post.message])


def _has(begun: Begun, number: int, digest: bytes) -> bool:
    """Tell whether Telegram has a part already; raises when it has another."""
    known = begun.confirmed.get(number)
    if known is not None and known != digest:
        raise _Different("It is not what was sent before.")
    return known is not None
