"""Resolvers of hosts: what they find, that it can be fetched, and what they say when it cannot."""

import hashlib
import os
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from tests.support.hosts.answers import as_json
from tests.support.hosts.archive_org import ArchiveOrg, Item, archive_org
from tests.support.hosts.gofile import PAYING, Folder, Gofile, gofile
from tests.support.hosts.pixeldrain import Pixeldrain, pixeldrain
from tests.support.sources import Told, clients, http_source
from tests.support.wire import plain

from shadow.ingest.ports import Link, Resolver, SourceRefused, SourceUnavailable
from shadow.plugins.source_archive_org.resolver import ArchiveOrgResolver
from shadow.plugins.source_gofile.resolver import MOST_FOLDERS, GofileResolver
from shadow.plugins.source_gofile.settings import GofileLinksSettings
from shadow.plugins.source_pixeldrain.resolver import PixeldrainResolver

FILM = os.urandom(300_000)


@pytest.fixture
async def drain() -> AsyncIterator[Pixeldrain]:
    async with pixeldrain() as server:
        yield server


@pytest.fixture
async def folders() -> AsyncIterator[Gofile]:
    async with gofile() as server:
        yield server


@pytest.fixture
async def archive() -> AsyncIterator[ArchiveOrg]:
    async with archive_org() as server:
        yield server


def on_pixeldrain(server: Pixeldrain) -> PixeldrainResolver:
    return PixeldrainResolver(clients(), server.url)


def on_gofile(server: Gofile, **settings: str) -> GofileResolver:
    given = GofileLinksSettings.model_validate({"url": server.url, **settings})
    return GofileResolver(clients(), given)


def on_archive(server: ArchiveOrg) -> ArchiveOrgResolver:
    return ArchiveOrgResolver(clients(), server.url)


async def fetched(link: Link, folder: Path) -> tuple[str, bytes]:
    folder.mkdir(exist_ok=True)
    (name,) = (await http_source().fetch(link, folder, Told(), key="job")).files
    return name, (folder / name).read_bytes()


async def test_a_file_on_pixeldrain_is_found_with_name_size_and_hash(
    drain: Pixeldrain, tmp_path: Path
) -> None:
    drain.keep("aBc123", "Film (2020).mkv", FILM)
    resolver = on_pixeldrain(drain)
    assert isinstance(resolver, Resolver)
    (link,) = await resolver.resolve(Link("https://pixeldrain.com/u/aBc123"))
    assert (link.name, link.size) == ("Film (2020).mkv", len(FILM))
    assert link.sha256 == hashlib.sha256(FILM).hexdigest()
    assert await fetched(link, tmp_path / "box") == ("Film (2020).mkv", FILM)


async def test_a_list_on_pixeldrain_is_all_its_files_or_the_one_that_is_named(
    drain: Pixeldrain,
) -> None:
    for number in range(3):
        drain.keep(f"f{number}", f"Show S01E0{number + 1}.mkv", b"%d" % number)
    drain.lists["L1"] = ["f0", "f1", "f2"]
    resolver = on_pixeldrain(drain)
    found = await resolver.resolve(Link("https://pixeldrain.com/l/L1"))
    assert [one.name for one in found] == [f"Show S01E0{n}.mkv" for n in (1, 2, 3)]
    (second,) = await resolver.resolve(Link("https://pixeldrain.com/l/L1#item=1"))
    assert second.name == "Show S01E02.mkv"


@pytest.mark.parametrize(
    ("availability", "words"),
    [
        ("file_rate_limited_captcha_required", "captcha"),
        ("virus_detected_captcha_required", "captcha"),
        ("pending_deletion", "pending_deletion"),
    ],
)
async def test_what_pixeldrain_withholds_is_refused_and_no_captcha_is_solved(
    drain: Pixeldrain, availability: str, words: str
) -> None:
    drain.keep("x", "Film.mkv", FILM, availability=availability)
    with pytest.raises(SourceRefused, match=words):
        await on_pixeldrain(drain).resolve(Link("https://pixeldrain.com/u/x"))
    assert [one.target for one in drain.served.asked] == ["/api/file/x/info"]


