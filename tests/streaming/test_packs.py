"""Season packs: right bytes, a right length told ahead, little memory, from wherever files are."""

import asyncio
import io
import zipfile
from pathlib import Path
from typing import Any

import httpx
import libarchive
import pytest
from sqlalchemy import select, update
from tests.support.copied_files import FragileStorage, copied, plug
from tests.support.library import Library

from shadow.catalog.models import File, Title
from shadow.kit.zip_frames import zip_length
from shadow.runtime.context import Runtime
from shadow.storage.service import sha256_of
from shadow.streaming.packs.choosing import Pack, season_pack
from shadow.streaming.packs.sending import BLOCK, PackResponse

FOLDER = "Ünder the Sea (2001)"
NAMES = [f"Ünder the Sea S01E0{number}.mp4" for number in (1, 2, 3)]


@pytest.fixture
def given_settings() -> dict[str, Any]:
    return {"hls": {"previews": "off", "index_after_scan": False}}


@pytest.fixture
async def library(runtime: Runtime, tmp_path: Path) -> Library:
    """A series of two seasons; the first has a second version of its first episode."""
    place = tmp_path / "library"
    place.mkdir()
    found = Library(runtime, place)
    for name in NAMES:
        found.put(f"{FOLDER}/Season 01/{name}")
    found.put(f"{FOLDER}/Season 01/UHD/{NAMES[0]}")
    found.put(f"{FOLDER}/Season 02/Ünder the Sea S02E01.mp4")
    await found.scan()
    return found


@pytest.fixture
async def title_id(runtime: Runtime, library: Library) -> str:
    async with runtime.database.session() as session:
        (found,) = await session.scalars(select(Title.public_id).where(Title.kind == "show"))
    return found


def held(library: Library) -> dict[str, bytes]:
    """What the first season's pack must hold."""
    top = f"{FOLDER} - Season 01"
    season = library.place / FOLDER / "Season 01"
    first = [(season / NAMES[0]).read_bytes(), (season / "UHD" / NAMES[0]).read_bytes()]
    names = [f"{top}/{NAMES[0]}", f"{top}/{NAMES[0][:-4]} (2).mp4"]
    rest = {f"{top}/{name}": (season / name).read_bytes() for name in NAMES[1:]}
    return dict(zip(names, first, strict=True)) | rest


