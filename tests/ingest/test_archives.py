"""Archives that mean harm, are broken, or are simply large; and those that are fine."""

import binascii
import io
import os
import shutil
import stat
import struct
import subprocess
import tarfile
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import libarchive
import pytest

from shadow.ingest.archives import libarchive_entries
from shadow.ingest.archives import unpack as unpacking
from shadow.ingest.archives.errors import (
    ArchiveDamaged,
    ArchiveLocked,
    ArchiveRefused,
    ArchiveUnknown,
    NoRoom,
)
from shadow.ingest.archives.kinds import archive_kind, volumes_of
from shadow.ingest.archives.unpack import unpack

FILM = os.urandom(3000)
MB = 1 << 20


def opened(
    archive: Path, endings: tuple[str, ...] = ("mkv", "srt"), **limits: int
) -> dict[str, int]:
    """Unpack beside the archive; returns sizes by path."""
    found = unpack(str(archive), str(archive.parent / "out"), list(endings), limits)
    return {one["path"]: one["size"] for one in found}


def refused(archive: Path, because: str, kind: type[ArchiveRefused] = ArchiveRefused) -> None:
    """Check that an archive is refused in these words and leaves nothing, inside or outside."""
    before = sorted(archive.parent.rglob("*"))
    with pytest.raises(kind, match=because):
        opened(archive)
    assert sorted(archive.parent.rglob("*")) == before


def zipped(path: Path, files: dict[str, bytes], method: int = zipfile.ZIP_STORED) -> Path:
    with zipfile.ZipFile(path, "w", method) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return path


def tarred(path: Path, *entries: tarfile.TarInfo | tuple[str, bytes], mode: str = "w") -> Path:
    with tarfile.open(path, mode) as archive:  # type: ignore[call-overload] # any mode
        for one in entries:
            if isinstance(one, tarfile.TarInfo):
                archive.addfile(one)
                continue
            item = tarfile.TarInfo(one[0])
            item.size = len(one[1])
            archive.addfile(item, io.BytesIO(one[1]))
    return path


def special(name: str, kind: bytes, link: str = "") -> tarfile.TarInfo:
    item = tarfile.TarInfo(name)
    item.type, item.linkname = kind, link
    return item


def seven(
    path: Path, files: dict[str, bytes], form: str = "7zip", packed: str | None = None
) -> Path:
    with libarchive.file_writer(str(path), form, packed) as archive:
        for name, content in files.items():
            archive.add_file_from_memory(name, len(content), content)
    return path


def rar(path: Path, name: str, content: bytes, *, flags: int = 0) -> Path:
    """Write a RAR 4 archive of one stored file (the format's technical note of 2004)."""

    def block(kind: int, bits: int, rest: bytes) -> bytes:
        body = struct.pack("<BHH", kind, bits, 7 + len(rest)) + rest
        return struct.pack("<H", binascii.crc32(body) & 0xFFFF) + body

    size, crc = len(content), binascii.crc32(content)
    rest = struct.pack("<IIBIIBBHI", size, size, 3, crc, 0, 20, 0x30, len(name), 0o100644)
    path.write_bytes(
        b"Rar!\x1a\x07\0"
        + block(0x73, 0, bytes(6))
        + block(0x74, 0x8000 | flags, rest + name.encode())
        + content
        + block(0x7B, 0x4000, b"")
    )
    return path


FINE: dict[str, Callable[[Path], Path]] = {
    "zip": lambda to: zipped(to / "a.zip", {"Film/film.mkv": FILM, "Film/read me.txt": b"x"}),
    "deflated": lambda to: zipped(to / "a.zip", {"Film/film.mkv": FILM}, zipfile.ZIP_DEFLATED),
    "backslashes": lambda to: zipped(to / "a.zip", {"Film\\film.mkv": FILM}),
    "tar": lambda to: tarred(to / "a.tar", ("Film/film.mkv", FILM), ("setup.exe", b"MZ")),
    "tar.gz": lambda to: tarred(to / "a.tar.gz", ("./Film/film.mkv", FILM), mode="w:gz"),
    "tar.xz": lambda to: tarred(to / "a.tar.xz", ("Film/film.mkv", FILM), mode="w:xz"),
    "tar.bz2": lambda to: tarred(to / "a.tbz2", ("Film/film.mkv", FILM), mode="w:bz2"),
    "tar.zst": lambda to: seven(to / "a.tar.zst", {"Film/film.mkv": FILM}, "ustar", "zstd"),
    "7z": lambda to: seven(to / "a.7z", {"Film/film.mkv": FILM, "a.nfo": b"x"}),
    "rar": lambda to: rar(to / "a.rar", "Film/film.mkv", FILM),
    "without an ending": lambda to: zipped(to / "download", {"Film/film.mkv": FILM}),
}