async def test_a_file_that_is_gone_and_an_id_that_is_a_trap_are_refused(drain: Pixeldrain) -> None:
    resolver = on_pixeldrain(drain)
    with pytest.raises(SourceRefused, match="nothing of this id"):
        await resolver.resolve(Link("https://pixeldrain.com/u/gone"))
    drain.lists["L"] = ["f"]
    drain.keep("f", "a.mkv", b"a", id="../../user/files")
    with pytest.raises(SourceUnavailable, match="cannot be understood"):
        await resolver.resolve(Link("https://pixeldrain.com/l/L"))


async def test_a_folder_on_gofile_is_all_its_files_fetched_as_a_guest(
    folders: Gofile, tmp_path: Path
) -> None:
    folders.folders["Code1"] = Folder({"Film.mkv": FILM, "Extra.mkv": b"e" * 9}, ["inner"])
    folders.folders["inner"] = Folder({"Deep.mkv": b"d" * 9}, ["Code1x"])
    folders.folders["Code1x"] = Folder()
    found = await on_gofile(folders).resolve(Link("https://gofile.io/d/Code1"))
    assert [one.name for one in found] == ["Film.mkv", "Extra.mkv", "Deep.mkv"]
    assert found[0].md5 == hashlib.md5(FILM).hexdigest()
    assert await fetched(found[0], tmp_path / "box") == ("Film.mkv", FILM)
    assert [one.method for one in folders.served.asked].count("POST") == 1  # one guest account


async def test_gofiles_token_goes_to_gofile_only(folders: Gofile) -> None:
    folders.folders["c"] = Folder({"Film.mkv": FILM})
    folders.links = "https://files.example.org"
    (link,) = await on_gofile(folders).resolve(Link("https://gofile.io/d/c"))
    assert link.headers == {}
    folders.links = "https://store3.gofile.io"
    (link,) = await on_gofile(folders).resolve(Link("https://gofile.io/d/c"))
    assert "accountToken=" in link.headers["Cookie"]


async def test_an_account_of_the_operators_is_used_where_guests_may_not_list(
    folders: Gofile,
) -> None:
    folders.guests_may_list = False
    folders.folders["c"] = Folder({"Film.mkv": FILM})
    with pytest.raises(SourceRefused, match="SHADOW_SOURCE_GOFILE__TOKEN"):
        await on_gofile(folders).resolve(Link("https://gofile.io/d/c"))
    (link,) = await on_gofile(folders, token=PAYING).resolve(Link("https://gofile.io/d/c"))
    assert link.headers == {"Cookie": f"accountToken={PAYING}"}


async def test_gofiles_refusals_say_what_to_do(folders: Gofile) -> None:
    folders.folders["locked"] = Folder({"Film.mkv": FILM}, password="open")
    folders.folders["empty"] = Folder()
    for code, words in (
        ("locked", "SHADOW_SOURCE_GOFILE__PASSWORD"),
        ("empty", "holds no files"),
        ("gone", "no such folder"),
    ):
        with pytest.raises(SourceRefused, match=words):
            await on_gofile(folders).resolve(Link(f"https://gofile.io/d/{code}"))
    opened = on_gofile(folders, password="open")
    assert len(await opened.resolve(Link("https://gofile.io/d/locked"))) == 1


async def test_folders_that_hold_each_other_come_to_an_end(folders: Gofile) -> None:
    folders.folders["a"] = Folder({"1.mkv": b"1"}, ["a", "a"])
    with pytest.raises(SourceRefused, match=f"more than {MOST_FOLDERS}"):
        await on_gofile(folders).resolve(Link("https://gofile.io/d/a"))


async def test_an_item_of_the_archive_is_its_original_media_with_hashes(
    archive: ArchiveOrg, tmp_path: Path
) -> None:
    archive.items["night"] = Item(
        {
            "disc 1/Night #1.mkv": FILM,
            "Night.srt": b"1\n",
            "night.mp4": b"smaller",
            "night_meta.xml": b"<x/>",
            "cover.jpg": b"j",
        },
        derived={"night.mp4"},
    )
    found = await on_archive(archive).resolve(Link("https://archive.org/details/night"))
    assert [one.name for one in found] == ["Night #1.mkv", "Night.srt"]
    film = found[0]
    assert (film.size, film.sha1) == (len(FILM), hashlib.sha1(FILM).hexdigest())
    assert await fetched(film, tmp_path / "box") == ("Night #1.mkv", FILM)


