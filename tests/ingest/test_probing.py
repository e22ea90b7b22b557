import os
import signal
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from pydantic import ValidationError
from tests.support.media import film, rich_film

from shadow.ingest.probing import (
    WORKER_FUNCTIONS,
    MediaRefused,
    cover_art_in,
    facts_from_json,
    facts_to_json,
    grab_frame_in,
    probe_in,
)
from shadow.kit.errors import Kind
from shadow.runtime.workers import WorkerPool


@pytest.fixture
async def pool() -> AsyncIterator[WorkerPool]:
    async with WorkerPool(1, functions=WORKER_FUNCTIONS, task_timeout=30) as one:
        yield one


async def test_facts_survive_the_way_through_the_worker_and_json(pool: WorkerPool) -> None:
    facts = await probe_in(pool, os.fsencode(rich_film()))
    assert len(facts.streams) == 4
    assert facts_from_json(facts_to_json(facts)) == facts


async def test_a_refusal_keeps_its_code_kind_and_sentence(pool: WorkerPool, tmp_path: Path) -> None:
    with pytest.raises(MediaRefused, match="not there any more") as refused:
        await probe_in(pool, os.fsencode(tmp_path / "gone"))
    assert (refused.value.code, refused.value.kind) == ("runtime.media_gone", Kind.missing)


async def test_a_reader_that_dies_is_a_refusal_of_that_file(
    pool: WorkerPool, monkeypatch: pytest.MonkeyPatch
) -> None:
    probing = probe_in(pool, os.fsencode(film()))
    ask = pool.call

    async def call_and_kill(function: str, *args: object, timeout: float | None) -> object:
        await ask(function, *args, timeout=timeout)
        for child in list(pool._children):
            os.kill(child._process.get_pid(), signal.SIGSTOP)
        return await ask(function, *args, timeout=0.2)

    monkeypatch.setattr(pool, "call", call_and_kill)
    with pytest.raises(MediaRefused, match="given up") as refused:
        await probing
    assert refused.value.code == "ingest.media_hangs"


async def test_pictures_come_through_the_worker(pool: WorkerPool) -> None:
    picture = await grab_frame_in(pool, os.fsencode(film()), height=90)
    assert picture[8:12] == b"WEBP"
    with pytest.raises(MediaRefused) as refused:
        await cover_art_in(pool, os.fsencode(film()))
    assert refused.value.code == "runtime.no_picture"


@pytest.mark.parametrize(
    "change",
    [
        {"duration": -1},
        {"duration": float("nan")},
        {"container": "x" * 41},
        {"streams": [{"index": 0, "type": "video"}] * 257},
        {"streams": [{"index": 2**40, "type": "video"}]},
        {"tags": {"a": "b" * 2001}},
        {"surprise": 1},
        {"streams": None},
    ],
)
def test_answers_beyond_the_bounds_are_refused(change: dict[str, object]) -> None:
    honest = {"container": "mp4", "duration": 1.0, "bitrate": None, "streams": []}
    assert facts_from_json(honest).container == "mp4"
    with pytest.raises(ValidationError):
        facts_from_json({**honest, **change})
