"""What every mirror promises, against local servers that speak the hosts' APIs."""

import asyncio
import random
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass
from typing import Any

import pytest

from shadow.ingest.ports import (
    FindsUploads,
    Mirror,
    RemoteUpload,
    SourceRefused,
    SourceUnavailable,
)
from shadow.plugins import mirror_gofile, mirror_pixeldrain, mirror_streamtape
from shadow.plugins.mirror_gofile.mirror import GofileMirror
from shadow.plugins.mirror_gofile.settings import GofileMirrorSettings
from shadow.plugins.mirror_pixeldrain.mirror import LARGEST, PixeldrainMirror
from shadow.plugins.mirror_streamtape.mirror import StreamtapeMirror
from shadow.plugins.mirror_streamtape.settings import StreamtapeSettings
from shadow.runtime.plugins import PluginOff
from shadow.storage.errors import ObjectMissing, StorageUnavailable
from shadow.storage.ports import ObjectFacts, ReadableMirror
from tests.support.copied_files import MemoryMirror
from tests.support.hosting import hosting
from tests.support.hosts.gofile import PAYING
from tests.support.hosts.gofile_uploads import gofile_account
from tests.support.hosts.pixeldrain_uploads import KEY, pixeldrain_account
from tests.support.hosts.streamtape import KEY as TAPE_KEY
from tests.support.hosts.streamtape import LOGIN, streamtape
from tests.support.memory_storage import MemoryStorage
from tests.support.sources import Told, clients
from tests.support.storages import read_all
from tests.support.wire import plain

CONTENT = random.Random(9).randbytes(3_000_001)
NAME = "Métropolis “1927” (a & b).mkv"


@dataclass
class Hosted:
    """A mirror, its server, and what is kept there by id."""

    mirror: Mirror
    server: Any
    kept: Callable[[], dict[str, tuple[str, bytes]]]


async def _gofile(stack: AsyncExitStack) -> Hosted:
    server = await stack.enter_async_context(gofile_account())
    settings = GofileMirrorSettings(
        token=PAYING, folder="f-1", url=server.url, upload_url=server.upload_url
    )
    client = await stack.enter_async_context(clients().client(base_url=f"{server.url}/"))
    return Hosted(
        GofileMirror(client, settings), server,
        lambda: {key: held[:2] for key, held in server.kept.items()},
    )  # fmt: skip


async def _pixeldrain(stack: AsyncExitStack) -> Hosted:
    server = await stack.enter_async_context(pixeldrain_account())
    http, base = clients(), f"{server.url}/"
    api = await stack.enter_async_context(http.client(base_url=base))
    files = await stack.enter_async_context(http.client(base_url=base, max_bytes=LARGEST))
    mirror = PixeldrainMirror(api, files, key=KEY, url=server.url)
    return Hosted(
        mirror, server, lambda: {key: (k.name, k.content) for key, k in server.files.items()}
    )


async def _streamtape(stack: AsyncExitStack) -> Hosted:
    server = await stack.enter_async_context(streamtape())
    settings = StreamtapeSettings(
        login=LOGIN, key=TAPE_KEY, url=server.url, poll_seconds=0.01, stalled_seconds=30
    )
    client = await stack.enter_async_context(clients().client(base_url=f"{server.url}/"))
    return Hosted(StreamtapeMirror(client, settings), server, lambda: dict(server.files))


async def _memory(stack: AsyncExitStack) -> Hosted:
    mirror = MemoryMirror("memory")

    def kept() -> dict[str, tuple[str, bytes]]:
        ids = mirror.held.objects
        return {k.decode(): (NAME, content) for k, (content, _) in ids.items()}

    return Hosted(mirror, None, kept)


MAKERS = {
    "gofile": _gofile, "memory": _memory, "pixeldrain": _pixeldrain, "streamtape": _streamtape,
}  # fmt: skip
HOSTS = [name for name in MAKERS if name != "memory"]


@pytest.fixture
async def hosted(request: pytest.FixtureRequest) -> AsyncIterator[Hosted]:
    async with AsyncExitStack() as stack:
        yield await MAKERS[request.param](stack)


every = pytest.mark.parametrize("hosted", MAKERS, indirect=True)
every_host = pytest.mark.parametrize("hosted", HOSTS, indirect=True)


class CountingReader:
    """An object that tells how much was asked of it at once."""

    def __init__(self, content: bytes) -> None:
        self._content = content
        self.facts = ObjectFacts(len(content), 1)
        self.largest = 0
        self.fails_at: int | None = None

    async def read(self, offset: int, length: int) -> bytes:
        self.largest = max(self.largest, length)
        if self.fails_at is not None and offset >= self.fails_at:
            raise StorageUnavailable("The disk is away.")
        return self._content[offset : offset + length]

    async def close(self) -> None:
        """Nothing is open."""


