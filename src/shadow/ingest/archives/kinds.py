"""Tell archives by their first bytes, and only where the name does not say something else."""

import re
from pathlib import Path
from typing import Final, Literal

Kind = Literal["zip", "tar", "7z", "rar", "zst"]
"""`tar` also stands for one that gzip, bzip2 or xz packed; `zst` for one that Zstandard did."""
ENDINGS: Final = frozenset(
    ("zip", "tar", "tgz", "gz", "tbz2", "bz2", "txz", "xz", "tzst", "zst", "7z", "rar", "001")
)
_VOLUME: Final = re.compile(r"\.(?:r\d\d|part0*([1-9]\d*)\.rar)$", re.IGNORECASE)
_MAGIC: Final[tuple[tuple[bytes, Kind], ...]] = (
    (b"PK\3\4", "zip"), (b"PK\5\6", "zip"), (b"PK\7\x08", "zip"),
    (b"7z\xbc\xaf\x27\x1c", "7z"), (b"Rar!\x1a\x07", "rar"),
    (b"\x28\xb5\x2f\xfd", "zst"),
    (b"\x1f\x8b", "tar"), (b"BZh", "tar"), (b"\xfd7zXZ\0", "tar"),
)  # fmt: skip
HEAD: Final = 512


def archive_kind(path: Path) -> Kind | None:
    """Return what kind of archive a file is; None for one that is none, or is meant as it is.

    Books, comics and documents are zip files inside: a name that ends as theirs do is believed.
    The second and further volumes of a split archive belong to its first.
    """
    name = path.name.lower()
    ending = name.rpartition(".")[2] if "." in name else ""
    if (ending and ending not in ENDINGS) or _is_later_volume(name):
        return None
    with path.open("rb") as file:
        head = file.read(HEAD)
    for magic, kind in _MAGIC:
        if head.startswith(magic):
            return kind
    return "tar" if head[257:262] == b"ustar" else None


def volumes_of(path: Path) -> list[Path]:
    """Return the files of a split RAR archive in order, by its first; else the file alone."""
    base = path.name.lower()
    if found := re.fullmatch(r"(.*)\.part0*1\.rar", base):
        later = re.compile(re.escape(found[1]) + r"\.part0*(\d+)\.rar")
    elif base.endswith(".rar"):
        later = re.compile(re.escape(base[:-4]) + r"\.r(\d\d)")
    else:
        return [path]
    numbered = {
        int(match[1]): one
        for one in path.parent.iterdir()
        if one != path and (match := later.fullmatch(one.name.lower()))
    }
    return [path, *(numbered[number] for number in sorted(numbered))]


def _is_later_volume(name: str) -> bool:
    found = _VOLUME.search(name)
    return found is not None and found[1] != "1"
