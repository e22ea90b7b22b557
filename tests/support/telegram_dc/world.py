"""What the data centres know: accounts, keys, channels, documents. In memory; a folder keeps it."""

import hmac
import json
import os
import secrets
import struct
import time
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from telethon.extensions import BinaryReader
from telethon.tl import TLObject, types

from tests.support.telegram_dc.contents import Content, restored
from tests.support.telegram_dc.crypto import key_fingerprint
from tests.support.telegram_dc.faults import RpcError

REFERENCE = struct.Struct("<BqqQ")  # kind, account, document, made at (ms)


@dataclass
class Account:
    """A bot or a person. `dc` is its home; a bot has a token."""

    id: int
    name: str
    dc: int
    bot: bool = True
    token: str = ""
    username: str = ""
    premium: bool = False


@dataclass
class Login:
    """One log-in of an account: what all of its keys share, on every DC."""

    id: int
    account: int
    ended: str = ""  # the error that its keys get from now on, e.g. SESSION_REVOKED


@dataclass
class AuthKey:
    """An authorisation key on one DC; `login` is None until somebody logs in with it."""

    key: bytes
    dc: int
    login: int | None = None
    layer: int | None = None
    first_salt: int = 0
    made: float = field(default_factory=time.time)

    def __post_init__(self) -> None:
        self.id = key_fingerprint(self.key)


@dataclass
class Document:
    id: int
    name: str
    mime: str
    dc: int
    content: Content
    attributes: list[TLObject]
    made: int


@dataclass
class Post:
    """A message of a channel. `pts` is the channel's state when it came to be."""

    id: int
    date: int
    sender: int
    text: str = ""
    document: int | None = None
    entities: list[TLObject] = field(default_factory=list)
    markup: TLObject | None = None
    forwarded: tuple[int, int, int] | None = None  # channel, post, date
    edited: int | None = None
    pts: int = 0


@dataclass
class Channel:
    """A broadcast channel; `roles` maps an account to creator, admin or member."""

    id: int
    title: str
    username: str = ""
    roles: dict[int, str] = field(default_factory=dict)
    posts: dict[int, Post] = field(default_factory=dict)
    last_id: int = 0
    pts: int = 1
    gone: list[tuple[int, list[int]]] = field(default_factory=list)  # (pts, posts deleted)


