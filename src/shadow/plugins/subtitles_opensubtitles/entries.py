"""What is asked of OpenSubtitles, and what its JSON says. Pure; nothing of an answer is trusted.

Names of parameters and fields as in its reference: Search for Subtitles, Download.
"""

import re
from typing import Any, Final

from shadow.hls.ports import FoundSubtitle, SubtitleQuery
from shadow.kit.languages import language_tag
from shadow.kit.loose_json import objects, part, text, whole

NAME: Final = "opensubtitles"
MOST_FINDS: Final = 60
MOST_ID: Final = 1 << 53
ID: Final = re.compile(r"(\d{1,16})(?:~([A-Za-z0-9-]{0,16})~(f?)(s?))?", re.ASCII)
LANGUAGES: Final = {
    "pt": "pt-br,pt-pt",
    "pt-BR": "pt-br",
    "pt-PT": "pt-pt",
    "zh": "zh-cn,zh-tw",
    "zh-CN": "zh-cn",
    "zh-Hans": "zh-cn",
    "zh-TW": "zh-tw",
    "zh-HK": "zh-tw",
    "zh-Hant": "zh-tw",
    "nb": "no",
}
"""Tags that OpenSubtitles spells its own way; of others it knows the first part."""


def questions(query: SubtitleQuery) -> list[dict[str, str]]:
    """Return the searches to try, in order, until one finds something."""
    common = {"languages": _languages(query.languages)}
    if query.movie_hash:
        common["moviehash"] = query.movie_hash
    if query.episode is not None:
        common["episode_number"] = str(query.episode)
    if query.season is not None:
        common["season_number"] = str(query.season)
    asked = []
    if (by_id := _by_id(query)) is not None:
        asked.append({**common, **by_id})
    if title := " ".join(query.title.lower().split())[:200]:
        year = {"year": str(query.year)} if query.year and query.episode is None else {}
        asked.append({**common, **year, "query": title})
    # They redirect to the sorted form of anything else.
    return [dict(sorted(one.items())) for one in asked]


def _languages(tags: tuple[str, ...]) -> str:
    codes = (LANGUAGES.get(tag, tag.partition("-")[0].lower()) for tag in tags)
    return ",".join(sorted({one for several in codes for one in several.split(",")}))


def _by_id(query: SubtitleQuery) -> dict[str, str] | None:
    prefix = "parent_" if query.episode is not None else ""
    imdb = re.fullmatch(r"tt(\d{5,12})", query.external_ids.get("imdb", ""), re.ASCII)
    if imdb:
        return {f"{prefix}imdb_id": imdb[1].lstrip("0")}
    tmdb = query.external_ids.get("tmdb", "")
    return {f"{prefix}tmdb_id": tmdb} if re.fullmatch(r"\d{1,12}", tmdb, re.ASCII) else None


def finds(answer: Any) -> list[FoundSubtitle]:
    """Return the subtitles of a search that are one file each, the most fitting first."""
    found = [one for entry in objects(part(answer, "data"), 200) if (one := _find(entry))]
    found.sort(key=lambda one: (not one.exact, one.machine, -(one.downloads or 0)))
    return found[:MOST_FINDS]


def _find(entry: Any) -> FoundSubtitle | None:
    said = part(entry, "attributes")
    files = objects(part(said, "files"), 2)
    number = whole(part(files[0], "file_id"), 1, MOST_ID) if len(files) == 1 else None
    if number is None:  # a film on several discs is of no use for one file
        return None
    language = language_tag(text(part(said, "language"), 16))
    forced, sdh = _true(said, "foreign_parts_only"), _true(said, "hearing_impaired")
    name = text(part(said, "release"), 300) or text(part(files[0], "file_name"), 300)
    return FoundSubtitle(
        provider=NAME,
        id=f"{number}~{language or ''}~{'f' if forced else ''}{'s' if sdh else ''}",
        name=" ".join((name or f"Subtitle {number}").split()),
        language=language,
        forced=forced,
        sdh=sdh,
        exact=_true(said, "moviehash_match"),
        machine=_true(said, "ai_translated") or _true(said, "machine_translated"),
        downloads=whole(part(said, "download_count"), 0, MOST_ID),
    )


def _true(said: Any, name: str) -> bool:
    return part(said, name) is True