@pytest.mark.parametrize("form", FINE)
def test_what_is_wanted_comes_out_of_every_kind_of_archive(form: str, tmp_path: Path) -> None:
    assert opened(FINE[form](tmp_path)) == {"Film/film.mkv": 3000}
    made = tmp_path / "out/Film/film.mkv"
    assert made.read_bytes() == FILM
    assert stat.S_IMODE(made.stat().st_mode) == 0o600


def test_archives_in_archives_are_taken_apart_and_go(tmp_path: Path) -> None:
    inner = rar(tmp_path / "inner.rar", "film.mkv", FILM)
    middle = zipped(tmp_path / "middle.zip", {"a/inner.rar": inner.read_bytes()})
    outer = tarred(tmp_path / "outer.tar", ("middle.zip", middle.read_bytes()), ("b.srt", b"1"))
    found = opened(outer)
    assert found == {"b.srt": 1, "middle.zip.inside/a/inner.rar.inside/film.mkv": 3000}
    assert sorted(path.name for path in (tmp_path / "out").rglob("*") if path.is_file()) == [
        "b.srt", "film.mkv",
    ]  # fmt: skip


def test_an_inner_archive_may_have_the_longest_of_names(tmp_path: Path) -> None:
    """In bytes, of which letters may take several."""
    inner = zipped(tmp_path / "inner.zip", {"film.mkv": FILM})
    name = "字" * 82 + ".zip"
    found = opened(zipped(tmp_path / "outer.zip", {name: inner.read_bytes()}))
    assert list(found.values()) == [3000]


def test_unpacking_again_begins_anew(tmp_path: Path) -> None:
    archive = zipped(tmp_path / "a.zip", {"film.mkv": FILM})
    (tmp_path / "out").mkdir()
    (tmp_path / "out/film.mkv").write_bytes(b"half")
    assert opened(archive) == opened(archive) == {"film.mkv": 3000}


def test_volumes_of_a_split_archive_belong_to_its_first(tmp_path: Path) -> None:
    names = ["a.part1.rar", "a.part2.rar", "a.part10.rar", "b.rar", "b.r01", "b.r00", "c.r00"]
    for name in names:
        (tmp_path / name).write_bytes(b"Rar!\x1a\x07\0")
    assert [one for one in names if archive_kind(tmp_path / one)] == ["a.part1.rar", "b.rar"]
    of_a = [path.name for path in volumes_of(tmp_path / "a.part1.rar")]
    assert of_a == ["a.part1.rar", "a.part2.rar", "a.part10.rar"]
    assert [path.name for path in volumes_of(tmp_path / "b.rar")] == ["b.rar", "b.r00", "b.r01"]


def test_books_and_documents_are_left_whole(tmp_path: Path) -> None:
    zipped(tmp_path / "comic.cbz", {"1.jpg": b"x"})
    (tmp_path / "page.zip").write_bytes(b"<!doctype html>")
    assert archive_kind(tmp_path / "comic.cbz") is None
    assert archive_kind(tmp_path / "page.zip") is None


# Traps.

BAD_NAMES = {
    "../film.mkv": "leads out",
    "a/../../film.mkv": "leads out",
    "..\\film.mkv": "leads out",
    "/etc/film.mkv": "absolute",
    "\\\\host\\share\\film.mkv": "absolute",
    "C:\\film.mkv": "absolute",
    "fi\0lm.mkv": "control characters",
    "fi\nlm.mkv": "control characters",
    "a" * 300 + ".mkv": "longer than 255 bytes",
    "é" * 130 + ".mkv": "longer than 255 bytes",
    "a/" * 20 + "film.mkv": "folders in each other",
}


