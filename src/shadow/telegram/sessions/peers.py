"""Channels as accounts know them: access hashes, and what each account may do there."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from sqlalchemy import delete, select

from shadow.kit.clock import Clock
from shadow.runtime.database import Database
from shadow.telegram.library import TLObject
from shadow.telegram.models import TelegramPeer

MARK = 10**12
RIGHTS = {"post": "post_messages", "edit": "edit_messages", "delete": "delete_messages"}


@dataclass(frozen=True, slots=True)
class KnownChannel:
    """A channel in one account's eyes; `id` as bots write it (`-100…`)."""

    id: int
    access_hash: int
    title: str
    rights: frozenset[str]


def bare(channel: int) -> int:
    """Turn `-100…` into Telegram's own number of a channel."""
    return -channel - MARK if channel < -MARK else channel


def described(channel: TLObject) -> KnownChannel:
    """Read what Telegram says of a channel to one account."""
    allowed = channel.admin_rights
    rights = {right for right, flag in RIGHTS.items() if getattr(allowed, flag, False)}
    if channel.creator:
        rights = set(RIGHTS)
    return KnownChannel(
        -channel.id - MARK, channel.access_hash, channel.title[:255], frozenset(rights)
    )


class PeerStore:
    """The table of channels, by account."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    async def known(self, account: str) -> Mapping[int, KnownChannel]:
        """Return the channels that an account is known to be in, by number."""
        async with self._database.session() as session:
            rows = await session.scalars(
                select(TelegramPeer).where(TelegramPeer.account == account)
            )
            return {
                row.peer_id: KnownChannel(
                    row.peer_id, row.access_hash, row.title, frozenset(row.rights.split(",")) - {""}
                )
                for row in rows
            }

    async def keep(self, account: str, channels: Iterable[KnownChannel]) -> None:
        """Write what an account has seen of channels now."""
        async with self._database.transaction() as session:
            for channel in channels:
                await session.merge(
                    TelegramPeer(
                        account=account,
                        peer_id=channel.id,
                        access_hash=channel.access_hash,
                        title=channel.title,
                        rights=",".join(sorted(channel.rights)),
                        seen_at=self._clock(),
                    )
                )

    async def forget(self, account: str, channel: int) -> None:
        """Drop a channel that an account is not in any more."""
        async with self._database.transaction() as session:
            await session.execute(
                delete(TelegramPeer).where(
                    TelegramPeer.account == account, TelegramPeer.peer_id == channel
                )
            )
