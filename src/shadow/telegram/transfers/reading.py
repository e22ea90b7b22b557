"""Reading an object's documents: exact bytes, in order, whatever goes wrong on the way."""

import asyncio
from collections.abc import AsyncGenerator, Callable, Coroutine, Iterator, Sequence
from contextlib import aclosing
from dataclasses import dataclass
from functools import partial
from typing import Any, Final

import structlog

from shadow.kit.errors import ShadowError
from shadow.storage.errors import ObjectChanged, StorageUnavailable
from shadow.telegram.errors import (
    LinkLost,
    PeerUnknown,
    SwarmBusy,
    TelegramRefused,
    TelegramUnavailable,
)
from shadow.telegram.library import functions
from shadow.telegram.sessions.session import Session
from shadow.telegram.swarm.swarm import Swarm
from shadow.telegram.transfers.carriers import Carriers
from shadow.telegram.transfers.hedging import Hedge
from shadow.telegram.transfers.locations import Location, Locations, PostDiffers
from shadow.telegram.transfers.planning import Piece, pieces_of_object
from shadow.telegram.transfers.posts import Post, PostGone
from shadow.telegram.transfers.windows import in_order

log = structlog.get_logger(__name__)
IN_FLIGHT: Final = 12
"""Pieces of up to 1 MiB that a stream has under way or waiting."""
STALL_SECONDS: Final = 60.0
"""How long a piece is tried before the stream ends with an error."""
SMALLER_AFTER: Final = 2
"""How often a piece is lost before it is asked for in smaller ones: the line may be slow."""
SMALLEST: Final = 128 << 10


@dataclass(frozen=True, slots=True)
class Volume:
    """A document that holds a part of an object: its messages, the one to be read first first."""

    number: int
    document: int
    size: int
    posts: tuple[Post, ...]


@dataclass(frozen=True, slots=True)
class Reads:
    """What all streams of this process read with.

    `mend` is told of a volume whose message is gone while another has the document.
    """

    swarm: Swarm
    locations: Locations
    mend: Callable[[Volume, Post], None]
    stall_seconds: float = STALL_SECONDS


async def read_range(
    reads: Reads, volumes: Sequence[Volume], start: int, stop: int
) -> AsyncGenerator[bytes, None]:
    """Yield the bytes of an object from `start` up to `stop`, in blocks of up to 1 MiB.

    Some pieces are under way at a time, over several connections; each is repeated, if need be
    with another session, another reference or from the backup message, until it is right.

    Raises:
        ObjectChanged: its messages are gone, or have other documents.
        SwarmBusy: Telegram asks all sessions to wait for longer than a stream may stall.
        StorageUnavailable: a piece could not be had in that time.
    """
    async with Carriers(reads.swarm) as carriers:
        stream = _Stream(reads, volumes, carriers)
        async with aclosing(in_order(stream.work(start, stop), most=IN_FLIGHT)) as blocks:
            async for block in blocks:
                yield block


class _Again(Exception):
    """The piece is to be asked for once more, at once."""


class _Stream:
    def __init__(self, reads: Reads, volumes: Sequence[Volume], carriers: Carriers) -> None:
        self._reads = reads
        self._volumes = volumes
        self._carriers = carriers
        self._gone: dict[int, set[Post]] = {}
        """Messages that turned out not to have the document, by volume."""
        self._hedge = Hedge()
        self._loop = asyncio.get_running_loop()

    def work(self, start: int, stop: int) -> Iterator[Callable[[], Coroutine[Any, Any, bytes]]]:
        sizes = [volume.size for volume in self._volumes]
        for index, piece in pieces_of_object(sizes, start, stop):
            yield partial(self._piece, self._volumes[index], piece)

    async def _piece(self, volume: Volume, piece: Piece) -> bytes:
        stall = self._reads.stall_seconds
        deadline = self._loop.time() + stall
        attempt = _Attempt(self._reads.locations, self._hedge, volume, piece)
        try:
            async with asyncio.timeout_at(deadline):
                while True:
                    session = await self._carriers.session(deadline)
                    try:
                        answer = await attempt.fetch(session, self._post(volume))
                    except _Again:
                        continue
                    except (TelegramUnavailable, PeerUnknown) as error:
                        attempt.last = error
                        await self._carriers.failed(session, error)
                    except PostGone as gone:
                        self._lost_post(volume, attempt.post, gone)
                    else:
                        self._carriers.answered(session)
                        return answer[piece.skip : piece.skip + piece.take]
        except TimeoutError:
            raise _stalled(attempt.last, stall) from attempt.last
        except SwarmBusy:
            raise
        except TelegramUnavailable as error:
            raise StorageUnavailable(error.detail, retry_after=error.retry_after) from error

    def _post(self, volume: Volume) -> Post:
        gone = self._gone.get(volume.number, set())
        for post in volume.posts:
            if post not in gone:
                return post
        raise ObjectChanged("The object's messages in Telegram were deleted.")

    def _lost_post(self, volume: Volume, post: Post, gone: PostGone) -> None:
        if post in self._gone.get(volume.number, set()):
            return
        self._gone.setdefault(volume.number, set()).add(post)
        reason = "differs" if isinstance(gone, PostDiffers) else "gone"
        log.warning("telegram.post_lost", channel=post.channel, message=post.message, why=reason)
        if any(other not in self._gone[volume.number] for other in volume.posts):
            self._reads.mend(volume, post)


