"""Cues: put in order, bounded, and written as WebVTT (W3C WebVTT 1, section 4). Pure functions."""

import html
import re
from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

import orjson

MOST_CUES = 60_000
"""Of one track; a talkative film has 3,000."""
MOST_CHARACTERS = 8 << 20
"""Of all cues of a track together."""
LAST_MS = 100 * 3_600_000
"""No film is longer than 100 hours: what begins later is nonsense, what ends later is cut."""
UNENDED_MS = 5_000
"""How long a cue stays when nothing says when it ends and none follows."""
GAP_MS = 50
"""Equal cues no further apart are one: signs in ASS are often drawn picture by picture."""
HEADER = "WEBVTT\n"
SETTINGS = re.compile(
    r"(?:line|position):-?\d{1,5}(?:\.\d{1,3})?%?(?:,[a-z-]{3,10})?|size:\d{1,3}(?:\.\d{1,3})?%"
    r"|align:(?:start|center|end|left|right)|vertical:(?:rl|lr)"
)


class NotCues(ValueError):
    """A file that should hold cues holds something else."""


class Cue(NamedTuple):
    """A text on the screen from `start` to `end` (ms).

    `settings` are WebVTT's (`line:0 align:start`); `text` is WebVTT cue text: escaped, its tags
    balanced, no empty line in it.
    """

    start: int
    end: int
    settings: str
    text: str


def tidy(cues: Iterable[Cue]) -> list[Cue]:
    """Return the cues that can be shown, by start, equal neighbours made one, within the bounds.

    A cue whose end is its start lasts until the next begins, five seconds at most.
    """
    usable = sorted(one for one in cues if one.text and one.end >= 0 and one.start < LAST_MS)
    tidied: list[Cue] = []
    latest: dict[tuple[str, str], int] = {}
    characters = 0
    for place, cue in enumerate(usable):
        start, end = max(0, cue.start), min(_end(cue, place, usable), LAST_MS)
        if end <= start:
            continue
        before = latest.get((cue.settings, cue.text))
        if before is not None and start <= tidied[before].end + GAP_MS:
            tidied[before] = tidied[before]._replace(end=max(end, tidied[before].end))
            continue
        characters += len(cue.text)
        if len(tidied) >= MOST_CUES or characters > MOST_CHARACTERS:
            break
        latest[cue.settings, cue.text] = len(tidied)
        tidied.append(Cue(start, end, cue.settings, cue.text))
    return sorted(tidied)


def _end(cue: Cue, place: int, cues: Sequence[Cue]) -> int:
    if cue.end != cue.start:
        return cue.end
    later = next((one.start for one in cues[place + 1 : place + 9] if one.start > cue.start), None)
    longest = cue.start + UNENDED_MS
    return longest if later is None else min(later, longest)


def to_bytes(cues: Sequence[Cue]) -> bytes:
    """Pack cues for a file; `from_bytes` reads it."""
    return orjson.dumps([list(one) for one in cues])


def from_bytes(packed: bytes) -> list[Cue]:
    """Return the cues of `to_bytes`. Raises `NotCues` for anything else."""
    try:
        rows: Any = orjson.loads(packed)
        return [_cue(*row) for row in rows]
    except (TypeError, orjson.JSONDecodeError) as error:
        raise NotCues("not a list of cues") from error


def _cue(start: object, end: object, settings: object, text: object) -> Cue:
    if not (isinstance(start, int) and isinstance(end, int) and 0 <= start < end <= LAST_MS):
        raise NotCues("a cue without proper times")
    if not (isinstance(settings, str) and isinstance(text, str)):
        raise NotCues("a cue without text")
    return Cue(start, end, settings, text)


def webvtt(cues: Sequence[Cue], *, shift: int = 0) -> str:
    """Write a whole WebVTT file, every time moved by `shift` ms; what ends before 0 is left out."""
    blocks = [HEADER]
    for cue in cues:
        start, end = max(0, cue.start + shift), cue.end + shift
        if end > start:
            settings = f" {cue.settings}" if cue.settings else ""
            blocks.append(f"{timestamp(start)} --> {timestamp(end)}{settings}\n{cue.text}\n")
    return "\n".join(blocks)


def webvtt_part(cues: Sequence[Cue], start: int, end: int, *, shift: int = 0) -> str:
    """Write the cues that touch `start <= t < end` (ms, after the shift), each with all its time.

    RFC 8216 section 3.5: a cue belongs in every segment that it is to be shown in.
    """
    touching = [one for one in cues if one.start + shift < end and one.end + shift > start]
    return webvtt(touching, shift=shift)


def srt(cues: Sequence[Cue]) -> str:
    """Write cues as SubRip, for programs that draw no WebVTT; places and classes are lost."""
    blocks = [
        f"{number}\n{_comma(one.start)} --> {_comma(one.end)}\n{html.unescape(one.text)}\n"
        for number, one in enumerate(cues, 1)
    ]
    return "\n".join(blocks)


def _comma(ms: int) -> str:
    return timestamp(ms).replace(".", ",")


def timestamp(ms: int) -> str:
    """Return `00:01:02.003`; hours have at least two digits."""
    seconds, thousandths = divmod(ms, 1000)
    minutes, seconds = divmod(seconds, 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours:02}:{minutes:02}:{seconds:02}.{thousandths:03}"


def known_settings(written: str) -> str:
    """Return those cue settings of a WebVTT timing line that are well formed."""
    words = written[:400].split()
    return " ".join(word for word in words[:8] if SETTINGS.fullmatch(word))