def unzipped(content: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        assert archive.testzip() is None
        return {one.filename: archive.read(one) for one in archive.infolist()}


async def test_a_season_comes_as_a_zip_of_the_length_that_was_told(
    client: httpx.AsyncClient, library: Library, title_id: str
) -> None:
    url = f"/api/titles/{title_id}/seasons/1/pack.zip"
    head = await client.head(url)
    answer = await client.get(url)
    assert answer.status_code == head.status_code == 200
    assert (head.content, head.headers) == (b"", head.headers)
    for one in (head, answer):
        assert int(one.headers["content-length"]) == len(answer.content)
        assert one.headers["content-type"] == "application/zip"
    shown = answer.headers["content-disposition"]
    assert shown.startswith('attachment; filename="Under the Sea (2001) - Season 01.zip"')
    packed = unzipped(answer.content)
    assert sorted(packed.values()) == sorted(held(library).values())
    assert packed.keys() == held(library).keys()


async def test_a_season_comes_as_7z_where_that_is_asked_for(
    client: httpx.AsyncClient, library: Library, title_id: str
) -> None:
    answer = await client.get(f"/api/titles/{title_id}/seasons/1/pack.7z")
    assert int(answer.headers["content-length"]) == len(answer.content)
    assert answer.headers["content-type"] == "application/x-7z-compressed"
    with libarchive.memory_reader(answer.content) as archive:
        packed = {one.pathname: b"".join(one.get_blocks()) for one in archive}
    assert packed == unzipped(
        (await client.get(f"/api/titles/{title_id}/seasons/1/pack.zip")).content
    )


async def test_what_there_is_no_pack_of(
    client: httpx.AsyncClient, library: Library, title_id: str
) -> None:
    for path, status, code in (
        (f"{title_id}/seasons/9/pack.zip", 404, "streaming.season_empty"),
        ("Zz3dE9x/seasons/1/pack.zip", 404, "streaming.title_missing"),
        (f"{title_id}/seasons/1/pack.rar", 422, None),
        (f"{title_id}/seasons/-1/pack.zip", 422, None),
    ):
        answer = await client.get(f"/api/titles/{path}")
        assert answer.status_code == status, path
        assert code is None or answer.json()["code"] == code


async def test_who_may_not_stream_gets_no_pack(
    anonymous: httpx.AsyncClient, library: Library, title_id: str
) -> None:
    answer = await anonymous.get(f"/api/titles/{title_id}/seasons/1/pack.zip")
    assert answer.status_code == 401


async def test_a_file_that_is_gone_is_an_error_and_no_half_archive(
    client: httpx.AsyncClient, library: Library, title_id: str
) -> None:
    (library.place / FOLDER / "Season 01" / NAMES[1]).unlink()
    answer = await client.get(f"/api/titles/{title_id}/seasons/1/pack.zip")
    assert (answer.status_code, answer.json()["code"]) == (404, "storage.object_missing")
    library.put(f"{FOLDER}/Season 01/{NAMES[1]}", b"something else")
    answer = await client.get(f"/api/titles/{title_id}/seasons/1/pack.zip")
    assert (answer.status_code, answer.json()["code"]) == (409, "storage.object_changed")


async def test_a_file_that_is_gone_comes_from_its_copy(
    runtime: Runtime, client: httpx.AsyncClient, library: Library, title_id: str
) -> None:
    expected = held(library)
    path = library.place / FOLDER / "Season 01" / NAMES[1]
    second = FragileStorage("second")
    plug(runtime, "storage", second)
    second.hold(b"copy", path.read_bytes())
    await _with_copy(runtime, path, second)
    path.unlink()
    answer = await client.get(f"/api/titles/{title_id}/seasons/1/pack.zip")
    assert sorted(unzipped(answer.content).values()) == sorted(expected.values())
    assert second.opened == 0


async def _with_copy(runtime: Runtime, path: Path, second: FragileStorage) -> None:
    def unheard(*, bytes_done: int, bytes_total: int) -> None:
        """Nobody waits."""

    async with runtime.database.transaction() as session:
        mine = File.path == bytes(path)
        file_id = await session.scalar(select(File.id).where(mine))
        values = {"sha256": await sha256_of(path, unheard)}
        await session.execute(update(File).where(mine).values(**values))
    assert file_id is not None
    await copied(runtime, file_id, "second", b"copy", path.read_bytes())


class Stalling:
    """A client who takes `allowed` bytes and then reads no more."""

    def __init__(self, allowed: int) -> None:
        self.allowed = allowed
        self.taken = 0
        self.largest = 0
        self.complete = False
        self.stalled = asyncio.Event()
        self.gone = asyncio.Event()

    async def receive(self) -> dict[str, Any]:
        await self.gone.wait()
        return {"type": "http.disconnect"}

    async def send(self, message: Any) -> None:
        if message["type"] == "http.response.start":
            return
        if self.taken > self.allowed:
            self.stalled.set()
            await self.gone.wait()
        self.taken += len(message["body"])
        self.largest = max(self.largest, len(message["body"]))
        self.complete = not message["more_body"]


@pytest.fixture
async def large_pack(runtime: Runtime, library: Library, title_id: str) -> tuple[Pack, Any]:
    """Three files of 40 MB in a storage that counts what it is asked for."""
    storage = FragileStorage("memory")
    plug(runtime, "storage", storage)
    await library.idle()
    async with runtime.database.transaction() as session:
        for number, file in enumerate(await session.scalars(select(File))):
            key = b"%d.mkv" % number
            storage.hold(key, bytes(40_000_000))
            file.storage, file.path, file.path_key = "memory", key, key
            file.size, file.mtime_ns = 40_000_000, storage.objects[key][1].mtime_ns
    async with runtime.database.session() as session:
        return await season_pack(session, title_id=title_id, season=1), storage


async def test_a_client_who_does_not_read_costs_a_few_blocks(
    runtime: Runtime, large_pack: tuple[Pack, FragileStorage]
) -> None:
    pack, storage = large_pack
    client = Stalling(5_000_000)
    sending = asyncio.create_task(
        PackResponse(runtime, pack, "zip")({"method": "GET"}, client.receive, client.send)
    )
    await asyncio.wait_for(client.stalled.wait(), 60)
    assert client.largest <= BLOCK
    assert client.taken <= 5_000_000 + 2 * BLOCK
    assert storage.opened == 1, "one file at a time"
    client.gone.set()
    await asyncio.wait_for(sending, 60)
    assert (storage.opened, client.complete) == (0, False)
    assert client.taken <= 5_000_000 + 4 * BLOCK, "who is gone is sent no more"


async def test_a_pack_of_any_size_is_sent_block_by_block(
    runtime: Runtime, large_pack: tuple[Pack, FragileStorage]
) -> None:
    pack, _ = large_pack
    client = Stalling(1 << 40)
    await PackResponse(runtime, pack, "zip")({"method": "GET"}, client.receive, client.send)
    assert client.complete
    assert client.largest <= BLOCK
    assert client.taken == zip_length([one.file for one in pack.entries]) > 160_000_000


async def test_a_place_that_fails_in_the_middle_cuts_the_answer(
    runtime: Runtime, large_pack: tuple[Pack, FragileStorage]
) -> None:
    pack, storage = large_pack
    storage.broken.from_offset = 20_000_000
    client = Stalling(1 << 40)
    await PackResponse(runtime, pack, "zip")({"method": "GET"}, client.receive, client.send)
    assert not client.complete
    assert client.taken < 21_000_000
    assert storage.opened == 0


async def test_two_names_that_differ_in_case_alone_are_kept_apart(
    runtime: Runtime, library: Library, title_id: str
) -> None:
    async with runtime.database.transaction() as session:
        for number, file in enumerate(await session.scalars(select(File))):
            file.path = b"/%d/%s" % (number, b"A.mkv" if number % 2 else b"a.mkv")
            file.path_key = b"%d" % number
    async with runtime.database.session() as session:
        pack = await season_pack(session, title_id=title_id, season=1)
    names = [one.file.name.rpartition("/")[2].casefold() for one in pack.entries]
    assert sorted(names) == ["a (2).mkv", "a (3).mkv", "a (4).mkv", "a.mkv"]