@pytest.mark.parametrize("name", BAD_NAMES)
def test_names_that_lead_elsewhere_are_refused_in_zip(name: str, tmp_path: Path) -> None:
    marked = name.replace("\0", "\1")
    archive = zipped(tmp_path / "a.zip", {"good.mkv": FILM, marked: FILM})
    if "\0" in name:  # the library would not write one
        archive.write_bytes(archive.read_bytes().replace(marked.encode(), name.encode()))
    refused(archive, BAD_NAMES[name])


@pytest.mark.parametrize("name", [name for name in BAD_NAMES if "\0" not in name])
def test_names_that_lead_elsewhere_are_refused_in_tar(name: str, tmp_path: Path) -> None:
    refused(tarred(tmp_path / "a.tar", ("good.mkv", FILM), (name, FILM)), BAD_NAMES[name])


@pytest.mark.parametrize("name", ["../film.mkv", "/etc/film.mkv", "a" * 300 + ".mkv"])
def test_names_that_lead_elsewhere_are_refused_in_7z_and_rar(name: str, tmp_path: Path) -> None:
    refused(seven(tmp_path / "a.7z", {"good.mkv": FILM, name: FILM}), BAD_NAMES[name])
    refused(rar(tmp_path / "a.rar", name, FILM), BAD_NAMES[name])


@pytest.mark.parametrize(
    "trap",
    [
        special("film.mkv", tarfile.SYMTYPE, "/etc/passwd"),
        special("folder", tarfile.SYMTYPE, "../.."),
        special("film.mkv", tarfile.LNKTYPE, "/etc/passwd"),
        special("film.mkv", tarfile.CHRTYPE),
        special("film.mkv", tarfile.BLKTYPE),
        special("film.mkv", tarfile.FIFOTYPE),
        special("film.mkv", tarfile.GNUTYPE_SPARSE),
    ],
)
def test_links_and_devices_are_refused_in_tar(trap: tarfile.TarInfo, tmp_path: Path) -> None:
    refused(tarred(tmp_path / "a.tar", ("good.mkv", FILM), trap), "link|device")


def test_a_file_through_a_linked_folder_is_refused(tmp_path: Path) -> None:
    link = special("a", tarfile.SYMTYPE, str(tmp_path))
    refused(tarred(tmp_path / "a.tar", link, ("a/film.mkv", FILM)), "link")


@pytest.mark.parametrize("mode", [stat.S_IFLNK, stat.S_IFCHR, stat.S_IFIFO])
def test_links_and_devices_are_refused_in_zip(mode: int, tmp_path: Path) -> None:
    item = zipfile.ZipInfo("film.mkv")
    item.create_system, item.external_attr = 3, (mode | 0o777) << 16
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        archive.writestr(item, "/etc/passwd")
    refused(tmp_path / "a.zip", "link|device")


@pytest.mark.parametrize("trap", [tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.CHRTYPE])
def test_links_and_devices_are_refused_where_libarchive_reads(trap: bytes, tmp_path: Path) -> None:
    plain = tarred(tmp_path / "a.tar", ("good.mkv", FILM), special("film.mkv", trap, "good.mkv"))
    # Zstandard of stored blocks (RFC 8878): a frame header, then one raw block, the last.
    content = plain.read_bytes()
    frame = struct.pack("<IBI", 0xFD2FB528, 0xA0, len(content))
    packed = frame + struct.pack("<I", len(content) << 3 | 1)[:3] + content
    plain.unlink()
    (tmp_path / "a.tar.zst").write_bytes(packed)
    refused(tmp_path / "a.tar.zst", "link|device")


@pytest.mark.parametrize("names", [("a.mkv", "a.mkv"), ("a", "a/b.mkv"), ("a/b.mkv", "a")])
@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_two_things_of_one_name_are_refused(names: tuple[str, str], tmp_path: Path) -> None:
    entries = [(name, FILM) for name in names]
    refused(tarred(tmp_path / "a.tar", *entries), "two things of one name")


# Bombs.


def test_a_bomb_is_refused_before_it_fills_the_disk(tmp_path: Path) -> None:
    bomb = zipped(tmp_path / "a.zip", {"film.mkv": bytes(200 * MB)}, zipfile.ZIP_DEFLATED)
    assert bomb.stat().st_size < MB
    refused(bomb, "100 times its size")


