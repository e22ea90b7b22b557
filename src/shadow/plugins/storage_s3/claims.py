"""Who may finish an upload under a name, where several want to at once.

S3 can refuse to overwrite when an object is sent in one piece. The client cannot ask for that when
it is sent in parts, as films are. So who has sent all parts first makes a small object, which only
one can make, looks whether the name is still free, finishes, and removes it. The holder renews it;
one that is no longer renewed belongs to somebody who died, and may be taken over.
"""

import asyncio
import contextlib
import hashlib
import secrets
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final

import obstore
from obstore.exceptions import AlreadyExistsError, NotFoundError, PreconditionError
from obstore.store import S3Store

from shadow.plugins.storage_s3.failures import Failures, lacks_conditions, understood
from shadow.storage.service import RESERVED

FOLDER: Final = f"{RESERVED}claims"
RENEW_SECONDS: Final = 5.0
LAPSE_SECONDS: Final = 20.0
LOOK_SECONDS: Final = 0.5


@asynccontextmanager
async def claimed(store: S3Store, path: str) -> AsyncIterator[None]:
    """Hold the only right to finish an upload under a path; waits while somebody else holds it.

    Where the service knows no conditional writes there is no such right, and nothing to wait for.

    Raises:
        StorageUnavailable.
    """
    place = f"{FOLDER}/{hashlib.sha256(path.encode()).hexdigest()[:40]}"
    mark = await _make(store, place)
    if mark is None:
        yield
        return
    holding = asyncio.ensure_future(_renew(store, place, mark))
    try:
        yield
    finally:
        holding.cancel()
        await asyncio.wait({holding})
        with contextlib.suppress(*Failures):  # it lapses by itself
            await obstore.delete_async(store, place)


async def _make(store: S3Store, place: str) -> str | None:
    """Return the mark of a claim that is ours now; None where the service cannot do that."""
    seen, since = "", time.monotonic()
    while True:
        try:
            made = await obstore.put_async(store, place, _fresh(), mode="create")
        except AlreadyExistsError:
            pass
        except Failures as error:
            if lacks_conditions(error):
                return None
            raise understood(error) from error
        else:
            return made["e_tag"]
        mark = await _mark(store, place)
        if mark != seen:
            seen, since = mark, time.monotonic()
        elif mark and time.monotonic() - since > LAPSE_SECONDS:
            with contextlib.suppress(PreconditionError, NotFoundError, FileNotFoundError):
                taken = await obstore.put_async(store, place, _fresh(), mode={"e_tag": mark})
                return taken["e_tag"]
        await asyncio.sleep(LOOK_SECONDS)


async def _mark(store: S3Store, place: str) -> str:
    try:
        return (await obstore.head_async(store, place))["e_tag"] or ""
    except (NotFoundError, FileNotFoundError):
        return ""
    except Failures as error:
        raise understood(error) from error


async def _renew(store: S3Store, place: str, mark: str) -> None:
    with contextlib.suppress(*Failures):  # then it lapses, and another may be quicker
        while True:
            await asyncio.sleep(RENEW_SECONDS)
            renewed = await obstore.put_async(store, place, _fresh(), mode={"e_tag": mark})
            mark = renewed["e_tag"] or ""


def _fresh() -> bytes:
    return secrets.token_bytes(16)
