"""The spool of an upload: gives back what it was given, leaves nothing, and may fail."""

from pathlib import Path

from shadow.telegram.transfers.spool import Spool


def test_parts_come_back_as_they_were_in_any_order(tmp_path: Path) -> None:
    with Spool(tmp_path / "new", 10) as spool:
        spool.keep(2, b"c" * 4)
        spool.keep(0, b"a" * 10)
        assert spool.part(0) == b"a" * 10
        assert spool.part(1) is None
        assert spool.part(2) == b"c" * 4
        spool.clear()
        assert spool.part(0) is None
        spool.keep(0, b"z")
        assert spool.part(0) == b"z"
    assert spool.part(0) is None


def test_no_file_is_to_be_seen(tmp_path: Path) -> None:
    with Spool(tmp_path, 10) as spool:
        spool.keep(0, b"secret")
        assert list(tmp_path.iterdir()) == []


def test_a_disk_that_takes_nothing_is_no_failure(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with Spool(tmp_path / "file", 10) as spool:
        spool.keep(0, b"a")
        assert spool.part(0) is None
        spool.keep(1, b"a")


def test_what_is_written_late_by_a_thread_opens_no_file_again(tmp_path: Path) -> None:
    with Spool(tmp_path, 10) as spool:
        spool.keep(0, b"a")
    before = sorted(Path("/proc/self/fd").iterdir())
    spool.keep(1, b"b")
    assert sorted(Path("/proc/self/fd").iterdir()) == before
    assert spool.part(1) is None
