"""`upload.getFile` is refused whatever core.telegram.org/api/files forbids."""

from hashlib import sha256
from typing import Any

import pytest
from telethon import errors
from telethon.tl.functions.upload import GetFileHashesRequest, GetFileRequest
from telethon.tl.types import InputDocumentFileLocation, InputPhotoFileLocation

from tests.support.telegram_dc import DataCentres
from tests.support.telegram_dc.clients import telethon_bot
from tests.telegram_dc.conftest import FILM, OTHER, Location, Place

KIB, MIB = 1 << 10, 1 << 20
GOOD = [
    (0, MIB, False), (0, 4 * KIB, False), (4 * KIB, 4 * KIB, False), (MIB, MIB, False),
    (MIB - 4 * KIB, 4 * KIB, False), (512 * KIB, 512 * KIB, False), (3 * MIB, MIB, False),
    (4 * MIB, MIB, False), (4 * KIB, 64 * KIB, False),
    (KIB, KIB, True), (KIB, MIB - KIB, True), (3 * KIB, 5 * KIB, True), (0, MIB, True),
]  # fmt: skip
BAD = [
    (1, 4 * KIB, False, "OFFSET"), (KIB, 4 * KIB, False, "OFFSET"), (-4096, 4096, False, "OFFSET"),
    (512, KIB, True, "OFFSET"),
    (0, 0, False, "LIMIT"), (0, -4096, False, "LIMIT"), (0, KIB, False, "LIMIT"),
    (0, 12 * KIB, False, "LIMIT"), (0, 2 * MIB, False, "LIMIT"), (4 * KIB, MIB, False, "LIMIT"),
    (983_040, 131_072, False, "LIMIT"), (MIB - 4 * KIB, 8 * KIB, False, "LIMIT"),
    (0, 1000, True, "LIMIT"), (0, MIB + KIB, True, "LIMIT"), (KIB, MIB, True, "LIMIT"),
]  # fmt: skip


async def test_what_the_rules_allow_is_answered_exactly(
    client: Any, place: Place, location: Location
) -> None:
    at = await location(client, place.film)
    for offset, limit, precise in GOOD:
        got = await client(GetFileRequest(at, offset, limit, precise=precise))
        assert got.bytes == FILM.read(offset, limit), (offset, limit, precise)


async def test_what_the_rules_forbid_is_refused(
    client: Any, place: Place, location: Location
) -> None:
    at = await location(client, place.film)
    for offset, limit, precise, what in BAD:
        wanted = {"OFFSET": errors.OffsetInvalidError, "LIMIT": errors.LimitInvalidError}[what]
        with pytest.raises(wanted):
            await client(GetFileRequest(at, offset, limit, precise=precise))
            raise AssertionError((offset, limit, precise))


async def test_a_location_of_another_account_or_none_at_all_is_refused(
    dc: DataCentres, client: Any, place: Place, location: Location
) -> None:
    dc.set_role(place.channel, dc.add_bot(OTHER), "member")
    mine = await location(client, place.film)
    async with telethon_bot(dc, OTHER) as other:
        theirs = await location(other, place.film)
    assert (mine.id, mine.access_hash) == (theirs.id, mine.access_hash)
    assert mine.access_hash != theirs.access_hash
    made = InputDocumentFileLocation
    for at, wanted in [
        (theirs, errors.LocationInvalidError),
        (made(mine.id, mine.access_hash, theirs.file_reference, ""), "FILE_REFERENCE_INVALID"),
        (made(mine.id, mine.access_hash, b"", ""), "FILE_REFERENCE_EMPTY"),
        (made(mine.id, mine.access_hash, bytes(40), ""), "FILE_REFERENCE_INVALID"),
        (made(mine.id + 1, mine.access_hash, mine.file_reference, ""), errors.FileIdInvalidError),
        (made(mine.id, mine.access_hash, mine.file_reference, "m"), errors.LocationInvalidError),
        (InputPhotoFileLocation(1, 1, b"", ""), errors.LocationInvalidError),
    ]:
        with pytest.raises(errors.RPCError) as refused:
            await client(GetFileRequest(at, 0, 4096))
        if isinstance(wanted, str):
            assert wanted in dc.counters.errors
            assert wanted.replace("_", "").lower() in type(refused.value).__name__.lower()
        else:
            assert isinstance(refused.value, wanted)


async def test_a_reference_ends_with_time_and_a_fresh_one_of_the_same_document_goes_on(
    dc: DataCentres, client: Any, place: Place, location: Location
) -> None:
    dc.world.reference_seconds = 0.3
    old = await location(client, place.film)
    answered = 0
    with pytest.raises(errors.FileReferenceExpiredError):
        while True:
            await client(GetFileRequest(old, 0, 4096))
            answered += 1
    assert answered
    dc.world.reference_seconds = 5.0
    fresh = await location(client, place.film)
    assert fresh.id == old.id
    assert fresh.file_reference != old.file_reference
    assert (await client(GetFileRequest(fresh, 4096, 4096))).bytes == FILM.read(4096, 4096)


async def test_the_wrong_dc_names_the_right_one(
    client: Any, place: Place, location: Location
) -> None:
    at = await location(client, place.far)
    with pytest.raises(errors.FileMigrateError) as refused:
        await client._sender.send(GetFileRequest(at, 0, 4096))
    assert refused.value.new_dc == 1


async def test_hashes_are_those_of_the_bytes(client: Any, place: Place, location: Location) -> None:
    at = await location(client, place.film)
    hashes = await client(GetFileHashesRequest(at, 3 << 20))
    assert [(one.offset, one.limit) for one in hashes] == [(3 << 20, 77)]
    assert hashes[0].hash == sha256(FILM.read(3 << 20, 77)).digest()
