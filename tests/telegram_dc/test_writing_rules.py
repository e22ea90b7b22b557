"""Parts of uploads: what Telegram takes and what it refuses."""

import os
from typing import Any

import pytest
from telethon import errors, helpers
from telethon.tl import functions, types

from tests.support.telegram_dc import DataCentres
from tests.support.telegram_dc.clients import telethon_bot
from tests.telegram_dc.conftest import OTHER, Place

KIB = 1 << 10
PART = 512 * KIB


async def save(client: Any, file: int, part: int, total: int, content: bytes) -> Any:
    return await client(functions.upload.SaveBigFilePartRequest(file, part, total, content))


async def post(client: Any, place: Place, file: Any) -> Any:
    peer = await client.get_input_entity(place.channel)
    media = types.InputMediaUploadedDocument(file, "video/mp4", [])
    return await client(functions.messages.SendMediaRequest(peer, media, ""))


def new_id() -> int:
    return int(helpers.generate_random_long())


@pytest.mark.parametrize(
    ("part", "total", "size", "wanted"),
    [
        (0, 2, 0, "FILE_PART_EMPTY"),
        (0, 2, PART + KIB, "FILE_PART_TOO_BIG"),
        (0, 2, 1000, "FILE_PART_SIZE_INVALID"),
        (0, 2, 3 * KIB, "FILE_PART_SIZE_INVALID"),
        (0, -1, 1000, "FILE_PART_SIZE_INVALID"),
        (2, 2, PART, "FILE_PART_INVALID"),
        (-1, 2, PART, "FILE_PART_INVALID"),
        (0, 0, PART, "FILE_PARTS_INVALID"),
        (0, 4001, PART, "FILE_PARTS_INVALID"),
        (4000, -1, PART, "FILE_PART_INVALID"),
    ],
)
async def test_a_part_against_the_rules_is_refused(
    dc: DataCentres, client: Any, part: int, total: int, size: int, wanted: str
) -> None:
    with pytest.raises(errors.BadRequestError):
        await save(client, new_id(), part, total, bytes(size))
    assert dc.counters.errors[wanted] == 1


async def test_parts_may_come_in_any_order_with_the_total_unknown_until_the_last(
    dc: DataCentres, client: Any, place: Place
) -> None:
    file, content = new_id(), os.urandom(5 * PART + 333)
    for part in (3, 0, 4, 2, 1):
        await save(client, file, part, -1, content[part * PART : (part + 1) * PART])
    await save(client, file, 5, 6, content[5 * PART :])
    sent = await post(client, place, types.InputFileBig(file, 6, "film.mp4"))
    message = sent.updates[0].id
    assert dc.content(place.channel, message).read(0, 6 * PART) == content
    assert dc.counters.parts[file] == 6


async def test_a_missing_part_is_named_and_may_be_sent_again(
    dc: DataCentres, client: Any, place: Place
) -> None:
    file, content = new_id(), os.urandom(3 * PART)
    dc.faults.lost_parts.add(1)
    for part in range(3):
        await save(client, file, part, 3, content[part * PART : (part + 1) * PART])
    with pytest.raises(errors.FilePartMissingError) as refused:
        await post(client, place, types.InputFileBig(file, 3, "film.mp4"))
    assert refused.value.which == 1
    await save(client, file, 1, 3, content[PART : 2 * PART])
    sent = await post(client, place, types.InputFileBig(file, 3, "film.mp4"))
    assert dc.content(place.channel, sent.updates[0].id).read(0, 4 * PART) == content


async def test_parts_end_with_time_and_with_the_account(
    dc: DataCentres, client: Any, place: Place
) -> None:
    dc.set_role(place.channel, dc.add_bot(OTHER), "admin")
    file = new_id()
    await save(client, file, 0, 1, bytes(PART))
    async with telethon_bot(dc, OTHER) as other:
        with pytest.raises(errors.FilePart0MissingError):
            await post(other, place, types.InputFileBig(file, 1, "film.mp4"))
    dc.world.part_seconds = 0.0
    with pytest.raises(errors.FilePart0MissingError):
        await post(client, place, types.InputFileBig(file, 1, "film.mp4"))


async def test_parts_of_one_file_have_one_length(client: Any, place: Place) -> None:
    file = new_id()
    await save(client, file, 0, 3, bytes(PART))
    with pytest.raises(errors.FilePartSizeChangedError):
        await save(client, file, 1, 3, bytes(PART // 2))


async def test_a_small_file_is_checked_when_it_is_sent(
    dc: DataCentres, client: Any, place: Place
) -> None:
    async def small(sizes: list[int], checksum: str, parts: int) -> Any:
        file = new_id()
        for number, size in enumerate(sizes):
            request = functions.upload.SaveFilePartRequest(file, number, bytes(size))
            await client(request)
        return await post(client, place, types.InputFile(file, parts, "a.bin", checksum))

    with pytest.raises(errors.Md5ChecksumInvalidError):
        await small([PART, 10], "0" * 32, 2)
    with pytest.raises(errors.FilePartSizeInvalidError):
        await small([1000, 1000], "", 2)
    with pytest.raises(errors.FilePartsInvalidError):
        await small([PART], "", 0)
    with pytest.raises(errors.FilePartsInvalidError):
        await small([PART] * 21, "", 21)  # above 10 MiB it has to be a big file
    assert (await small([PART, 10], "", 2)).updates[0].id == place.far.message + 1


async def test_the_limit_of_parts_is_in_the_app_config(dc: DataCentres, client: Any) -> None:
    dc.world.most_parts = {False: 3, True: 6}
    config = await client(functions.help.GetAppConfigRequest(0))
    values = {pair.key: pair.value.value for pair in config.config.value}
    assert values["upload_max_fileparts_default"] == 3
    assert values["upload_max_fileparts_premium"] == 6
    with pytest.raises(errors.FilePartsInvalidError):
        await save(client, new_id(), 0, 4, bytes(PART))
