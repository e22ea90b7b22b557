"""Files that get a second name, or a copy where the disk allows none."""

import errno
import os
import shutil
from pathlib import Path
from typing import Any

import pytest

from shadow.ingest import linking_files
from shadow.ingest.linking_files import link_or_copy
from shadow.ingest.places import uploads_dir
from shadow.ingest.ports import NoRoom
from shadow.runtime.context import Runtime


@pytest.fixture
def source(tmp_path: Path) -> Path:
    path = tmp_path / "source"
    path.write_bytes(b"content")
    return path


def fails(error: int) -> Any:
    def call(*_: object, **__: object) -> None:
        raise OSError(error, os.strerror(error))

    return call


def test_a_file_is_linked_and_not_copied(source: Path, tmp_path: Path) -> None:
    for _ in range(2):
        link_or_copy(source, tmp_path / "target")
    assert (tmp_path / "target").samefile(source)


def test_on_another_disk_it_is_copied(
    source: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(linking_files.os, "link", fails(errno.EXDEV))
    target = tmp_path / "target"
    target.write_bytes(b"half")  # as a kill leaves it
    link_or_copy(source, target)
    assert target.read_bytes() == b"content"
    assert not target.samefile(source)
    assert sorted(one.name for one in tmp_path.iterdir()) == ["source", "target"]


def test_a_full_disk_leaves_no_half_copy(
    source: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(linking_files.os, "link", fails(errno.EXDEV))
    monkeypatch.setattr(shutil, "copyfile", fails(errno.ENOSPC))
    with pytest.raises(NoRoom, match="Make room"):
        link_or_copy(source, tmp_path / "target")
    assert [one.name for one in tmp_path.iterdir()] == ["source"]


def test_a_link_is_not_followed(source: Path, tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to("/etc/passwd")
    link_or_copy(tmp_path / "link", tmp_path / "target")
    assert (tmp_path / "target").is_symlink()


class TestOnSharedDisks:
    @pytest.fixture
    def given_settings(self, tmp_path: Path) -> dict[str, Any]:
        return {"ingest": {"shared_dir": str(tmp_path / "shared")}}

    async def test_machines_may_share_a_folder(self, runtime: Runtime, tmp_path: Path) -> None:
        assert uploads_dir(runtime) == tmp_path / "shared" / "uploads"
