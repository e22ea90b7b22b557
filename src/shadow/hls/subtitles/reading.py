"""Read the text of a subtitle file of any kind into cues. Pure; runs in a worker process.

SubRip, WebVTT and ASS are read here, leniently and in linear time; rarer kinds by pysubs2.
"""

import re
import warnings
from collections.abc import Iterable, Iterator
from typing import Final

import pysubs2

from shadow.hls.subtitles.ass import read_ass
from shadow.hls.subtitles.cues import Cue, known_settings, tidy
from shadow.hls.subtitles.markup import shown_ass, shown_html

RARE: Final = frozenset({"microdvd", "mpl2", "tmp", "sami"})
MOST_RARE: Final = 1 << 20
"""Characters handed to pysubs2, whose readers are not all linear."""
FILM_RATE: Final = 24_000 / 1001
"""Pictures a second of MicroDVD files that do not say, when nothing else does."""
SAID_RATE: Final = re.compile(r"\s*\{[01]\}\{[01]\}(\d{2}(?:[.,]\d{1,3})?)[ \t]*(?:\n|$)")
"""The first line of a MicroDVD file says the rate by custom."""
MIN_RATE, MAX_RATE = 10, 99
CLOCK: Final = r"(-?)(?:(\d{1,4}):)?(\d{1,2}):(\d{1,2})(?:[.,:](\d{1,3}))?"
TIMING: Final = re.compile(rf"\s*{CLOCK}\s*--?>\s*{CLOCK}(?:[ \t](.*))?")
NUMBER: Final = re.compile(r"\s*\d{1,9}\s*")
ASS_MARK: Final = re.compile(
    r"^\[(?:Script Info|V4\+? Styles|Events)\]|^Dialogue:", re.MULTILINE | re.IGNORECASE
)


def kind_of(text: str) -> str | None:
    """Tell `vtt`, `ass`, `srt` or `text` (another kind that can be read); None for no subtitle."""
    head = text[:200_000].lstrip("\ufeff \r\n\t")
    if re.match(r"WEBVTT(?:\s|$)", head):
        return "vtt"
    if ASS_MARK.search(head):
        return "ass"
    if any(TIMING.match(line) for line in head.splitlines()):
        return "srt"
    return "text" if _rare_kind(head) else None


def read(text: str, *, rate: float | None = None) -> list[Cue]:
    """Return the cues of a subtitle, in order; none when it is no subtitle at all.

    `rate` is the film's pictures a second: MicroDVD counts those.
    """
    kind = kind_of(text)
    clean = text.replace("\r\n", "\n").replace("\r", "\n")
    if kind == "ass":
        return tidy(read_ass(clean))
    if kind in {"srt", "vtt"}:
        return tidy(_timed(clean.split("\n"), vtt=kind == "vtt"))
    return tidy(_rare(clean[:MOST_RARE], rate)) if kind == "text" else []


def _timed(lines: Iterable[str], *, vtt: bool) -> Iterator[Cue]:
    """Read what is under timing lines; in WebVTT an empty line ends the text."""
    timing: re.Match[str] | None = None
    under: list[str] = []
    for line in lines:
        found = TIMING.fullmatch(line) if "->" in line else None
        if found is None:
            if timing is not None and len(under) < 200:
                under.append(line)
            continue
        if timing is not None:
            yield _cue(timing, under, vtt=vtt, last=False)
        timing, under = found, []
    if timing is not None:
        yield _cue(timing, under, vtt=vtt, last=True)


def _cue(timing: re.Match[str], lines: list[str], *, vtt: bool, last: bool) -> Cue:
    if vtt:
        stop = next((at for at, line in enumerate(lines) if not line.strip()), len(lines))
        lines = lines[:stop]
    else:
        lines = _without_next_number(lines, last=last)
    settings, text = shown_html("\n".join(lines).strip())
    own = known_settings(timing[11] or "") if vtt else ""
    return Cue(_ms(timing, 1), _ms(timing, 6), own or settings, text)


def _without_next_number(lines: list[str], *, last: bool) -> list[str]:
    """Leave out the number of the next block, which stands under an empty line as a rule."""
    filled = [place for place, line in enumerate(lines) if line.strip()]
    if last or not filled or not NUMBER.fullmatch(lines[filled[-1]]):
        return lines
    alone = len(filled) == 1 or filled[-1] - filled[-2] > 1
    return lines[: filled[-1]] if alone else lines


def _ms(timing: re.Match[str], first: int) -> int:
    hours, minutes, seconds, fraction = (timing[first + n] or "0" for n in range(1, 5))
    whole = (int(hours) * 60 + int(minutes)) * 60 + int(seconds)
    ms = whole * 1000 + int(fraction.ljust(3, "0"))
    return -ms if timing[first] else ms


def _rare_kind(text: str) -> str | None:
    try:
        kind = pysubs2.formats.autodetect_format(text[:20_000])
    except pysubs2.Pysubs2Error:
        return None
    return kind if kind in RARE else None


def _rare(text: str, rate: float | None) -> Iterator[Cue]:
    kind, said = _rare_kind(text), SAID_RATE.match(text)
    if said and MIN_RATE <= (number := float(said[1].replace(",", "."))) <= MAX_RATE:
        text, rate = text[said.end() :], number
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            script = pysubs2.SSAFile.from_string(text, format_=kind, fps=rate or FILM_RATE)
        except (pysubs2.Pysubs2Error, ValueError, ArithmeticError, LookupError):
            return
    for event in script.events:
        yield Cue(event.start, event.end, *shown_ass(event.text))