@every
def test_it_fills_the_port(hosted: Hosted) -> None:
    assert isinstance(hosted.mirror, Mirror)
    assert hosted.mirror.name.isidentifier()


@every
async def test_what_is_uploaded_is_kept_whole_and_goes_when_told(hosted: Hosted) -> None:
    reader, told = CountingReader(CONTENT), Told()
    copy = await hosted.mirror.upload(reader, NAME, told)
    assert hosted.kept()[copy.id][1] == CONTENT
    assert told.most_done == len(CONTENT)
    assert reader.largest <= 1 << 20, "a file is never held whole"
    assert await hosted.mirror.exists(copy.id)
    await hosted.mirror.remove(copy.id)
    assert hosted.kept() == {}
    assert not await hosted.mirror.exists(copy.id)
    await hosted.mirror.remove(copy.id)


@every_host
async def test_it_keeps_its_name_as_far_as_disks_allow(hosted: Hosted) -> None:
    copy = await hosted.mirror.upload(CountingReader(b"x"), NAME, Told())
    assert hosted.kept()[copy.id][0] == NAME
    assert copy.url is None or copy.url.startswith(("https://", "http://127.0.0.1"))
    hostile = '../a"b\r\nX-Evil: 1.mkv'
    copy = await hosted.mirror.upload(CountingReader(b"x"), hostile, Told())
    assert hosted.kept()[copy.id][0] == "_a_b  X-Evil_ 1.mkv"


@every
async def test_a_file_that_cannot_be_read_is_not_uploaded(hosted: Hosted) -> None:
    reader = CountingReader(CONTENT)
    reader.fails_at = 2 << 20
    with pytest.raises((StorageUnavailable, SourceUnavailable)):
        await hosted.mirror.upload(reader, NAME, Told())
    assert hosted.kept() == {}


@every_host
async def test_a_host_that_asks_for_a_pause_gets_it(hosted: Hosted) -> None:
    for ask in (
        lambda: hosted.mirror.upload(CountingReader(b"x"), NAME, Told()),
        lambda: hosted.mirror.exists("some"),
        lambda: hosted.mirror.remove("some"),
    ):
        hosted.server.faults.append(plain(429, Retry_After="37"))
        with pytest.raises(SourceUnavailable) as raised:
            await ask()
        assert raised.value.retry_after == 38


@every_host
@pytest.mark.parametrize(
    "answer", [plain(503), plain(200, b"<html>no</html>"), plain(200, b"[]"), plain(200, b"{}")]
)
async def test_nonsense_is_no_copy(hosted: Hosted, answer: bytes) -> None:
    hosted.server.faults.append(answer)
    with pytest.raises((SourceUnavailable, SourceRefused)):
        await hosted.mirror.upload(CountingReader(b"x"), NAME, Told())


@pytest.mark.parametrize("hosted", ["gofile"], indirect=True)
async def test_gofile_keeping_something_else_is_seen_and_deleted(hosted: Hosted) -> None:
    hosted.server.spoils = True
    with pytest.raises(SourceUnavailable, match="something else"):
        await hosted.mirror.upload(CountingReader(CONTENT), NAME, Told())
    assert hosted.kept() == {}


@pytest.mark.parametrize("hosted", ["gofile"], indirect=True)
async def test_gofile_gets_files_into_the_chosen_folder(hosted: Hosted) -> None:
    copy = await hosted.mirror.upload(CountingReader(b"x"), NAME, Told())
    assert hosted.server.kept[copy.id][2] == "f-1"


@pytest.mark.parametrize("hosted", ["gofile"], indirect=True)
async def test_gofiles_own_word_for_a_pause_is_understood(hosted: Hosted) -> None:
    hosted.server.faults.append(plain(200, b'{"status":"error-rateLimit","data":{}}'))
    with pytest.raises(SourceUnavailable) as raised:
        await hosted.mirror.exists("up-1")
    assert raised.value.retry_after == 5


@pytest.mark.parametrize("hosted", ["pixeldrain"], indirect=True)
async def test_pixeldrains_copies_are_read_back_by_range(hosted: Hosted) -> None:
    mirror = hosted.mirror
    assert isinstance(mirror, ReadableMirror)
    copy = await mirror.upload(CountingReader(CONTENT), NAME, Told())
    reader = await mirror.open(copy.id)
    assert reader.facts.size == len(CONTENT)
    assert bytes(await reader.read(1_000_000, 5)) == CONTENT[1_000_000:1_000_005]
    assert await read_all(reader) == CONTENT
    with pytest.raises(ObjectMissing):
        await mirror.open("nothing")


