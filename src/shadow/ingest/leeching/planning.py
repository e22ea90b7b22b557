"""Decide what chosen files are called and which titles they belong to, and show those titles."""

from collections import Counter
from collections.abc import Sequence
from typing import Any

from typing_extensions import TypedDict

from shadow.catalog.ports import TitlePatch
from shadow.catalog.service import Arriving, announce_titles, apply_patch
from shadow.ingest.leech_settings import LeechSettings
from shadow.ingest.leeching.choosing import Chosen, Media, meaning
from shadow.ingest.leeching.facts import Probed
from shadow.ingest.leeching.naming import library_name
from shadow.ingest.leeching.shelf import Shelf, shelf_of
from shadow.kit.naming import ParsedName
from shadow.runtime.jobs import JobContext
from shadow.storage.ports import ObjectFacts


class Item(TypedDict):
    """A file to keep: `of` counts the chosen media, `name` is relative in the storage."""

    of: int
    name: str


class Plan(TypedDict):
    """What is kept under which names; the public id of the first title."""

    items: list[Item]
    title_id: str | None


async def plan(
    ctx: JobContext, arguments: dict[str, Any], chosen: Chosen, probed: Sequence[Probed]
) -> Plan:
    """Name the files and let their titles appear in the lists, as arriving."""
    settings = ctx.runtime.settings.group(LeechSettings)
    title: str | None = arguments["title"]
    usable = [number for number, one in enumerate(probed) if not one["error"]]
    meanings = {number: meaning(chosen["media"][number], settings.brand_tags) for number in usable}
    one_title = len({(one.title.casefold(), one.year) for one in meanings.values()}) == 1
    if title and one_title:
        meanings = {
            number: meaning(chosen["media"][number], settings.brand_tags, title=title)
            for number in usable
        }
    elif title:
        ctx.note("Several titles came, so the name that was given is left aside.", level="warning")
    items = name_items(meanings, chosen["media"], probed, settings.naming_template)
    shelf = await shelf_of(ctx.runtime, arguments["storage"])
    titles = await _announce(ctx, shelf, items, probed, title if one_title else None)
    for one in items:
        ctx.note(f"“{chosen['media'][one['of']]['piece']['name']}” becomes “{one['name']}”.")
    return Plan(items=items, title_id=titles[0].public_id if titles else None)


def name_items(
    meanings: dict[int, ParsedName],
    media: Sequence[Media],
    probed: Sequence[Probed],
    template: str,
) -> list[Item]:
    """Return the names of files by number; files that would be of one name tell their height."""

    def name(number: int, *more: str) -> str:
        ending = media[number]["ending"]
        return library_name(meanings[number], ending, template=template, more=more)

    plain = {number: name(number) for number in meanings}
    counts = Counter(plain.values())
    return [
        Item(
            of=number, name=shown if counts[shown] == 1 else name(number, *_height(probed[number]))
        )
        for number, shown in plain.items()
    ]


def _height(probed: Probed) -> list[str]:
    heights = [one.get("height") for one in probed["facts"]["streams"] if one["type"] == "video"]
    return [f"{heights[0]}p"] if heights and heights[0] else []


async def _announce(
    ctx: JobContext,
    shelf: Shelf,
    items: Sequence[Item],
    probed: Sequence[Probed],
    title: str | None,
) -> list[Arriving]:
    nothing = ObjectFacts(0, 0)
    files = [shelf.found(shelf.key_of(one["name"]), nothing, probed[one["of"]]) for one in items]
    clock = ctx.runtime.clock
    async with ctx.runtime.database.transaction() as session:
        titles = await announce_titles(session, files, job_id=ctx.job_id, clock=clock)
        for one in titles:
            # What a person calls it may hold what a file's name cannot.
            if title and one.awaits and len(titles) == 1:
                await apply_patch(
                    session, one.id, TitlePatch(title=plain_title(title)), clock=clock
                )
    ctx.runtime.live.send("library", {})
    return titles


def plain_title(title: str) -> str:
    """Return a title as a person gave it, without the year in brackets."""
    head, bracket, rest = title.strip().rpartition("(")
    year = rest.removesuffix(")")
    return head.strip() if bracket and head.strip() and year.isdigit() and len(year) == 4 else title