def test_a_bomb_that_lies_about_its_size_is_refused(tmp_path: Path) -> None:
    bomb = zipped(tmp_path / "a.zip", {"film.mkv": bytes(100 * MB)}, zipfile.ZIP_DEFLATED)
    content = bomb.read_bytes()
    bomb.write_bytes(content.replace(struct.pack("<I", 100 * MB), struct.pack("<I", 1000)))
    refused(bomb, "damaged|times its size")


@pytest.mark.parametrize("name", ["film.mkv", "junk.bin"])
def test_a_packed_tar_bomb_is_refused_also_in_what_is_skipped(name: str, tmp_path: Path) -> None:
    refused(tarred(tmp_path / "a.tgz", (name, bytes(100 * MB)), mode="w:gz"), "times its size")


def test_bombs_in_bombs_are_refused(tmp_path: Path) -> None:
    inner = zipped(tmp_path / "i.zip", {"film.mkv": bytes(20 * MB)}, zipfile.ZIP_DEFLATED)
    many = {f"{number}.zip": inner.read_bytes() for number in range(20)}
    refused(zipped(tmp_path / "a.zip", many, zipfile.ZIP_DEFLATED), "times its size")


def test_archives_nested_without_end_are_refused(tmp_path: Path) -> None:
    zipped(tmp_path / "inner.zip", {"film.mkv": FILM})
    content = (tmp_path / "inner.zip").read_bytes()
    for _ in range(5):
        content = zipped(tmp_path / "a.zip", {"a.zip": content}).read_bytes()
    refused(tmp_path / "a.zip", "more than 3 deep")


def test_a_hundred_thousand_entries_are_refused(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        for number in range(100_000):
            archive.writestr(zipfile.ZipInfo(f"{number}.mkv"), b"")
    refused(tmp_path / "a.zip", "more than 20,000 files")


def test_the_total_is_capped(tmp_path: Path) -> None:
    archive = zipped(tmp_path / "a.zip", {"a.mkv": FILM, "b.mkv": FILM})
    with pytest.raises(ArchiveRefused, match="SHADOW_INGEST__MAX_BYTES"):
        opened(archive, total=5000)


# Troubles.


@pytest.mark.skipif(shutil.which("zip") is None, reason="no program here writes locked archives")
def test_a_password_is_told_of(tmp_path: Path) -> None:
    (tmp_path / "film.mkv").write_bytes(FILM)
    subprocess.run(["zip", "-q", "-P", "secret", "a.zip", "film.mkv"], cwd=tmp_path, check=True)
    refused(tmp_path / "a.zip", "password", ArchiveLocked)


def test_the_mark_of_a_password_is_enough(tmp_path: Path) -> None:
    archive = zipped(tmp_path / "a.zip", {"film.mkv": FILM})
    content = bytearray(archive.read_bytes())
    content[content.index(b"PK\1\2") + 8] |= 1  # the flags of its entry in the directory
    archive.write_bytes(bytes(content))
    refused(archive, "password", ArchiveLocked)


def test_a_password_of_a_rar_archive_is_told_of(tmp_path: Path) -> None:
    refused(rar(tmp_path / "a.rar", "film.mkv", FILM, flags=4), "password", ArchiveLocked)


@pytest.mark.parametrize("form", [form for form in FINE if form != "tar"])
@pytest.mark.parametrize("share", [0.3, 0.7])
def test_a_truncated_archive_is_told_of(form: str, share: float, tmp_path: Path) -> None:
    archive = FINE[form](tmp_path)
    content = archive.read_bytes()
    archive.write_bytes(content[: int(len(content) * share)])
    refused(archive, "damaged or incomplete", ArchiveDamaged)


def test_a_full_disk_is_told_of(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    archive = zipped(tmp_path / "a.zip", {"film.mkv": FILM})
    monkeypatch.setattr(unpacking.os, "fdopen", lambda *_: (tmp_path / "full").open("wb"))
    (tmp_path / "full").symlink_to("/dev/full")
    with pytest.raises(NoRoom, match="Make room"):
        opened(archive)
    assert not (tmp_path / "out").exists()


def test_without_the_library_it_says_what_to_install(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    archive: Any = seven(tmp_path / "a.7z", {"film.mkv": FILM})
    monkeypatch.setattr(libarchive_entries, "ffi", None)
    with pytest.raises(ArchiveUnknown, match="libarchive13"):
        opened(archive)
    assert opened(zipped(tmp_path / "a.zip", {"film.mkv": FILM})) == {"film.mkv": 3000}
