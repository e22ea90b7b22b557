"""The data centres as a test holds them."""

import asyncio
import contextlib
import json
import secrets
import tempfile
import time
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType

import rsa
from telethon.tl import types
from telethon.tl.alltlobjects import LAYER

from tests.support.telegram_dc import accounts, channels, files, posting, strings
from tests.support.telegram_dc.centre import Address, Centre
from tests.support.telegram_dc.connection import Connection
from tests.support.telegram_dc.contents import Content, content_of
from tests.support.telegram_dc.crypto import server_key
from tests.support.telegram_dc.faults import Counters, Faults
from tests.support.telegram_dc.world import Account, AuthKey, Channel, Document, Post, World

METHODS = (accounts, channels, files, posting)  # imported so that they register
READ_AHEAD = 2 << 20
MARK = 10**12


@dataclass(frozen=True)
class Stored:
    """Where a document was put: its channel as bots write it (-100…), message and document."""

    channel: int
    message: int
    document: int


@dataclass(frozen=True)
class Options:
    """How data centres begin.

    dcs                how many, numbered 1, 2, … on 127.0.0.1, 127.0.0.2, …
    home               the DC of accounts and uploads that are not given another
    port               the same for all of them; 0 takes a free one
    folder             keeps everything for the next start; None keeps nothing
    serves             which DCs this process serves; None is all. The first is the one that writes
    reference_seconds  how long a file reference lives
    keep_uploads       False forgets the bytes of uploads, for benchmarks
    """

    dcs: int = 2
    home: int = 1
    port: int = 0
    folder: Path | None = None
    serves: tuple[int, ...] | None = None
    reference_seconds: float = 14_400.0
    keep_uploads: bool = True


def bare(channel: int) -> int:
    """Turn a channel's id as bots write it into Telegram's own: -1000000001234 is 1234."""
    return -channel - MARK if channel < -MARK else channel


def marked(channel: int) -> int:
    """Turn Telegram's own id of a channel into what bots write."""
    return -channel - MARK


