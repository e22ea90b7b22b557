"""Put what an ordinary person brought into quarantine, with pictures for whoever decides."""

import asyncio
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from shadow.ingest.leech_settings import LeechSettings
from shadow.ingest.leeching.choosing import Chosen, meaning
from shadow.ingest.leeching.facts import Hashes, Probed
from shadow.ingest.leeching.planning import plain_title
from shadow.ingest.leeching.supply import Supply
from shadow.ingest.quarantine import PICTURES, Proposal, gather, submit, unfinished_folder
from shadow.ingest.screenshots import count_pictures, take_screenshots
from shadow.kit.errors import ShadowError
from shadow.runtime.jobs import JobContext

MOST_PICTURED: Final = 4
"""Files that pictures are taken of; the others can be played before one decides."""


@dataclass(frozen=True, slots=True)
class Found:
    """What was chosen, with hashes and facts of the media, in order."""

    chosen: Chosen
    hashes: Sequence[Hashes]
    probed: Sequence[Probed]

    @property
    def usable(self) -> list[int]:
        """The numbers of the media that can be played."""
        return [number for number, one in enumerate(self.probed) if not one["error"]]


async def propose(ctx: JobContext, supply: Supply, arguments: dict[str, Any], found: Found) -> str:
    """Put the files in quarantine and return the submission's public id; safe to repeat."""
    media, usable = found.chosen["media"], found.usable
    pieces = [media[number]["piece"] for number in usable]
    pieces += [one["piece"] for one in found.chosen["subtitles"] if one["of"] in usable]
    folder = unfinished_folder(ctx.runtime, ctx.job_id)
    sandbox = await supply.provide(pieces)
    await gather(sandbox, pieces, folder)
    await _take_pictures(ctx, sandbox, found, folder)
    pictures = await asyncio.to_thread(_flatten, folder)
    title, year = _title(ctx, arguments, found)
    proposal = Proposal(
        job_id=ctx.job_id, user_id=arguments["user_id"],
        origin=arguments["url"] or str(arguments.get("name") or ""), title=title, year=year,
        files=[_shown(found, number) for number in usable], pictures=pictures,
    )  # fmt: skip
    return await submit(ctx.runtime, proposal)


async def _take_pictures(ctx: JobContext, sandbox: Path, found: Found, folder: Path) -> None:
    for number in found.usable[:MOST_PICTURED]:
        path = sandbox / found.chosen["media"][number]["piece"]["path"]
        into = folder / f"{PICTURES}-{number:03}"
        duration = found.probed[number]["facts"].get("duration")
        try:
            await take_screenshots(ctx.runtime, path, into, duration=duration)
        except ShadowError as error:
            ctx.note(f"No pictures of “{path.name}”: {error.detail}", level="warning")


def _flatten(folder: Path) -> int:
    """Number the pictures of all files in one row; return how many there are."""
    target = folder / PICTURES
    fresh = folder / f".{PICTURES}"
    taken = sorted(folder.glob(f"{PICTURES}-*"))
    if taken:
        shutil.rmtree(fresh, ignore_errors=True)
        fresh.mkdir(mode=0o700)
        count = 0
        for one in taken:
            for number in range(1, count_pictures(one) + 1):
                count += 1
                shutil.copyfile(one / f"{number}.jpg", fresh / f"{count}.jpg")
        shutil.rmtree(target, ignore_errors=True)
        fresh.replace(target)
        for one in taken:
            shutil.rmtree(one, ignore_errors=True)
    return count_pictures(target)


def _title(ctx: JobContext, arguments: dict[str, Any], found: Found) -> tuple[str, int | None]:
    brands = ctx.runtime.settings.group(LeechSettings).brand_tags
    given: str | None = arguments["title"]
    first = found.chosen["media"][found.usable[0]]
    understood = meaning(first, brands, title=given)
    return (plain_title(given) if given else understood.title), understood.year


def _shown(found: Found, number: int) -> dict[str, Any]:
    piece, facts = found.chosen["media"][number]["piece"], found.probed[number]["facts"]
    videos = [one for one in facts["streams"] if one["type"] == "video"]
    return {
        "name": piece["name"], "size": piece["size"], "sha256": found.hashes[number]["sha256"],
        "duration": facts.get("duration"),
        "width": videos[0].get("width") if videos else None,
        "height": videos[0].get("height") if videos else None,
    }  # fmt: skip
