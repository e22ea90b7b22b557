"""Names of new files, by the operator's template: `{title} ({year}) - S{season:02}E{episode:02}`.

A template is cut at each ` - `. Of a piece, brackets whose fields are not known are left out; a
piece that still has an unknown field is left out whole. So the one above names films too.
"""

import re
from collections.abc import Mapping, Sequence
from string import Formatter
from typing import Final

from shadow.ingest.walking import SKIPPED
from shadow.kit.file_names import safe_file_name
from shadow.kit.naming import ParsedName

DEFAULT: Final = "{title} ({year}) - S{season:02}E{episode:02}"
FIELDS: Final = frozenset(
    ("title", "year", "season", "episode", "edition", "resolution", "source", "group")
)
TITLE_BYTES: Final = 120
NAME_BYTES: Final = 230
"""Of 255 that file systems take: room is left for ` (2)` and the words of a subtitle's name."""
_SEPARATOR: Final = " - "
_FURTHER: Final = "further episodes"
_BRACKETS: Final = re.compile(r"\s*[(\[][^()\[\]]*[)\]]")
_SPEC: Final = re.compile(r"0?\d?")
_MEANT: Final = (
    (re.compile(r"\s*:\s+"), " - "), (re.compile(r"[:/\\|]"), "-"),
    (re.compile(r"[\"“”]"), "'"), (re.compile(r"[?*<>]"), ""), (re.compile(r"\s+"), " "),
)  # fmt: skip

Known = Mapping[str, str | int]


def check_template(template: str) -> str:
    """Return a template as it is. Raises ValueError, in words, for one that cannot be used."""
    try:
        parts = list(Formatter().parse(template))
    except ValueError as error:
        raise ValueError(f"is no template: {error}") from None
    named = [(name, spec or "", conversion) for _, name, spec, conversion in parts if name]
    if any(name == "" for _, name, _, _ in parts) or "title" not in {one[0] for one in named}:
        raise ValueError("has to name {title}, and every field by its name")
    for name, spec, conversion in named:
        if name not in FIELDS or not _SPEC.fullmatch(spec) or conversion:
            raise ValueError(f"{{{name}}} is not one of: {', '.join(sorted(FIELDS))}")
    if "/" in template:
        raise ValueError("names a file, without folders")
    return template


def library_name(
    parsed: ParsedName, ending: str, *, template: str = DEFAULT, more: Sequence[str] = ()
) -> str:
    """Return where in a storage a file belongs, such as `Films/Nosferatu (1922)/Nosferatu ….mkv`.

    Args:
        parsed: what its name is understood as.
        ending: of its name, without the dot.
        template: see the module; checked by `check_template`.
        more: words to tell it from others of its name, such as `1080p`.

    Returns:
        A relative path of names that every common disk takes, each of at most 240 bytes.
    """
    title = _cut(_meant(parsed.title), TITLE_BYTES) or "Untitled"
    shelf = _safe(f"{title} ({parsed.year})" if parsed.year else title)
    if parsed.kind == "audio":
        return f"Audio/{shelf}/{_safe(_meant(parsed.name.rpartition('.')[0]) or title)}.{ending}"
    pieces = _pieces(template, {**_known(parsed), "title": title})
    if parsed.kind == "episode":
        shown = _SEPARATOR.join((*pieces, *_unnamed_numbers(parsed, template), *more))
        season = f"/Season {parsed.season:02}" if parsed.season is not None else ""
        return f"Series/{shelf}{season}/{_safe(shown)}.{ending}"
    edition = [parsed.edition] if parsed.edition and "{edition}" not in template else []
    part = [f"part{parsed.part}"] if parsed.part is not None else []
    shown = _SEPARATOR.join((*pieces, *edition, *more, *part))
    return f"Films/{shelf}/{_safe(shown)}.{ending}"


def _known(parsed: ParsedName) -> Known:
    found: dict[str, str | int | None] = {
        "year": parsed.year, "edition": parsed.edition, "resolution": parsed.resolution,
        "source": parsed.source, "group": parsed.group, "season": parsed.season,
        "episode": parsed.episodes[0] if parsed.episodes else None,
    }  # fmt: skip
    if parsed.kind != "episode":
        found |= {"season": None, "episode": None}
    known = {name: value for name, value in found.items() if value is not None}
    return {**known, _FURTHER: _further(parsed)}


def _pieces(template: str, known: Known) -> list[str]:
    """Return the pieces of a template that are known, filled in; the first is there always."""
    pieces = []
    for piece in template.split(_SEPARATOR):
        kept = _BRACKETS.sub(lambda found: found[0] if _is_known(found[0], known) else "", piece)
        if kept.strip() and _is_known(kept, known):
            pieces.append(_filled(kept, known).strip())
    return pieces


def _is_known(text: str, known: Known) -> bool:
    return all(name in known for _, name, _, _ in Formatter().parse(text) if name)


def _filled(text: str, known: Known) -> str:
    filled = ""
    for literal, name, spec, _ in Formatter().parse(text):
        filled += literal
        if name:
            value = known[name]
            filled += format(value, spec or "") if isinstance(value, int) else _meant(value)
        if name == "episode":
            filled += str(known[_FURTHER])
    return filled


def _unnamed_numbers(parsed: ParsedName, template: str) -> list[str]:
    """Return what tells an episode where the template has no piece for it, or only half of one."""
    if parsed.season is not None and parsed.episodes:
        told = f"S{parsed.season:02}E{parsed.episodes[0]:02}{_further(parsed)}"
        return [] if "{episode" in template else [told]
    if parsed.date is not None:
        return [parsed.date.isoformat()]
    if parsed.episodes:
        ends = dict.fromkeys((parsed.episodes[0], parsed.episodes[-1]))
        return ["-".join(f"{number:03}" for number in ends)]
    return [f"S{parsed.season:02}"] if parsed.season is not None else []


def _further(parsed: ParsedName) -> str:
    """Return what follows the number of the first episode in a file that holds several."""
    others = parsed.episodes[1:]
    if len(others) > 3:
        return f"-E{others[-1]:02}"
    return "".join(f"E{number:02}" for number in others)


def _meant(text: str) -> str:
    """Return a text with what file names cannot hold written as people would."""
    for pattern, instead in _MEANT:
        text = pattern.sub(instead, text)
    return text.strip()


def _safe(name: str) -> str:
    safe = safe_file_name(name, max_bytes=NAME_BYTES)
    # Scans pass by what systems keep for themselves.
    return f"_{safe}" if safe.lower().encode() in SKIPPED else safe


def _cut(text: str, most: int) -> str:
    return text.encode("utf-8", "ignore")[:most].decode("utf-8", "ignore").strip(" .-")
