"""What workers are called for: pieces of renditions, written whole or not at all."""

import os
import shutil
from dataclasses import asdict
from pathlib import Path

import pytest

from shadow.hls.functions import WORKER_FUNCTIONS
from shadow.hls.segments import tasks
from shadow.hls.segments.box import boxes
from shadow.hls.segments.orders import AudioRung, VideoRung
from shadow.hls.segments.plan import audio_source, audio_spans, copied_audio_spans
from shadow.runtime.media_errors import MediaError
from shadow.runtime.workers import TaskFailed, WorkerPool
from tests.hls.segments.pieces import Indexed, indexed, key_of

RUNG = asdict(VideoRung(160, 90, 300_000, 300_000))
SOUND = asdict(AudioRung(48_000))
NAMES = (
    "copied_init",
    "video_init",
    "audio_init",
    "copied_audio_init",
    "copy_video",
    "key_picture",
    "encode_video",
    "copy_audio",
    "encode_audio",
)
INIT = [b"ftyp", b"moov"]
SEGMENT = [b"styp", b"moof", b"mdat"]


def film() -> Indexed:
    return indexed("h264_mkv")


def orders(number: int = 1) -> dict[str, tuple[object, ...]]:
    """Arguments of each task but the target."""
    path, plan, index = os.fsencode(film().path), film().plan, film().index
    assert plan.source is not None
    source, span = asdict(plan.source), asdict(plan.spans[number])
    track = index.audio[0]
    sound = asdict(audio_source(track, plan, index))
    copied = asdict(copied_audio_spans(plan, track)[number])
    encoded = asdict(audio_spans(plan, 48_000)[number])
    return {
        "copied_init": (path, plan.source.stream, 1000),
        "video_init": (source, RUNG),
        "audio_init": (SOUND,),
        "copied_audio_init": (path, sound),
        "copy_video": (path, source, span),
        "key_picture": (path, source, span),
        "encode_video": (path, source, span, RUNG),
        "copy_audio": (path, sound, copied),
        "encode_audio": (path, sound, encoded, SOUND),
    }


@pytest.mark.parametrize("name", NAMES)
def test_each_task_writes_what_it_is_named_for(name: str, tmp_path: Path) -> None:
    target = tmp_path / "piece"

    answer = getattr(tasks, name)(*orders()[name], os.fsencode(target))

    content = target.read_bytes()
    assert answer == {"size": len(content)}
    assert [one.kind for one in boxes(content)] == (INIT if name.endswith("init") else SEGMENT)
    assert target.stat().st_mode & 0o077 == 0


def test_every_task_may_be_called_by_name() -> None:
    for name in NAMES:
        assert f"{tasks.__name__}:{name}" in WORKER_FUNCTIONS


def test_a_task_never_writes_over_a_file_or_through_a_link(tmp_path: Path) -> None:
    precious, link = tmp_path / "precious", tmp_path / "link"
    precious.write_bytes(b"kept")
    link.symlink_to(tmp_path / "elsewhere")
    for target in (precious, link):
        with pytest.raises(FileExistsError):
            tasks.audio_init(SOUND, os.fsencode(target))
    assert precious.read_bytes() == b"kept"
    assert not (tmp_path / "elsewhere").exists()


def test_a_full_disk_leaves_nothing_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    target = tmp_path / "piece"
    write = os.write

    def full(fd: int, content: bytes) -> int:
        if len(content) > 10:
            return write(fd, content[:10])
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(tasks.os, "write", full)
    with pytest.raises(OSError, match="No space"):
        tasks.audio_init(SOUND, os.fsencode(target))
    assert not target.exists()


def test_a_damaged_order_leaves_nothing_behind(tmp_path: Path) -> None:
    target = tmp_path / "piece"
    path, sound, _, rung = orders()["encode_audio"]
    assert isinstance(sound, dict)
    with pytest.raises(MediaError):
        tasks.encode_audio(  # the stream of pictures
            path, {**sound, "stream": 0}, {"number": 0, "first": 0, "end": 100}, rung,
            os.fsencode(target),
        )  # fmt: skip
    assert not target.exists()


async def test_a_worker_process_makes_the_same_bytes_and_tells_of_replaced_files(
    tmp_path: Path,
) -> None:
    here, there = tmp_path / "here", tmp_path / "there"
    tasks.encode_video(*orders()["encode_video"], os.fsencode(here))
    path = tmp_path / "film.mkv"
    shutil.copy(film().path, path)
    _, source, span, rung = orders()["encode_video"]
    assert isinstance(source, dict)
    order = (os.fsencode(path), {**source, "file_key": key_of(path)}, span, rung)
    async with WorkerPool(1, functions=WORKER_FUNCTIONS, memory_limit=2 << 30) as pool:
        name = f"{tasks.__name__}:encode_video"
        await pool.call(name, *order, os.fsencode(there), timeout=60)
        os.utime(path, (1, 1))
        with pytest.raises(TaskFailed) as failure:
            await pool.call(name, *order, os.fsencode(tmp_path / "late"), timeout=60)

    assert there.read_bytes() == here.read_bytes()
    assert failure.value.code == "hls.file_changed"
