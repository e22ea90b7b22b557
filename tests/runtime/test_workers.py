import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from shadow.kit.errors import Kind
from shadow.runtime.workers import (
    TaskFailed,
    TaskTimedOut,
    WorkerCrashed,
    WorkerPool,
    WorkerUnavailable,
)

HERE = Path(__file__).parents[2]
TASKS = "tests.support.worker_tasks:"
NAMES = (
    *("echo", "raw", "pid", "hang", "crash", "allocate", "refuse", "fail"),
    *("answer_nonsense", "print_noise", "long_answer", "secrets", "absent"),
)


def pool_of(size: int = 1, **options: Any) -> WorkerPool:
    return WorkerPool(size, functions=[TASKS + name for name in NAMES], **options)


@pytest.fixture(autouse=True)
def _importable(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTHONPATH", str(HERE))


@pytest.fixture
async def pool() -> AsyncIterator[WorkerPool]:
    async with pool_of() as one:
        yield one


def alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


async def until_written(path: Path) -> str:
    while not path.exists() or not path.read_text():
        await asyncio.sleep(0.01)
    return path.read_text()


async def until_dead(pid: int) -> None:
    while alive(pid):
        await asyncio.sleep(0.01)


@pytest.mark.parametrize("value", [None, True, 3, 2.5, "naïve\n", [1, [2]], {"a": {"b": None}}])
async def test_json_values_go_there_and_back(pool: WorkerPool, value: object) -> None:
    assert await pool.call(TASKS + "echo", value) == value


async def test_bytes_that_are_no_text_go_there_and_back(pool: WorkerPool) -> None:
    every = bytes(range(256))
    assert await pool.call(TASKS + "raw", every) == every


async def test_work_runs_in_another_process_that_is_used_again(pool: WorkerPool) -> None:
    first = await pool.call(TASKS + "pid")
    assert first != os.getpid()
    assert await pool.call(TASKS + "pid") == first


async def test_many_calls_at_once_get_their_own_answers_from_all_processes() -> None:
    async with pool_of(2) as pool:
        answers = await asyncio.gather(*(pool.call(TASKS + "echo", n) for n in range(500)))
        assert answers == list(range(500))
        assert pool.processes == 2


async def test_a_hang_is_killed_and_costs_only_its_own_call(
    pool: WorkerPool, tmp_path: Path
) -> None:
    began = tmp_path / "began"
    hung = asyncio.ensure_future(pool.call(TASKS + "hang", str(began), timeout=0.3))
    behind = [asyncio.ensure_future(pool.call(TASKS + "echo", n)) for n in range(10)]
    with pytest.raises(TaskTimedOut, match=r"0\.3 s"):
        await hung
    assert await asyncio.gather(*behind) == list(range(10))
    assert not alive(int(began.read_text()))


async def test_a_crash_is_told_at_once_and_costs_only_its_own_call(pool: WorkerPool) -> None:
    crashed = asyncio.ensure_future(pool.call(TASKS + "crash", timeout=100))
    behind = [asyncio.ensure_future(pool.call(TASKS + "echo", n)) for n in range(10)]
    with pytest.raises(WorkerCrashed, match=f"signal {int(signal.SIGSEGV)}"):
        await crashed
    assert await asyncio.gather(*behind) == list(range(10))


async def test_too_much_memory_is_refused_and_the_process_goes_on() -> None:
    async with pool_of(memory_limit=200 << 20) as pool:
        before = await pool.call(TASKS + "pid")
        with pytest.raises(TaskFailed) as refused:
            await pool.call(TASKS + "allocate", 400)
        assert refused.value.code == "runtime.task_memory"
        assert await pool.call(TASKS + "allocate", 20) == 20 << 20
        assert await pool.call(TASKS + "pid") == before


async def test_an_error_with_a_code_keeps_its_code_and_kind(pool: WorkerPool) -> None:
    with pytest.raises(TaskFailed, match="The cat sat on it") as failed:
        await pool.call(TASKS + "refuse")
    assert (failed.value.code, failed.value.kind) == ("test.refused", Kind.missing)


async def test_any_other_error_is_told_even_if_its_text_is_no_text(pool: WorkerPool) -> None:
    with pytest.raises(TaskFailed, match=r"RuntimeError: an \? odd one"):
        await pool.call(TASKS + "fail")


async def test_an_answer_outside_the_protocol_ends_the_process(pool: WorkerPool) -> None:
    with pytest.raises(WorkerCrashed, match="nonsense"):
        await pool.call(TASKS + "answer_nonsense")
    assert await pool.call(TASKS + "echo", 1) == 1


async def test_what_a_library_prints_is_not_taken_for_an_answer(pool: WorkerPool) -> None:
    assert await pool.call(TASKS + "print_noise") == "quiet"
    assert await pool.call(TASKS + "echo", 1) == 1


async def test_an_answer_that_is_too_long_is_an_error(pool: WorkerPool) -> None:
    with pytest.raises(TaskFailed, match="too long"):
        await pool.call(TASKS + "long_answer")


async def test_only_registered_functions_can_be_called(pool: WorkerPool) -> None:
    with pytest.raises(ValueError, match="not registered"):
        await pool.call("os:system", "true")


async def test_a_function_that_does_not_exist_is_an_error_of_that_call(pool: WorkerPool) -> None:
    with pytest.raises(TaskFailed, match="AttributeError"):
        await pool.call(TASKS + "absent")


@pytest.mark.parametrize("argument", [{1, 2}, "\udcff", "x" * (2 << 20)])
async def test_arguments_that_cannot_be_sent_are_refused(
    pool: WorkerPool, argument: object
) -> None:
    with pytest.raises(ValueError, match="arguments for"):
        await pool.call(TASKS + "echo", argument)
    assert await pool.call(TASKS + "echo", 1) == 1


async def test_the_child_does_not_inherit_the_servers_secrets(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("SHADOW_SECRET_KEY", "k" * 32)
    async with pool_of() as pool:
        assert await pool.call(TASKS + "secrets") == []


async def test_a_cancelled_call_leaves_the_others_their_answers(pool: WorkerPool) -> None:
    calls = [asyncio.ensure_future(pool.call(TASKS + "echo", n)) for n in range(20)]
    await asyncio.sleep(0)
    for call in calls[::2]:
        call.cancel()
    answers = await asyncio.gather(*calls, return_exceptions=True)
    assert answers[1::2] == list(range(1, 20, 2))
    assert all(isinstance(answer, asyncio.CancelledError) for answer in answers[::2])
    assert await pool.call(TASKS + "echo", "after") == "after"


async def test_an_idle_process_is_let_go_and_work_starts_a_new_one() -> None:
    async with pool_of(idle_seconds=0.05) as pool:
        first = await pool.call(TASKS + "pid")
        await until_dead(first)
        async with asyncio.timeout(60):
            while pool.processes:
                await asyncio.sleep(0.01)  # dead is not yet reaped
        assert await pool.call(TASKS + "pid") != first


async def test_a_process_is_replaced_after_its_share_of_tasks() -> None:
    async with pool_of(max_tasks_per_child=5) as pool:
        pids = await asyncio.gather(*(pool.call(TASKS + "pid") for _ in range(12)))
        assert [pids.count(pid) for pid in dict.fromkeys(pids)] == [5, 5, 2]


async def test_closing_kills_hung_work_and_leaves_no_process(tmp_path: Path) -> None:
    began = tmp_path / "began"
    async with pool_of() as pool:
        hung = asyncio.ensure_future(pool.call(TASKS + "hang", str(began)))
        queued = [asyncio.ensure_future(pool.call(TASKS + "echo", n)) for n in range(20)]
        pid = int(await until_written(began))
    answers = await asyncio.gather(hung, *queued, return_exceptions=True)
    assert all(isinstance(answer, WorkerUnavailable) for answer in answers)
    assert not alive(pid)
    with pytest.raises(WorkerUnavailable):
        await pool.call(TASKS + "echo", 1)


async def test_no_process_can_be_started_is_told_to_every_caller(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(sys, "executable", "/nonexistent/python")
    async with pool_of(2) as pool:
        calls = [pool.call(TASKS + "echo", n) for n in range(5)]
        answers = await asyncio.gather(*calls, return_exceptions=True)
    assert all(isinstance(answer, WorkerUnavailable) for answer in answers)


PARENT = """
import asyncio, sys
from shadow.runtime.workers import WorkerPool
async def main():
    async with WorkerPool(1, functions=["tests.support.worker_tasks:hang"]) as pool:
        await pool.call("tests.support.worker_tasks:hang", sys.argv[1], timeout=1000)
asyncio.run(main())
"""


async def test_a_hung_child_dies_with_a_parent_that_was_killed(tmp_path: Path) -> None:
    began = tmp_path / "began"
    parent = await asyncio.create_subprocess_exec(sys.executable, "-c", PARENT, str(began))
    pid = int(await until_written(began))
    parent.kill()
    await parent.wait()
    await until_dead(pid)