@dataclass
class World:
    """Everything, for all data centres of one process."""

    secret: bytes = field(default_factory=lambda: secrets.token_bytes(32))
    folder: Path | None = None
    writes: bool = True  # False in a process that serves another's folder
    reference_seconds: float = 14_400.0
    part_seconds: float = 3_600.0  # how long an upload's part waits for its message
    most_parts: dict[bool, int] = field(default_factory=lambda: {False: 4000, True: 8000})
    random_ids: set[tuple[int, int]] = field(default_factory=set)
    accounts: dict[int, Account] = field(default_factory=dict)
    logins: dict[int, Login] = field(default_factory=dict)
    keys: dict[bytes, AuthKey] = field(default_factory=dict)
    channels: dict[int, Channel] = field(default_factory=dict)
    documents: dict[int, Document] = field(default_factory=dict)

    def _signature(self, *values: object) -> bytes:
        return hmac.digest(self.secret, repr(values).encode(), "sha256")

    def access_hash(self, viewer: int, kind: str, wanted: int) -> int:
        """Make the access hash of something for one account; another account's is another."""
        return int.from_bytes(self._signature(viewer, kind, wanted)[:8], "little", signed=True)

    def file_reference(self, viewer: int, document: int) -> bytes:
        """Make a reference to a document: for one account, for `reference_seconds`."""
        text = REFERENCE.pack(1, viewer, document, int(time.time() * 1000))
        return text + self._signature(text)[:8]

    def check_reference(self, reference: bytes, viewer: int, document: int) -> None:
        """Raise the FILE_REFERENCE error that a reference deserves, if any."""
        if not reference:
            raise RpcError(400, "FILE_REFERENCE_EMPTY")
        text, signature = reference[: REFERENCE.size], reference[REFERENCE.size :]
        if len(text) != REFERENCE.size or signature != self._signature(bytes(text))[:8]:
            raise RpcError(400, "FILE_REFERENCE_INVALID")
        _, made_for, made_of, made = REFERENCE.unpack(text)
        if (made_for, made_of) != (viewer, document):
            raise RpcError(400, "FILE_REFERENCE_INVALID")
        if time.time() - made / 1000 > self.reference_seconds:
            raise RpcError(400, "FILE_REFERENCE_EXPIRED")

    def salt(self, key: AuthKey, hour: int) -> int:
        """Make a key's salt of one half hour; each is good for a whole one."""
        return int.from_bytes(self._signature(key.id, hour)[:8], "little", signed=True)

    def good_salts(self, key: AuthKey) -> set[int]:
        now = int(time.time())
        salts = {self.salt(key, now // 1800), self.salt(key, now // 1800 - 1)}
        return salts | {key.first_salt} if now - key.made < 3600 else salts

    def export(self, login: int, dc: int) -> bytes:
        """Make a one-DC proof of a log-in, good for a minute."""
        text = struct.pack("<qqd", login, dc, time.time())
        return text + self._signature(text)

    def imported(self, proof: bytes, dc: int) -> int:
        """Read such a proof: the log-in it stands for; raises AUTH_BYTES_INVALID."""
        text, signature = proof[:24], proof[24:]
        if not hmac.compare_digest(signature, self._signature(bytes(text))):
            raise RpcError(400, "AUTH_BYTES_INVALID")
        login, meant_for, made = struct.unpack("<qqd", text)
        if login not in self.logins:
            self.refresh()
        if login not in self.logins or meant_for != dc or time.time() - made > 60:
            raise RpcError(400, "AUTH_BYTES_INVALID")
        return int(login)

    def log_in(self, account: Account) -> Login:
        login = Login(secrets.randbits(62), account.id)
        self.logins[login.id] = login
        return login

    def document(self, number: int) -> Document | None:
        """Find a document, also one that another process has put into the folder since."""
        if number not in self.documents:
            self.refresh()
        return self.documents.get(number)

    def refresh(self) -> None:
        """Read the folder again, in a process that does not write it."""
        if not self.writes:
            self.load()

    # -- a folder that outlives the process ------------------------------------------------

    def save(self) -> None:
        """Write everything into the folder, if there is one."""
        if self.folder is None or not self.writes:
            return
        state = {
            "secret": self.secret.hex(),
            "accounts": [vars(account) for account in self.accounts.values()],
            "logins": [vars(login) for login in self.logins.values()],
            "channels": [_saved_channel(channel) for channel in self.channels.values()],
            "documents": [_saved_document(document) for document in self.documents.values()],
        }
        _write(self.folder / "world.json", state)

    def save_keys(self, dc: int) -> None:
        """Write the keys of one DC, which only the process of that DC makes."""
        if self.folder is not None:
            keys = [_saved_key(key) for key in self.keys.values() if key.dc == dc]
            _write(self.folder / f"keys.{dc}.json", keys)

    def load(self) -> None:
        """Read what the folder has; called again when another process may have written it."""
        if self.folder is None or not (self.folder / "world.json").exists():
            return
        state = json.loads((self.folder / "world.json").read_text())
        self.secret = bytes.fromhex(state["secret"])
        self.accounts.update(_by_id(Account(**kept) for kept in state["accounts"]))
        self.logins.update(_by_id(Login(**kept) for kept in state["logins"]))
        self.channels.update(_by_id(_restored_channel(kept) for kept in state["channels"]))
        self.documents.update(_by_id(_restored_document(kept) for kept in state["documents"]))

    def load_keys(self, dc: int) -> None:
        """Read the keys of one DC."""
        if self.folder is None or not (self.folder / f"keys.{dc}.json").exists():
            return
        for kept in json.loads((self.folder / f"keys.{dc}.json").read_text()):
            key = AuthKey(**{**kept, "key": bytes.fromhex(kept["key"])})
            self.keys[key.id] = key


def document_name(attributes: Iterable[TLObject]) -> str:
    """Read a document's file name out of its attributes."""
    names = [a.file_name for a in attributes if isinstance(a, types.DocumentAttributeFilename)]
    return str(names[0]) if names else ""


def _by_id(things: Iterable[Any]) -> dict[int, Any]:
    return {thing.id: thing for thing in things}


def _write(path: Path, state: Any) -> None:
    new = path.with_name(f"{path.name}.{os.getpid()}")
    new.write_text(json.dumps(state))
    new.replace(path)


def _packed(value: TLObject) -> str:
    return bytes(value).hex()


def _unpacked(value: str) -> TLObject:
    return BinaryReader(bytes.fromhex(value)).tgread_object()


def _saved_key(key: AuthKey) -> dict[str, Any]:
    return {**{n: v for n, v in vars(key).items() if n != "id"}, "key": key.key.hex()}


def _saved_document(document: Document) -> dict[str, Any]:
    attributes = [_packed(attribute) for attribute in document.attributes]
    return {**vars(document), "content": document.content.saved(), "attributes": attributes}


def _restored_document(kept: dict[str, Any]) -> Document:
    attributes = [_unpacked(attribute) for attribute in kept["attributes"]]
    return Document(**{**kept, "content": restored(kept["content"]), "attributes": attributes})


def _saved_channel(channel: Channel) -> dict[str, Any]:
    posts = [
        {
            **vars(post),
            "entities": [_packed(entity) for entity in post.entities],
            "markup": _packed(post.markup) if post.markup else None,
        }
        for post in channel.posts.values()
    ]
    return {**vars(channel), "posts": posts}


def _restored_channel(kept: dict[str, Any]) -> Channel:
    posts = {}
    for post in kept["posts"]:
        entities = [_unpacked(entity) for entity in post["entities"]]
        markup = _unpacked(post["markup"]) if post["markup"] else None
        forwarded = tuple(post["forwarded"]) if post["forwarded"] else None
        posts[post["id"]] = Post(
            **{**post, "entities": entities, "markup": markup, "forwarded": forwarded}
        )
    roles = {int(account): role for account, role in kept["roles"].items()}
    gone = [(pts, ids) for pts, ids in kept["gone"]]
    return Channel(**{**kept, "posts": posts, "roles": roles, "gone": gone})
