"""Accounts of people carry files too, those with Telegram Premium longer ones."""

from typing import Any

import pytest

from shadow.runtime.context import Runtime
from shadow.telegram import service as telegram
from tests.support.storages import blocks
from tests.support.telegram_dc import DataCentres
from tests.support.telegram_storage import BACKUP, LOGS, telegram_settings
from tests.telegram.transfers.test_putting import KEY, NAME, PART, content, parts, posts, read


@pytest.fixture
def given_settings(dc: DataCentres) -> dict[str, Any]:
    dc.world.most_parts = {False: 2, True: 6}
    person = dc.add_user(555, premium=True)
    for channel in (LOGS, BACKUP):
        dc.set_role(channel, person, "creator")
        dc.put_document(channel, b"x", "a dialog has a message")
    given = {**telegram_settings(dc, ()), "worker_sessions": dc.session_string(person)}
    return {"telegram": given}


async def test_a_person_puts_reads_and_deletes(runtime: Runtime, dc: DataCentres) -> None:
    film = content(7 * PART + 7)
    await telegram.put_object(runtime, NAME, blocks(film))
    assert await read(runtime) == film
    assert [part.size for part in await parts(runtime)] == [6 * PART, PART + 7]
    assert len(posts(dc, BACKUP)) == 1 + 2
    await telegram.delete_object(runtime, KEY)
    assert len(posts(dc, LOGS)) == len(posts(dc, BACKUP)) == 1
