"""Put titles into a Runtime as a scan does, and wait for what that starts."""

from typing import Any

from sqlalchemy import select

from shadow.catalog.models import Title
from shadow.catalog.recording import record_files
from shadow.runtime.context import Runtime
from tests.catalog.finding import Facts, found


async def record(runtime: Runtime, *paths: str, minutes: float = 100.0) -> None:
    """Record files as a scan does, which starts the lookups, and wait until these have ended."""
    files = [found(path, facts=Facts(duration=minutes * 60)) for path in paths]
    async with runtime.database.transaction() as session:
        await record_files(session, files, clock=runtime.clock)
    await lookups_ended(runtime)


async def lookups_ended(runtime: Runtime) -> list[Any]:
    """Wait for every metadata job; return them, newest first."""
    page = await runtime.jobs.list(limit=50)
    jobs = [job for job in page.items if job.kind == "metadata"]
    return [await runtime.jobs.wait(job.id) for job in jobs]


async def titles(runtime: Runtime) -> dict[str, Title]:
    """Return all titles by the name shown."""
    async with runtime.database.session() as session:
        return {title.title: title for title in await session.scalars(select(Title))}
