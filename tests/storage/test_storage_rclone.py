"""rclone: its daemon dies and comes back, remotes are set up by an admin, secrets stay inside."""

import asyncio
import os
import signal
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import psutil
import pytest
from tests.support.storages import blocks, failing, rclone_storage, read_all

from shadow.plugins.storage_rclone import storage as module
from shadow.plugins.storage_rclone.daemon import RcloneDaemon, RcloneError
from shadow.plugins.storage_rclone.places import place_of
from shadow.plugins.storage_rclone.settings import RcloneSettings
from shadow.plugins.storage_rclone.storage import RcloneStorage, nanoseconds
from shadow.runtime.context import Runtime
from shadow.runtime.daemons import find_program
from shadow.storage.errors import (
    ObjectChanged,
    ObjectMissing,
    ObjectOutside,
    StorageFull,
    StorageReadOnly,
    StorageUnavailable,
)
from shadow.storage.ports import Remotes

NAME = "Films/film.mkv"
PIECE = bytes(1 << 20)
REMOTES = "/api/storages/rclone/remotes"
REFUSED: tuple[tuple[str, dict[str, str]], ...] = (
    ("local", {}),
    ("alias", {"remote": "/etc"}),
    ("alias", {"remote": "etc"}),
    ("alias", {"remote": ":local:/etc"}),
    ("alias", {"remote": "nas,ssh=id:x"}),
    ("crypt", {"remote": "/etc", "password": "x"}),
    ("union", {"upstreams": "nas:a /etc"}),
    ("combine", {"upstreams": "a=nas:a b=/etc"}),
    ("combine", {"upstreams": '"a=/etc" b=nas:'}),
    ("webdav", {"url": "http://x", "bearer_token_command": "touch /tmp/x"}),
    ("sftp", {"host": "x", "server_command": "touch"}),
    ("sftp", {"host": "x\n[other]\ntype = local"}),
    ("sftp", {"unknown": "x"}),
    ("nothing", {}),
    ("drive", {}),
)


class Near:
    """The storage, its daemon, and the folder that its remote is."""

    def __init__(self, storage: RcloneStorage, daemon: RcloneDaemon, folder: Path) -> None:
        self.storage = storage
        self.daemon = daemon
        self.folder = folder


@pytest.fixture
async def near(tmp_path: Path) -> AsyncIterator[Near]:
    storage, daemon = await rclone_storage(tmp_path / "data", tmp_path / "far")
    yield Near(storage, daemon, tmp_path / "far" / "lib")
    await daemon.close()


async def test_the_daemon_starts_with_the_first_use_and_ends_with_the_storage(
    tmp_path: Path,
) -> None:
    daemon = RcloneDaemon(find_program("rclone"), tmp_path / "rclone")
    assert daemon.pid is None
    await asyncio.gather(*(daemon.call("rc/noop") for _ in range(4)))
    pid = daemon.pid
    assert pid is not None
    assert psutil.Process(pid).is_running()
    await daemon.close()
    assert not psutil.pid_exists(pid)


async def test_the_daemon_is_started_again_when_it_dies(near: Near) -> None:
    stored = await near.storage.put(NAME, blocks(b"12345"), size=5)
    reader = await near.storage.open(stored.key)
    first = near.daemon.pid
    assert first is not None
    os.kill(first, signal.SIGKILL)
    assert await near.storage.stat(stored.key) == stored.facts
    assert near.daemon.pid not in (None, first)
    assert await read_all(reader) == b"12345"


async def test_only_who_knows_the_password_is_answered(near: Near) -> None:
    await near.daemon.call("rc/noop")
    assert near.daemon._address.startswith("http://127.0.0.1:")
    async with httpx.AsyncClient(base_url=near.daemon._address, trust_env=False) as stranger:
        for path in ("/config/dump", "/core/command", "/%5Bnear%3A%5D/lib/film"):
            assert (await stranger.post(path, json={})).status_code == 401
            assert (await stranger.get(path)).status_code in (401, 405)
    process = psutil.Process(near.daemon.pid)
    assert near.daemon._password not in " ".join(process.cmdline())
    listening = {one.laddr.ip for one in process.net_connections() if one.status == "LISTEN"}
    assert listening == {"127.0.0.1"}


async def test_the_configuration_can_be_read_by_its_owner_alone(near: Near) -> None:
    await near.storage.list_remotes()
    file = near.daemon.folder / "rclone.conf"
    assert file.stat().st_mode & 0o077 == 0
    assert near.daemon.folder.stat().st_mode & 0o077 == 0


