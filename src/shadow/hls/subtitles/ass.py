"""ASS and SSA scripts: read into cues, written from packets, moved in time. Pure functions.

Lenient where pysubs2 is strict: one bad line costs that line, not the script.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Final

from shadow.hls.subtitles.cues import LAST_MS, Cue
from shadow.hls.subtitles.markup import BOLD, LEGACY, PLAIN, Look, shown_ass

MOST_STYLES: Final = 5_000
EVENT_FORMAT: Final = "Layer, Start, End, Style, Name, MarginL, MarginR, MarginV, Effect, Text"
TIME: Final = re.compile(r"(-?)(\d{1,3}):(\d{1,2}):(\d{1,2})(?:[.:,](\d{1,3}))?")
EVENT_TIMES: Final = re.compile(
    r"^((?:Dialogue|Comment):[^,\n]*,)\s*(-?[\d:.]{4,14})\s*,\s*(-?[\d:.]{4,14})\s*,", re.MULTILINE
)
SSA_STYLES: Final = "[v4 styles]"


def read_ass(script: str) -> Iterator[Cue]:
    """Return the cues of a script, not yet in order; drawings and comments are left out."""
    section, fields = "", _fields(EVENT_FORMAT)
    style_fields: list[str] = []
    looks: dict[str, Look] = {}
    for line in script.split("\n"):
        kind, colon, rest = line.strip().partition(":")
        if line.lstrip().startswith("["):
            section = line.strip().lower()
        elif not colon:
            continue
        elif kind == "Format":
            if "styles" in section:
                style_fields = _fields(rest)
            else:
                fields = _fields(rest)
        elif kind == "Style" and len(looks) < MOST_STYLES:
            name, look = _look(style_fields, rest, ssa=section == SSA_STYLES)
            looks[name] = look
        elif kind == "Dialogue" and (cue := _cue(fields, rest, looks)) is not None:
            yield cue


def _fields(written: str) -> list[str]:
    return [name.strip().lower() for name in written[:2_000].split(",")]


def _look(fields: Sequence[str], written: str, *, ssa: bool) -> tuple[str, Look]:
    values = dict(zip(fields, (one.strip() for one in written.split(",")), strict=False))
    flags = {
        flag
        for flag, field in (("b", "bold"), ("i", "italic"), ("u", "underline"))
        if (number := _number(values.get(field, "0"))) in (-1, 1)
        or (flag == "b" and number >= BOLD)
    }
    alignment = _number(values.get("alignment", "2"))
    if ssa:
        alignment = LEGACY.get(alignment, 2)
    alignment = alignment if 1 <= alignment <= 9 else 2
    return values.get("name", "").lstrip("*"), Look(frozenset(flags), alignment)


def _number(written: str) -> int:
    match = re.match(r"-?\d{1,9}", written)
    return int(match[0]) if match else 0


def _cue(fields: Sequence[str], written: str, looks: dict[str, Look]) -> Cue | None:
    values = dict(zip(fields, written.split(",", len(fields) - 1), strict=False))
    start, end = ass_ms(values.get("start", "")), ass_ms(values.get("end", ""))
    if start is None or end is None:
        return None
    look = looks.get(values.get("style", "").strip().lstrip("*"), PLAIN)
    settings, text = shown_ass(values.get("text", ""), look, looks)
    return Cue(start, end, settings, text)


def ass_ms(written: str) -> int | None:
    """Return the milliseconds of `0:01:02.34`, None when it is no time."""
    found = TIME.match(written.strip())
    if not found:
        return None
    sign, hours, minutes, seconds, fraction = found.groups()
    whole = (int(hours) * 60 + int(minutes)) * 60 + int(seconds)
    ms = whole * 1000 + int((fraction or "0").ljust(3, "0"))
    return -ms if sign else ms


def ass_time(ms: int) -> str:
    """Return `0:01:02.34`, to the nearest hundredth; never below zero."""
    hundredths = (max(0, min(ms, LAST_MS)) + 5) // 10
    seconds, hundredths = divmod(hundredths, 100)
    minutes, seconds = divmod(seconds, 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{seconds:02}.{hundredths:02}"


def script_of(header: str, packets: Iterable[tuple[int, int, str]]) -> str:
    """Put a script together from what containers keep apart.

    `header` is the track's private part, packets are (start, end, content) in ms, their content
    `ReadOrder,Layer,Style,Name,MarginL,MarginR,MarginV,Effect,Text` as Matroska has it.
    """
    lines: list[tuple[int, str]] = []
    for start, end, content in packets:
        order, _, rest = content.partition(",")
        layer, _, event = rest.partition(",")
        kept = event.replace("\r", "").replace("\n", "\\N")
        times = f"{ass_time(start)},{ass_time(end)}"
        lines.append((_number(order), f"Dialogue: {_number(layer)},{times},{kept}"))
    lines.sort(key=lambda one: one[0])
    top = header.replace("\r\n", "\n").replace("\0", "").rstrip("\n")
    if "[events]" not in top.lower():
        top += f"\n\n[Events]\nFormat: {EVENT_FORMAT}"
    return "\n".join([top, *(line for _, line in lines), ""])


def moved(script: str, shift: int) -> str:
    """Move every event of a script by `shift` ms; what would begin before 0 begins at 0."""
    if shift == 0:
        return script

    def move(found: re.Match[str]) -> str:
        start, end = ass_ms(found[2]), ass_ms(found[3])
        if start is None or end is None:
            return found[0]
        return f"{found[1]}{ass_time(start + shift)},{ass_time(end + shift)},"

    return EVENT_TIMES.sub(move, script)