@pytest.mark.parametrize("hosted", ["pixeldrain"], indirect=True)
async def test_pixeldrain_that_sends_another_range_is_not_believed(hosted: Hosted) -> None:
    mirror = hosted.mirror
    assert isinstance(mirror, ReadableMirror)
    copy = await mirror.upload(CountingReader(CONTENT), NAME, Told())
    reader = await mirror.open(copy.id)
    hosted.server.faults.append(plain(206, b"12345", Content_Range="bytes 0-4/3000001"))
    with pytest.raises(StorageUnavailable):
        await reader.read(1_000_000, 5)
    await reader.close()


@pytest.mark.parametrize("hosted", ["pixeldrain"], indirect=True)
async def test_pixeldrain_tells_what_was_uploaded_and_not_written_down(hosted: Hosted) -> None:
    mirror, sha = hosted.mirror, hosted.server._described
    assert isinstance(mirror, FindsUploads)
    copy = await mirror.upload(CountingReader(CONTENT), NAME, Told())
    sha256 = sha(copy.id)["hash_sha256"]
    assert await mirror.find(NAME, size=len(CONTENT), sha256=sha256) == copy
    assert await mirror.find(NAME, size=len(CONTENT), sha256="0" * 64) is None
    assert await mirror.find("other.mkv", size=len(CONTENT), sha256=sha256) is None
    hosted.server.faults.append(plain(500))
    assert await mirror.find(NAME, size=len(CONTENT), sha256=sha256) is None


@pytest.mark.parametrize("hosted", ["pixeldrain"], indirect=True)
async def test_a_wrong_key_is_told_by_the_name_of_its_setting(hosted: Hosted) -> None:
    hosted.mirror._headers = {}  # type: ignore[attr-defined]  # as a wrong key has it
    with pytest.raises(SourceRefused, match="SHADOW_MIRROR_PIXELDRAIN__KEY"):
        await hosted.mirror.upload(CountingReader(b"x"), NAME, Told())


@pytest.mark.parametrize("hosted", ["streamtape"], indirect=True)
async def test_streamtape_fetches_an_address_itself(hosted: Hosted) -> None:
    mirror, told = hosted.mirror, Told()
    assert isinstance(mirror, RemoteUpload)
    async with hosting({"film.mkv": CONTENT}) as host:
        copy = await mirror.upload_from(host.url("film.mkv?md5=a%26b&expires=1"), NAME, told)
    assert hosted.kept()[copy.id] == (NAME, CONTENT)
    assert copy.url == f"https://streamtape.example/v/{copy.id}"
    assert told.seen == {"bytes_done": 10, "bytes_total": 20}
    (order,) = hosted.server.orders.values()
    assert order.url.endswith("film.mkv?md5=a%26b&expires=1"), "nothing of it was lost"


@pytest.mark.parametrize("hosted", ["streamtape"], indirect=True)
async def test_streamtape_that_cannot_fetch_says_so_and_forgets_it(hosted: Hosted) -> None:
    mirror = hosted.mirror
    assert isinstance(mirror, RemoteUpload)
    async with hosting({}) as host:
        with pytest.raises(SourceRefused, match="could not fetch"):
            await mirror.upload_from(host.url("film.mkv"), NAME, Told())
    assert hosted.server.orders == {}


@pytest.mark.parametrize("hosted", ["streamtape"], indirect=True)
async def test_a_cancelled_order_is_taken_back(hosted: Hosted) -> None:
    mirror = hosted.mirror
    assert isinstance(mirror, RemoteUpload)
    hosted.server.looks = 1_000_000
    begun = asyncio.Event()

    def report(**_: Any) -> None:
        begun.set()

    ordering = asyncio.create_task(mirror.upload_from("http://192.0.2.1/x", NAME, report))
    await asyncio.wait_for(begun.wait(), 10)
    ordering.cancel()
    await asyncio.wait({ordering})
    assert hosted.server.orders == {}


@pytest.mark.parametrize("hosted", ["streamtape"], indirect=True)
async def test_no_address_with_credentials_gets_into_an_error(hosted: Hosted) -> None:
    for answer in (plain(500), plain(200, b"no"), plain(429), plain(403, b"{}")):
        hosted.server.faults.append(answer)
        with pytest.raises((SourceUnavailable, SourceRefused)) as raised:
            await hosted.mirror.exists("file1")
        assert LOGIN not in raised.value.detail
        assert "odd" not in raised.value.detail


@pytest.mark.parametrize(
    "plugin", [mirror_gofile.PLUGIN, mirror_pixeldrain.PLUGIN, mirror_streamtape.PLUGIN]
)
async def test_without_an_account_it_is_off(plugin: Any, runtime: Any) -> None:
    mirrors = {one.name: one.state for one in runtime.plugins.statuses if one.port == "mirror"}
    assert mirrors[plugin.name] == "off"
    with pytest.raises(PluginOff, match="SHADOW_MIRROR_"):
        async with plugin.build(runtime):
            raise AssertionError("it was built")


def test_the_memory_storage_behind_the_fake_is_the_contract_tested_one() -> None:
    assert isinstance(MemoryMirror().held, MemoryStorage)