async def test_what_fails_leaves_no_part_on_the_remote(near: Near) -> None:
    with pytest.raises(ZeroDivisionError):
        await near.storage.put(NAME, failing([PIECE] * 5, ZeroDivisionError()))
    with pytest.raises(TimeoutError):
        await near.storage.put(NAME, failing([PIECE] * 5, TimeoutError()))
    assert await near.storage.find(NAME) is None


async def test_what_was_left_a_long_time_ago_is_swept(near: Near) -> None:
    (near.folder / "Films").mkdir(parents=True)
    old, new = near.folder / "Films" / ".shadow-1.part", near.folder / "Films" / ".shadow-2.part"
    old.write_bytes(b"1")
    new.write_bytes(b"1")
    os.utime(old, (0, 0))
    await near.storage.put(NAME, blocks(b"1"))
    assert (old.exists(), new.exists()) == (False, True)


async def test_a_film_that_is_replaced_ends_the_film(near: Near) -> None:
    content = bytes(range(256)) * 8_000
    stored = await near.storage.put(NAME, blocks(content))
    reader = await near.storage.open(stored.key)
    assert bytes(await reader.read(0, 10)) == content[:10]
    (near.folder / NAME).write_bytes(content[::-1])
    with pytest.raises(ObjectChanged):
        await reader.read(1_000_000, 10)
    (near.folder / NAME).unlink()
    with pytest.raises(ObjectChanged):
        await reader.read(1_000_000, 10)
    await reader.close()


@pytest.mark.parametrize(
    ("key", "error"),
    [
        (b"/etc/passwd", ObjectOutside),
        (b":local:/etc/passwd", ObjectOutside),
        (b":sftp,ssh=id:x", ObjectOutside),
        (b"near,copy_links=true:x", ObjectOutside),
        (b"near:../../etc/passwd", ObjectMissing),
        (b"near:lib/../../x", ObjectMissing),
        (b"near:\xff", ObjectMissing),
        (b"near:", ObjectMissing),
        (b"unknown:film", StorageUnavailable),
    ],
)
async def test_keys_lead_to_remotes_that_were_set_up_and_nowhere_else(
    near: Near, key: bytes, error: type[Exception]
) -> None:
    with pytest.raises(error):
        await near.storage.open(key)
    with pytest.raises((error, ObjectMissing)):
        await near.storage.delete(key)


def test_a_key_is_found_again_when_new_files_go_elsewhere() -> None:
    assert place_of(b"near:lib/a/b", "near:lib").remote == "a/b"
    for base in ("", "other:x", "near:", "near:library"):
        place = place_of(b"near:lib/a/b", base)
        assert (place.fs, place.remote, place.key) == ("near:", "lib/a/b", b"near:lib/a/b")
    assert place_of(b"nas:/media/a", "").fs == "nas:/"
    assert place_of(b"nas:/media/a", "").key == b"nas:/media/a"


async def test_a_storage_without_a_remote_can_be_read_only(near: Near) -> None:
    stored = await near.storage.put(NAME, blocks(b"1"))
    other = RcloneStorage(near.daemon, RcloneSettings())
    assert await read_all(await other.open(stored.key)) == b"1"
    with pytest.raises(StorageReadOnly):
        await other.put(NAME, blocks(b"1"))


def test_what_rclone_says_is_understood() -> None:
    assert isinstance(module._understood(RcloneError("no space left on device", 500)), StorageFull)
    assert isinstance(module._understood(RcloneError("object not found", 500)), ObjectMissing)
    told = module._understood(RcloneError("login secret123 failed", 500))
    assert isinstance(told, StorageUnavailable)
    assert "secret" not in str(told)


def test_times_are_read_to_the_nanosecond() -> None:
    assert nanoseconds("1970-01-01T00:00:01.5Z") == 1_500_000_000
    assert nanoseconds("1970-01-01T01:00:00.000000001+01:00") == 1
    assert nanoseconds("never") == 0


@pytest.mark.parametrize("remote", ["/folder", ":sftp:x", "near", "near:a]b", "near:../x", "-x:"])
def test_only_remotes_by_name_can_be_set(remote: str) -> None:
    with pytest.raises(ValueError, match="remote"):
        RcloneSettings(remote=remote)


