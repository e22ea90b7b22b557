"""The text of one subtitle, in whatever markup, made into WebVTT cue text. Pure functions.

Kept are italics, bold and underline, line breaks, and where on the screen the text is. All else
goes: fonts, colours, drawings, karaoke, and any HTML, which leaves its text behind, escaped.
"""

import html
import re
from typing import Final, NamedTuple

MOST_RAW: Final = 20_000
"""Characters of one event that are looked at. Longer ones are drawings."""
MOST_TEXT: Final = 4_000
"""Characters of one cue that are kept."""
PIECE: Final = re.compile(r"(\{[^{}]*\}|</?[A-Za-z][^<>]*>|<[0-9:.]+>|\\[Nnh]|\n)")
OVERRIDE: Final = re.compile(r"\\(an?|[iubp])(\d{1,3})(?![\d(])|\\r([^\\}]{0,100})")
TAG: Final = re.compile(r"<(/?)([A-Za-z]+)")
ENTITY: Final = re.compile(r"&(?:amp|lt|gt|quot|apos|nbsp|lrm|rlm|#\d{1,6}|#[xX][0-9a-fA-F]{1,6});")
UNSEEN: Final = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\ufeff\ufffe\uffff\ud800-\udfff]")
KEPT: Final = frozenset("ibu")
BOLD: Final = 600
"""The weight from which on `\\b700` means bold."""
LEGACY: Final = {1: 1, 2: 2, 3: 3, 5: 7, 6: 8, 7: 9, 9: 4, 10: 5, 11: 6}
"""SSA's alignments, and those of the old `\\a` tag, as those of ASS (a telephone's keypad)."""


class Look(NamedTuple):
    """How a style draws its text. `alignment` is that of ASS: 2 is the bottom's middle."""

    flags: frozenset[str] = frozenset()
    alignment: int = 2


PLAIN: Final = Look()


class Shown(NamedTuple):
    """A text as WebVTT has it: cue settings and cue text, which is empty if nothing is left."""

    settings: str
    text: str


def shown_ass(raw: str, look: Look = PLAIN, looks: dict[str, Look] | None = None) -> Shown:
    """Convert the text of an ASS event, drawn in the style `look`; `looks` are all by name."""
    return _Reading(look, looks or {}).read(raw, entities=False)


def shown_html(raw: str) -> Shown:
    """Convert the text of SubRip or WebVTT: a few HTML tags, and often some of ASS."""
    return _Reading(PLAIN, {}).read(raw, entities=True)


def settings_for(alignment: int) -> str:
    """Return the WebVTT cue settings that put a text where ASS would."""
    row = "" if alignment <= 3 else "line:50%" if alignment <= 6 else "line:0"
    column = {1: "align:start", 0: "align:end"}.get(alignment % 3, "")
    return f"{row} {column}".strip()


class _Reading:
    """Where the reading of one text is: what is switched on, and the runs of text so far."""

    def __init__(self, look: Look, looks: dict[str, Look]) -> None:
        self._own = look
        self._looks = looks
        self._flags = set(look.flags)
        self._alignment: int | None = None
        self._drawing = False
        self._runs: list[tuple[frozenset[str], str]] = []
        self._room = MOST_TEXT

    def read(self, raw: str, *, entities: bool) -> Shown:
        cut = raw[:MOST_RAW]
        if len(raw) > MOST_RAW and cut.rfind("{") > cut.rfind("}"):
            cut = cut[: cut.rfind("{")]
        for piece in PIECE.split(cut):
            if piece.startswith("{") and piece.endswith("}"):
                self._override(piece)
            elif len(piece) > 2 and piece[0] == "<" and PIECE.fullmatch(piece):
                self._tag(piece)
            elif piece in {"\\N", "\n"}:
                self._add("\n")
            elif piece in {"\\n", "\\h"}:
                self._add("\u00a0" if piece == "\\h" else " ")
            elif piece:
                self._add(
                    ENTITY.sub(lambda one: html.unescape(one[0]), piece) if entities else piece
                )
        alignment = self._own.alignment if self._alignment is None else self._alignment
        return Shown(settings_for(alignment), _written(self._runs))

    def _add(self, text: str) -> None:
        if self._drawing or self._room <= 0:
            return
        kept = UNSEEN.sub("", text)[: self._room]
        self._room -= len(kept)
        flags = frozenset(self._flags)
        if self._runs and self._runs[-1][0] == flags:
            kept = self._runs.pop()[1] + kept
        self._runs.append((flags, kept))

    def _tag(self, piece: str) -> None:
        found = TAG.match(piece)
        if found and (name := found[2].lower()) in KEPT:
            self._switch(name, on=not found[1])

    def _switch(self, flag: str, *, on: bool) -> None:
        if on:
            self._flags.add(flag)
        else:
            self._flags.discard(flag)

    def _override(self, block: str) -> None:
        for name, number, style in OVERRIDE.findall(block):
            if not name:
                self._flags = set(self._looks.get(style.strip(), self._own).flags)
            elif name == "p":
                self._drawing = int(number) > 0
            elif name in KEPT:
                weight = int(number)
                self._switch(name, on=weight == 1 or (name == "b" and weight >= BOLD))
            elif self._alignment is None:  # of several, the first counts
                self._alignment = _alignment(name, int(number))


def _alignment(name: str, number: int) -> int | None:
    if name == "a":
        return LEGACY.get(number)
    return number if 1 <= number <= 9 else None


def _written(runs: list[tuple[frozenset[str], str]]) -> str:
    """Write runs as cue text; each line closes its own tags, so empty ones can be dropped."""
    lines: list[str] = []
    line: list[str] = []
    filled = False
    for flags, text in runs:
        for place, part in enumerate(text.split("\n")):
            if place:
                lines += ["".join(line).strip()] if filled else []
                line, filled = [], False
            if part:
                filled = filled or not part.isspace()
                line.append(_tagged(flags, html.escape(part, quote=False)))
    lines += ["".join(line).strip()] if filled else []
    return "\n".join(lines)


def _tagged(flags: frozenset[str], text: str) -> str:
    if text.isspace():
        return text
    order = sorted(flags)
    opened = "".join(f"<{flag}>" for flag in order)
    closed = "".join(f"</{flag}>" for flag in reversed(order))
    return f"{opened}{text}{closed}"
