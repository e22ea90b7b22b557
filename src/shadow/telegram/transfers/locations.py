"""Where documents are, for `upload.getFile`: references, which lapse, of one account each.

What is stored are messages. A reference is fetched from its message with the account that is to
use it, kept in memory, and fetched again when Telegram says that it has lapsed.
"""

import asyncio
from collections import OrderedDict
from dataclasses import dataclass, replace
from typing import Final

from shadow.telegram.library import TLObject, types
from shadow.telegram.sessions.session import Session
from shadow.telegram.transfers.posts import Post, Posted, PostGone, read_post

MOST: Final = 4096
"""How many are kept; each is some 300 bytes."""
LONGEST_WAIT: Final = 1.0
"""A longer flood wait is not waited out: another session may know the message."""
_Key = tuple[str, Post]


@dataclass(frozen=True, slots=True)
class Location:
    """A document as one account may ask for it: at `dc`, by `raw`."""

    document: int
    size: int
    dc: int
    raw: TLObject


class PostDiffers(PostGone):
    """There is another document in the message than the one that was stored."""


class Locations:
    """The locations this process knows, by session and message."""

    def __init__(self) -> None:
        self._known: OrderedDict[_Key, Location] = OrderedDict()
        self._fetching: dict[_Key, asyncio.Task[Location]] = {}

    async def find(
        self, session: Session, post: Post, *, document: int, stale: Location | None = None
    ) -> Location:
        """Return where a message's document is, which must be the one named `document`.

        Of many who ask at once, one asks Telegram.

        Args:
            session: whose reference it is to be.
            post: the message.
            document: its document's id.
            stale: a location that was refused: it is not returned again.

        Raises:
            PostGone: the message, or its document, is not there.
            PostDiffers: it has another document.
            PeerUnknown, TelegramUnavailable, TelegramRefused: what `Session.call` raises.
        """
        key = session.id, post
        known = self._known.get(key)
        if known is None or known is stale:
            known = await self._fetch(key, session)
        else:
            self._known.move_to_end(key)
        if known.document != document:
            raise PostDiffers
        return known

    def moved(self, session: Session, post: Post, location: Location, dc: int) -> None:
        """Take note that a document is at another data centre than its message says."""
        if self._known.get((session.id, post)) is location:
            self._keep((session.id, post), replace(location, dc=dc))

    def learn(self, session: Session, found: Posted) -> None:
        """Keep what an answer told by the way."""
        self._keep((session.id, found.post), _location(found))

    async def _fetch(self, key: _Key, session: Session) -> Location:
        task = self._fetching.get(key)
        if task is None:
            task = self._fetching[key] = asyncio.create_task(self._read(key, session))
            task.add_done_callback(lambda done: self._done(key, done))
        return await asyncio.shield(task)

    def _done(self, key: _Key, task: "asyncio.Task[Location]") -> None:
        self._fetching.pop(key, None)
        if not task.cancelled():
            task.exception()  # whoever waited has it

    async def _read(self, key: _Key, session: Session) -> Location:
        try:
            location = _location(await read_post(session, key[1], max_wait=LONGEST_WAIT))
        except PostGone:
            self._known.pop(key, None)
            raise
        self._keep(key, location)
        return location

    def _keep(self, key: _Key, location: Location) -> None:
        self._known[key] = location
        self._known.move_to_end(key)
        while len(self._known) > MOST:
            self._known.popitem(last=False)


def _location(found: Posted) -> Location:
    raw = types.InputDocumentFileLocation(
        id=found.document,
        access_hash=found.raw.access_hash,
        file_reference=found.raw.file_reference,
        thumb_size="",
    )
    return Location(found.document, found.size, found.dc, raw)