class TestRoutes:
    @pytest.fixture
    def given_settings(self) -> dict[str, Any]:
        return {"rclone": {"remote": "main:lib"}}

    @pytest.fixture
    async def made(self, client: httpx.AsyncClient) -> None:
        options = {"host": "127.0.0.1", "user": "ada", "pass": "tr0ub4dor", "port": "9"}
        body = {"name": "nas", "kind": "sftp", "options": options}
        answer = await client.post(REMOTES, json=body)
        assert answer.status_code == 201, answer.text
        assert answer.json() == {
            "name": "nas", "kind": "sftp", "options": ["host", "pass", "port", "user"],
        }  # fmt: skip

    @pytest.mark.usefixtures("made")
    async def test_a_remote_is_set_up_listed_and_deleted_and_its_secrets_stay_inside(
        self, client: httpx.AsyncClient, runtime: Runtime
    ) -> None:
        listed = await client.get(REMOTES)
        assert [one["name"] for one in listed.json()["items"]] == ["nas"]
        assert "tr0ub4dor" not in listed.text
        file = (runtime.settings.core.data_dir / "rclone" / "rclone.conf").read_text()
        assert "[nas]" in file
        assert "tr0ub4dor" not in file
        assert (await client.delete(f"{REMOTES}/nas")).status_code == 204
        assert (await client.delete(f"{REMOTES}/nas")).status_code == 204
        assert (await client.get(REMOTES)).json() == {"items": []}

    @pytest.mark.usefixtures("made")
    async def test_a_remote_that_does_not_answer_is_told_without_its_secrets(
        self, client: httpx.AsyncClient
    ) -> None:
        answer = await client.post(f"{REMOTES}/nas/test")
        assert answer.status_code == 200
        assert answer.json()["ok"] is False
        assert answer.json()["detail"]
        assert "ada" not in answer.json()["detail"].split()
        assert (await client.post(f"{REMOTES}/unknown/test")).status_code == 404

    @pytest.mark.usefixtures("made")
    async def test_a_name_is_taken_once(self, client: httpx.AsyncClient) -> None:
        body = {"name": "nas", "kind": "memory", "options": {}}
        answer = await client.post(REMOTES, json=body)
        assert (answer.status_code, answer.json()["code"]) == (409, "storage.remote_taken")

    async def test_the_remote_that_new_files_go_to_stays(self, client: httpx.AsyncClient) -> None:
        made = await client.post(REMOTES, json={"name": "main", "kind": "memory"})
        assert made.status_code == 201, made.text
        answer = await client.post(f"{REMOTES}/main/test")
        assert answer.json()["ok"] is True
        answer = await client.delete(f"{REMOTES}/main")
        assert (answer.status_code, answer.json()["code"]) == (409, "storage.remote_in_use")

    async def test_what_leads_into_this_machine_or_starts_programs_is_refused(
        self, client: httpx.AsyncClient
    ) -> None:
        for kind, options in REFUSED:
            body = {"name": "bad", "kind": kind, "options": options}
            answer = await client.post(REMOTES, json=body)
            assert (answer.status_code, kind, options) == (422, kind, options)
            assert answer.json()["code"] == "storage.remote_refused"
        assert (await client.get(REMOTES)).json() == {"items": []}

    async def test_odd_names_are_refused(self, client: httpx.AsyncClient) -> None:
        for name in ("", "-x", "a:b", "a b", "../x", "a\n[b]", "x" * 64, ":x"):
            answer = await client.post(REMOTES, json={"name": name, "kind": "memory"})
            assert answer.status_code == 422

    async def test_the_storages_are_listed(
        self, client: httpx.AsyncClient, runtime: Runtime
    ) -> None:
        assert isinstance(runtime.plugins.get("storage", "rclone"), Remotes)
        answer = await client.get("/api/storages")
        assert answer.json() == {
            "items": [
                {
                    "name": "local", "writable": True, "local": True, "remotes": False,
                    "default": True, "also": False,
                },
                {
                    "name": "rclone", "writable": True, "local": False, "remotes": True,
                    "default": False, "also": False,
                },
            ]
        }  # fmt: skip
        answer = await client.get("/api/storages/local/remotes")
        assert (answer.status_code, answer.json()["code"]) == (404, "storage.remote_missing")
        assert (await client.get("/api/storages/none/remotes")).status_code == 503

    async def test_only_an_admin_may_look(self, anonymous: httpx.AsyncClient) -> None:
        for path in ("/api/storages", REMOTES):
            assert (await anonymous.get(path)).status_code == 401