class _Attempt:
    """The tries at one piece, and what they have come to know."""

    def __init__(self, locations: Locations, hedge: Hedge, volume: Volume, piece: Piece) -> None:
        self._locations = locations
        self._hedge = hedge
        self._volume = volume
        self._piece = piece
        self._stale: Location | None = None
        self._refused: dict[str, int] = {}
        self._lost = 0
        self.post = volume.posts[0]
        self.last: ShadowError | None = None

    async def fetch(self, session: Session, post: Post) -> bytes:
        """Ask once; raises _Again when the next try may come at once."""
        self.post = post
        try:
            location = await self._location(session, post)
        except PeerUnknown as unknown:
            if await self._reaches_next(session):
                raise PostGone from unknown
            raise
        if location.size != self._volume.size:
            raise PostDiffers
        try:
            return await self._ask(session, location)
        except TelegramRefused as refused:
            self.last = refused
            self._understand(refused, session, location)
            raise _Again from refused
        except LinkLost:
            self._lost += 1
            raise

    async def _ask(self, session: Session, location: Location) -> bytes:
        piece = self._piece
        if self._lost <= SMALLER_AFTER or piece.limit <= SMALLEST:
            whole = partial(self._bytes, session, location, piece.offset, piece.limit)
            return await self._hedge.first_of(whole)
        answers = [
            await self._bytes(session, location, at, min(SMALLEST, piece.offset + piece.limit - at))
            for at in range(piece.offset, piece.offset + piece.limit, SMALLEST)
            if at < self._volume.size
        ]
        return b"".join(answers)

    async def _bytes(self, session: Session, location: Location, offset: int, limit: int) -> bytes:
        request = functions.upload.GetFileRequest(
            location=location.raw, offset=offset, limit=limit, precise=True
        )
        answer = await session.files(location.dc).send(request, size_hint=limit)
        content: bytes | None = getattr(answer, "bytes", None)
        if content is None or len(content) != min(limit, self._volume.size - offset):
            raise LinkLost("Telegram sent a shorter answer than it was asked for.")
        return content

    async def _location(self, session: Session, post: Post) -> Location:
        try:
            return await self._locations.find(
                session, post, document=self._volume.document, stale=self._stale
            )
        except TelegramRefused as refused:
            raise PeerUnknown(refused.detail) from refused

    async def _reaches_next(self, session: Session) -> bool:
        """Tell whether the next message can be read where this one's channel is closed to us.

        A channel can be lost as a whole: that is what the backup channel is for.
        """
        following = self._volume.posts[self._volume.posts.index(self.post) + 1 :]
        try:
            return bool(following) and bool(await self._location(session, following[0]))
        except (PeerUnknown, PostGone):
            return False

    def _understand(self, refused: TelegramRefused, session: Session, location: Location) -> None:
        """Draw the conclusion from a refusal; raises what cannot be mended by asking again."""
        name = refused.name
        times = self._refused[name] = self._refused.get(name, 0) + 1
        if refused.dc:
            self._locations.moved(session, self.post, location, refused.dc)
        elif name.startswith("FILE_REFERENCE_") or name == "FILEREF_UPGRADE_NEEDED":
            self._stale = location
        elif times == 1:
            self._stale = location  # what is wrong with it may be in our memory only
        elif name in ("FILE_ID_INVALID", "LOCATION_INVALID"):
            raise PostGone from refused
        else:
            raise StorageUnavailable(refused.detail) from refused
        if times > 3:  # right away was not enough
            raise TelegramUnavailable(refused.detail) from refused


def _stalled(last: ShadowError | None, seconds: float) -> ShadowError:
    why = f" {last.detail}" if last else ""
    return StorageUnavailable(
        f"Telegram did not deliver within {seconds:.0f} s.{why}", retry_after=30
    )
