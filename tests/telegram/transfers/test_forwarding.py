"""Documents that others posted: read and backed up like those put from here."""

from shadow.runtime.context import Runtime
from shadow.telegram import service as telegram
from tests.support.storages import blocks
from tests.support.telegram_dc import DataCentres, Generated, Stored
from tests.support.telegram_storage import BACKUP, LOGS
from tests.telegram.transfers.conftest import MIB
from tests.telegram.transfers.test_putting import NAME, content, posts, read


async def test_a_posted_file_is_read_and_backed_up_without_a_transfer(
    runtime: Runtime, dc: DataCentres, stored: Stored, film: Generated
) -> None:
    made = await telegram.index_message(runtime, channel=LOGS, message_id=stored.message)
    assert made is not None
    assert dc.counters.calls["upload.getFile"] == 0
    assert await read(runtime, made.key) == bytes(film.read(0, film.size))
    assert (await telegram.sweep_objects(runtime)).backed_up == 1
    assert len(posts(dc, BACKUP)) == 1


async def test_what_was_put_from_here_is_the_object_that_it_is(
    runtime: Runtime, dc: DataCentres
) -> None:
    dc.world.most_parts = {False: 4, True: 4}
    stored = await telegram.put_object(runtime, NAME, blocks(content(5 * MIB)))
    for message, _ in posts(dc, LOGS):
        found = await telegram.index_message(runtime, channel=LOGS, message_id=message)
        assert found == stored
