"""What streaming can do beside progress: find a file's bytes, sign and check links to them."""

import hashlib
import hmac
import os
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from shadow.catalog.models import File
from shadow.catalog.service import FileBytes, has_good_copy
from shadow.kit.content_disposition import content_disposition
from shadow.kit.ids import is_public_id
from shadow.kit.media_types import media_type
from shadow.runtime.context import Runtime
from shadow.streaming.capabilities import Capabilities
from shadow.streaming.decision import Decision, Known, decide
from shadow.streaming.errors import FileMissing
from shadow.streaming.gateway import secrets
from shadow.streaming.gateway.purging import Purged, purge
from shadow.streaming.gateway.settings import GatewaySettings
from shadow.streaming.media import Record, Wish, displayed_size
from shadow.streaming.settings import StreamingSettings
from shadow.streaming.signing import check_link, sign_link

__all__ = [
    "Capabilities",
    "Decision",
    "GatewaySettings",
    "Known",
    "Purged",
    "Record",
    "StoredFile",
    "StreamingSettings",
    "Wish",
    "check_file_link",
    "decide",
    "displayed_size",
    "gateway_secrets",
    "link_secret",
    "locate_file",
    "public_link",
    "purge",
    "sign_file",
    "stream_uri",
]
FILE_BYTES = (File.id, File.storage, File.path, File.size, File.mtime_ns)


@dataclass(frozen=True, slots=True)
class StoredFile:
    """Where a file's bytes are and how they are to be labelled."""

    bytes: FileBytes
    media_type: str
    disposition: str


async def locate_file(session: AsyncSession, *, file_id: str) -> StoredFile:
    """Return where the bytes of a catalogued file are.

    Raises:
        FileMissing: there is no such file, or it is not where it was and has no good copy.
    """
    found = None
    if is_public_id(file_id):
        query = select(*FILE_BYTES, File.container, File.state).where(File.public_id == file_id)
        found = (await session.execute(query)).one_or_none()
    if found is None:
        raise FileMissing("There is no such file.")
    place = FileBytes(found.id, found.storage, found.path, found.size, found.mtime_ns)
    if found.state == "removed" or (
        found.state == "missing" and not await has_good_copy(session, place.id)
    ):
        raise FileMissing("The file is no longer in its library folder. Scan the library again.")
    name = os.fsdecode(place.key.rpartition(b"/")[2])
    return StoredFile(
        bytes=place,
        media_type=media_type(name, found.container),
        disposition=content_disposition(name),
    )


def stream_uri(file_id: str) -> str:
    """Return the path under which a file is streamed and signed."""
    return f"/stream/{file_id}"


def link_secret(settings: StreamingSettings, secret_key: bytes) -> str:
    """Return the secret of signed links: the setting, or one derived from the secret key."""
    given = settings.secure_link_secret.get_secret_value()
    return given or hmac.new(secret_key, b"shadow secure_link", hashlib.sha256).hexdigest()


def gateway_secrets(secret_key: bytes) -> tuple[str, str, str]:
    """Return the name of the header by which nginx is known, and its values.

    The first goes with requests of people, the second with nginx's own: see `gateway.secrets`.
    """
    return secrets.HEADER, secrets.asks(secret_key), secrets.fetches(secret_key)


async def sign_file(
    session: AsyncSession, *, file_id: str, settings: StreamingSettings, secret: str, now: datetime
) -> str:
    """Return a link to the file that works without credentials until it expires.

    Raises:
        FileMissing: there is no such file.
    """
    await locate_file(session, file_id=file_id)
    expires = int((now + timedelta(hours=settings.link_hours)).timestamp())
    return sign_link(stream_uri(file_id), expires=expires, secret=secret)


def public_link(runtime: Runtime, file_id: str) -> str | None:
    """Return a signed link with the address that people use; None where the settings name none.

    Whether there is such a file is not looked at.
    """
    public = runtime.settings.core.public_url
    if not public:
        return None
    settings = runtime.settings.group(StreamingSettings)
    expires = int((runtime.clock() + timedelta(hours=settings.link_hours)).timestamp())
    secret = link_secret(settings, runtime.secret_key)
    return public + sign_link(stream_uri(file_id), expires=expires, secret=secret)


def check_file_link(file_id: str, query: str, *, secret: str, now: datetime) -> None:
    """Return when a raw query string holds a signature that opens this file now.

    Raises:
        LinkInvalid, LinkExpired.
    """
    check_link(stream_uri(file_id), query, secret=secret, now=now.timestamp())