async def test_one_file_of_an_item_may_be_named_and_a_download_link_is_left_alone(
    archive: ArchiveOrg,
) -> None:
    archive.items["night"] = Item({"a b.mkv": FILM, "night.mp4": b"m"}, derived={"night.mp4"})
    resolver = on_archive(archive)
    (link,) = await resolver.resolve(Link("https://archive.org/details/night/night.mp4"))
    assert link.url == f"{archive.url}/download/night/night.mp4"
    assert not resolver.takes(Link("https://archive.org/download/night/a%20b.mkv"))
    assert resolver.takes(Link("https://archive.org/download/night"))


@pytest.mark.parametrize(
    ("item", "words"),
    [
        (None, "no such item"),
        (Item({"a.mkv": b"a"}, metadata={"access-restricted-item": "true"}), "lends or streams"),
        (Item({"a.mkv": b"a"}, more={"is_dark": True}), "lends or streams"),
        (Item({"a.mkv": b"a"}, file_facts={"a.mkv": {"private": "true"}}), "no such media"),
        (Item({"a.xml": b"a"}), "no such media"),
    ],
)
async def test_items_that_cannot_be_fetched_say_why(
    archive: ArchiveOrg, item: Item | None, words: str
) -> None:
    if item:
        archive.items["it"] = item
    with pytest.raises(SourceRefused, match=words):
        await on_archive(archive).resolve(Link("https://archive.org/details/it"))


@pytest.mark.parametrize(
    "url",
    [
        "https://pixeldrain.com.evil.example/u/abc",
        "https://evil.example/https://pixeldrain.com/u/abc",
        "https://pixeldrain.com@evil.example/u/abc",
        "https://pixeldrain.com/u/../../etc",
        "https://pixeldrain.com/user",
        "https://gofile.io/d/",
        "https://gofile.io/d/a/b",
        "https://archive.org/details/",
        "https://archive.org/search?query=details",
        "ftp://archive.org/details/x",
        "https://[pixeldrain.com/u/abc",
        "https://archive.org\\@evil.example/details/x",
    ],
)
async def test_links_that_only_look_like_a_hosts_are_not_taken(
    url: str, drain: Pixeldrain, folders: Gofile, archive: ArchiveOrg
) -> None:
    for resolver in (on_pixeldrain(drain), on_gofile(folders), on_archive(archive)):
        assert not resolver.takes(Link(url))
        with pytest.raises(SourceRefused):
            await resolver.resolve(Link(url))


async def test_a_host_that_asks_for_a_pause_is_given_it(
    drain: Pixeldrain, folders: Gofile, archive: ArchiveOrg
) -> None:
    asked = (
        (on_pixeldrain(drain), "https://pixeldrain.com/u/x", drain.faults),
        (on_gofile(folders), "https://gofile.io/d/x", folders.faults),
        (on_archive(archive), "https://archive.org/details/x", archive.faults),
    )
    for resolver, url, faults in asked:
        faults.append(plain(429, Retry_After="90"))
        with pytest.raises(SourceUnavailable, match="pause") as caught:
            await resolver.resolve(Link(url))
        assert caught.value.retry_after == 91
        faults.append(plain(503))
        with pytest.raises(SourceUnavailable, match="503"):
            await resolver.resolve(Link(url))
        faults.append(plain(200, b"<html>Are you a robot?</html>"))
        with pytest.raises(SourceRefused, match="not JSON"):
            await resolver.resolve(Link(url))
    folders.faults.append(as_json({"status": "error-rateLimit", "data": {}}, 403))
    with pytest.raises(SourceUnavailable) as caught:
        await on_gofile(folders).resolve(Link("https://gofile.io/d/x"))
    assert caught.value.retry_after


async def test_a_host_that_sends_nonsense_is_refused_and_nothing_breaks(
    drain: Pixeldrain, folders: Gofile, archive: ArchiveOrg
) -> None:
    asked = (
        (on_pixeldrain(drain), "https://pixeldrain.com/l/x", drain.faults),
        (on_gofile(folders), "https://gofile.io/d/x", folders.faults),
        (on_archive(archive), "https://archive.org/details/x", archive.faults),
    )
    nonsense = ([], "x", None, {"files": "x"}, {"files": [1, None, {}]}, {"data": 7, "status": []})
    for resolver, url, faults in asked:
        for told in nonsense:
            faults.clear()
            faults.append(as_json(told))
            with pytest.raises((SourceRefused, SourceUnavailable)):
                await resolver.resolve(Link(url))