class DataCentres:
    """Local data centres of Telegram: `async with DataCentres(Options(dcs=2)) as dc`."""

    def __init__(self, options: Options | None = None) -> None:
        self.options = options or Options()
        self.faults = Faults()
        self.counters = Counters()
        self.world = World(
            folder=self.options.folder,
            writes=self.options.serves is None or self.options.home in self.options.serves,
            reference_seconds=self.options.reference_seconds,
        )
        self.addresses: dict[int, Address] = {}
        self._centres: dict[int, Centre] = {}
        self._servers: list[asyncio.Server] = []
        self._connections: dict[asyncio.Task[None], Connection] = {}
        self._temporary = tempfile.TemporaryDirectory(prefix="telegram-dc-")
        self._folder = self.options.folder or Path(self._temporary.name)

    async def __aenter__(self) -> "DataCentres":
        self._folder.mkdir(parents=True, exist_ok=True)
        self._private = self._kept_key()
        self.world.load()
        port = self.options.port
        for number in range(1, self.options.dcs + 1):
            port = await self._open(number, port)
        for number in self._centres:
            self.world.load_keys(number)
        self.world.save()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:  # fmt: skip
        for server in self._servers:
            server.close()
        self.drop_connections()
        for task in self._connections:
            task.cancel()
        await asyncio.gather(*self._connections, return_exceptions=True)
        self.world.save()
        self._temporary.cleanup()

    async def _open(self, number: int, port: int) -> int:
        host = f"127.0.0.{number}"
        mine = self.options.serves
        self.addresses[number] = Address(host, port)
        if mine is not None and number not in mine:
            return port
        centre = Centre(
            number, self.world, self.faults, self.counters, self._private, self.addresses,
            peers=list(self._centres.values()), keep_uploads=self.options.keep_uploads,
        )  # fmt: skip
        self._centres[number] = centre
        for other in self._centres.values():
            other.peers = list(self._centres.values())

        async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            task = asyncio.current_task()
            connection = Connection(centre, reader, writer)
            if task is None:
                return
            self._connections[task] = connection
            try:
                with contextlib.suppress(asyncio.CancelledError):  # asyncio logs a cancelled one
                    await connection.serve()
            finally:
                del self._connections[task]

        try:
            server = await asyncio.start_server(serve, host, port, limit=READ_AHEAD)
        except OSError:
            if self.options.port:
                raise
            server = await asyncio.start_server(serve, host, 0, limit=READ_AHEAD)
        self._servers.append(server)
        port = server.sockets[0].getsockname()[1]
        self.addresses[number] = Address(host, port)
        return port

    def _kept_key(self) -> rsa.PrivateKey:
        kept = self._folder / "server.pem"
        if not kept.exists():
            kept.write_bytes(server_key().save_pkcs1())
        private = rsa.PrivateKey.load_pkcs1(kept.read_bytes())
        self.public_pem = rsa.PublicKey(private.n, private.e).save_pkcs1().decode()
        self.public_pem_file = self._folder / "public.pem"
        self.public_pem_file.write_text(self.public_pem)
        return private

    # -- what clients are told ---------------------------------------------------------------

    def client_settings(self) -> dict[str, str]:
        """Give the two settings that point `shadow` here, home first."""
        numbers = sorted(self.addresses, key=lambda number: number != self.options.home)
        places = {
            str(number): f"{self.addresses[number].host}:{self.addresses[number].port}"
            for number in numbers
        }
        return {
            "SHADOW_TELEGRAM__DC": json.dumps(places),
            "SHADOW_TELEGRAM__DC_KEY": str(self.public_pem_file),
        }

    # -- what is there -----------------------------------------------------------------------

    def add_bot(self, token: str, *, dc: int = 0, premium: bool = False) -> Account:
        """Add a bot, whose id is the number before its token's colon."""
        number = int(token.partition(":")[0])
        at = dc or self.options.home
        username = f"bot_{number}"
        bot = Account(number, f"Bot {number}", at, token=token, username=username, premium=premium)
        return self._added(bot)

    def add_user(self, number: int, *, dc: int = 0, premium: bool = False) -> Account:
        """Add a person; `session_string` gives what logs in as them."""
        at = dc or self.options.home
        return self._added(Account(number, f"User {number}", at, bot=False, premium=premium))

    def _added(self, account: Account) -> Account:
        self.world.accounts[account.id] = account
        self.world.save()
        return account

    def session_string(self, account: Account, form: str = "telethon") -> str:
        """Log an account in at its home with a new key: `telethon`, or Pyrogram's new, 64, old."""
        login = self.world.log_in(account)
        key = AuthKey(secrets.token_bytes(256), account.dc, login.id, LAYER)
        self.world.keys[key.id] = key
        self.world.save()
        self.world.save_keys(account.dc)
        if form == "telethon":
            at = self.addresses[account.dc]
            return strings.telethon_string(account.dc, at.host, at.port, key.key)
        return strings.pyrogram_string(account, key.key, form=form)

    def add_channel(
        self, channel: int, *, admins: Iterable[Account] | None = None,
        members: Iterable[Account] = (), username: str = "",
    ) -> int:  # fmt: skip
        """Add a channel; every account known so far is its admin unless told otherwise.

        Takes the id with or without its -100 and returns it with.
        """
        made = Channel(bare(channel), f"Channel {bare(channel)}", username)
        known = self.world.accounts.values() if admins is None else admins
        made.roles = {account.id: "member" for account in members}
        made.roles |= {account.id: "admin" for account in known}
        self.world.channels[made.id] = made
        self.world.save()
        return marked(made.id)

    def set_role(self, channel: int, account: Account, role: str | None) -> None:
        """Make an account `creator`, `admin` or `member` of a channel, or put it out."""
        roles = self.world.channels[bare(channel)].roles
        roles.pop(account.id, None)
        if role:
            roles[account.id] = role
        self.world.save()

    def put_document(
        self, channel: int, content: bytes | Path | Content, name: str, *, dc: int = 0,
        mime: str = "application/octet-stream", text: str = "",
    ) -> Stored:  # fmt: skip
        """Put a message with a document into a channel, as its owner would from a phone."""
        attributes = [types.DocumentAttributeFilename(name)]
        number = secrets.randbits(62)
        at = dc or self.options.home
        now = int(time.time())
        kept = self.options.folder / f"document.{number:x}" if self.options.folder else None
        held = content_of(content, kept)
        self.world.documents[number] = Document(number, name, mime, at, held, attributes, now)
        where = self.world.channels[bare(channel)]
        post = posting.add_post(where, Post(0, now, 0, text, number))
        self.world.save()
        return Stored(marked(where.id), post.id, number)

    def delete_message(self, channel: int, message: int) -> None:
        """Delete a message behind every client's back."""
        where = self.world.channels[bare(channel)]
        if where.posts.pop(message, None):
            where.pts += 1
            where.gone.append((where.pts, [message]))
            self.world.save()

    def content(self, channel: int, message: int) -> Content:
        """Give the content of a message's document, such as one a client sent."""
        number = self.world.channels[bare(channel)].posts[message].document
        return self.world.documents[number or 0].content

    # -- what goes wrong ----------------------------------------------------------------------

    def revoke(self, account: Account, error: str = "SESSION_REVOKED") -> None:
        """End every log-in of an account: its keys get 401 SESSION_REVOKED, or what is given."""
        for login in self.world.logins.values():
            if login.account == account.id and not login.ended:
                login.ended = error
        self.world.save()

    def forget_keys(self, account: Account) -> None:
        """Lose an account's keys, so that its messages are answered -404."""
        logins = self.world.logins
        for key in list(self.world.keys.values()):
            if key.login in logins and logins[key.login].account == account.id:
                del self.world.keys[key.id]
        for number in self._centres:
            self.world.save_keys(number)

    def drop_connections(self) -> None:
        """Cut every open connection now."""
        for connection in list(self._connections.values()):
            connection.cut()
