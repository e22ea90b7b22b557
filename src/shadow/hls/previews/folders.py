"""Where preview sheets lie in the data folder, and which of them are of no use any more.

A file's sheets lie in `previews/<file id>-<signature>/0.jpg …`, and until the last one is made in
a folder of that name with `.part` behind it: what is there without it is whole.
"""

import re
import shutil
from collections.abc import Collection, Mapping
from pathlib import Path

PART = ".part"
NAME = re.compile(r"(\d+)-(.+)")


def previews_folder(data_dir: Path, file_id: int, signature: str) -> Path:
    """Return the folder of a file's sheets."""
    return data_dir / "previews" / f"{file_id}-{signature}"


def sheet_path(data_dir: Path, file_id: int, signature: str, number: int) -> Path:
    """Return where a sheet lies."""
    return previews_folder(data_dir, file_id, signature) / f"{number}.jpg"


def part_of(folder: Path) -> Path:
    """Return the folder in which the sheets gather until the last one is made."""
    return folder.with_name(folder.name + PART)


def remove_of_files(data_dir: Path, file_ids: Collection[int]) -> None:
    """Delete all sheets of these files."""
    wanted = set(file_ids)
    for folder, file_id, _ in _listed(data_dir):
        if file_id in wanted:
            shutil.rmtree(folder, ignore_errors=True)


def listed_files(data_dir: Path) -> set[int]:
    """Return the ids of the files that have sheets."""
    return {file_id for _, file_id, _ in _listed(data_dir)}


def remove_stale(data_dir: Path, current: Mapping[int, str]) -> None:
    """Delete the sheets of every file but those in `current`, which names signatures."""
    for folder, file_id, signature in _listed(data_dir):
        if current.get(file_id) != signature:
            shutil.rmtree(folder, ignore_errors=True)


def _listed(data_dir: Path) -> list[tuple[Path, int, str]]:
    place = data_dir / "previews"
    return [
        (folder, int(name[1]), name[2])
        for folder in (place.iterdir() if place.is_dir() else ())
        if (name := NAME.fullmatch(folder.name.removesuffix(PART)))
    ]
