"""Films with subtitles inside and beside them, in the catalogue as a scan would put them there."""

import dataclasses
import os
from pathlib import Path
from typing import Any

import pytest

from shadow.catalog.identity import path_key
from shadow.catalog.models import File, Stream
from shadow.ingest.probe import probe
from shadow.ingest.service import ensure_roots
from shadow.ingest.signatures import head_tail
from shadow.runtime.context import Runtime
from tests.support.catalogue import add_file, add_title
from tests.support.hls_fixtures import fixture_file

SRT = b"1\n00:00:01,000 --> 00:00:02,500\n<i>Hello</i> & welcome\n\n"
FILMS = {"Texts": "text_subs_mkv", "Images": "image_subs_mkv"}


@pytest.fixture
def given_settings() -> dict[str, Any]:
    return {"hls": {"index_after_scan": False, "previews": "off"}}


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """The library folder: each film is in a folder of its own."""
    for name, source in FILMS.items():
        folder = tmp_path / "library" / name
        folder.mkdir(parents=True)
        (folder / f"{name}.mkv").write_bytes(fixture_file(source).read_bytes())
    return tmp_path / "library"


@pytest.fixture
async def ids(runtime: Runtime, place: Path) -> dict[str, str]:
    """Public ids of the films by name."""
    async with runtime.database.transaction() as session:
        await ensure_roots(session, [os.fsencode(place)], clock=runtime.clock)
    return {name: await known(runtime, place / name / f"{name}.mkv") for name in FILMS}


async def known(runtime: Runtime, path: Path) -> str:
    """Put a media file into the catalogue; returns its public id."""
    facts = probe(os.fsencode(path))
    status = path.stat()
    fd = os.open(path, os.O_RDONLY)
    ends = head_tail(fd, status.st_size)
    os.close(fd)
    async with runtime.database.transaction() as session:
        title = await add_title(session, path.stem)
        file: File = await add_file(session, title, path=os.fsencode(path), size=status.st_size)
        file.mtime_ns, file.head_tail = status.st_mtime_ns, ends
        file.folder, file.root_id = os.fsencode(path.parent.name), 1
        file.folder_key = path_key(file.folder)
        session.add_all(Stream(file_id=file.id, **dataclasses.asdict(one)) for one in facts.streams)
        return file.public_id


def lay(place: Path, name: str, content: bytes) -> None:
    """Write a file into the library folder."""
    path = place / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
