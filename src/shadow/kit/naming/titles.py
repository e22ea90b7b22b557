"""Choose the piece of a name that is its title, and make it fit to show."""

from __future__ import annotations

import re
from dataclasses import dataclass

from shadow.kit.naming.text import Text
from shadow.kit.naming.vocabulary import COUNTRIES, WEAK

_BRACKETS = {"[": "]", "(": ")"}
_LETTER = re.compile(r"[^\W\d_]")
_LATIN = re.compile(r"[a-zà-ÿ]{2}")
_OTHER_SCRIPT = re.compile("[\u0400-\u06ff\u0900-\u0eff\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]")
_ACRONYM = re.compile(r"(?<![^\W_])(?:[^\W\d_]\.){2,}(?![^\W_]{2})")
_AKA = re.compile(r" +a\.?k\.?a\.? +", re.IGNORECASE)
_STARS = frozenset("★☆◆")
_AROUND = " \t-_~,;:|+=/\\&@*"
_LATIN_PART = re.compile(r"(?<![^\W])[A-Za-zÀ-ÿ0-9!?'’&:,. \-]{3,}(?![^\W])")


@dataclass(frozen=True, slots=True)
class Piece:
    """Hold a stretch of a name that is wholly inside or wholly outside brackets."""

    start: int
    end: int
    bracketed: bool


def pieces_of(text: Text) -> list[Piece]:
    """Split a name at its outermost brackets; a bracket that never closes is ordinary text."""
    flat, pieces, position = text.flat, [], 0
    if "[" not in flat and "(" not in flat:
        return [Piece(0, len(flat), bracketed=False)]
    place = 0
    while place < len(flat):
        close = _BRACKETS.get(flat[place])
        end = flat.find(close, place) if close else -1
        if end < 0:
            place += 1
            continue
        if place > position:
            pieces.append(Piece(position, place, bracketed=False))
        pieces.append(Piece(place + 1, end, bracketed=True))
        position = place = end + 1
    if position < len(flat):
        pieces.append(Piece(position, len(flat), bracketed=False))
    return pieces


def title_piece(
    text: Text, pieces: list[Piece], ends: list[int], numbered: int | None
) -> Piece | None:
    """Return the stretch of the title: the first text outside brackets, else the best inside.

    `numbered` is where the episode's mark stands: among brackets the one before it is the title.
    """
    open_text: list[Piece] = []
    inside: list[Piece] = []
    for number, piece in enumerate(pieces):
        trimmed = _until_end(text.flat, piece, ends)
        if not trimmed:
            continue
        if piece.bracketed:
            inside.append(trimmed)
        elif not _is_tail(text.flat, trimmed) or not (open_text or inside):
            open_text.append(_through_brackets(text.flat, pieces, number, trimmed, ends))
    named = [piece for piece in open_text if _names(text.flat, piece, ends)]
    if named:
        return _translated(text.flat, named[0], inside)
    before = [piece for piece in inside if numbered is not None and piece.end < numbered]
    choices = before or inside
    if len(choices) > 1:
        latin = [piece for piece in choices[1:] if _LATIN.search(text.flat, piece.start, piece.end)]
        return latin[-1] if latin and before else (latin or choices[1:])[0]
    return next(iter(choices or open_text), None)


def _translated(flat: str, title: Piece, inside: list[Piece]) -> Piece:
    """Prefer the Latin name in brackets right after one in another script."""
    after = next((piece for piece in inside if 0 < piece.start - title.end <= 2), None)
    if (
        after
        and not _LATIN.search(flat, title.start, title.end)
        and len(_LATIN.findall(flat[after.start : after.end])) > 2
    ):
        return after
    return title


def _is_tail(flat: str, piece: Piece) -> bool:
    """Tell whether a piece is a group after brackets: "...[1080p]-GROUP"."""
    return (
        piece.start > 0
        and flat[piece.start] == "-"
        and " " not in flat[piece.start : piece.end].strip()
    )


def _names(flat: str, piece: Piece, ends: list[int]) -> bool:
    """Tell whether a piece outside brackets can be a title beside bracketed ones."""
    content = flat[piece.start : piece.end].strip()
    if piece.start == 0:
        return True
    decorated = content[:1] in _STARS and content[-1:] in _STARS
    return not decorated and (bool(_LETTER.search(content)) or piece.end in ends)


def _through_brackets(
    flat: str, pieces: list[Piece], number: int, piece: Piece, ends: list[int]
) -> Piece:
    """Extend a title over a bracket that belongs to it: "You Are (Not) Alone", "Tora (TV)"."""
    while piece.end == pieces[number].end and number + 1 < len(pieces):
        bracket = pieces[number + 1]
        content = flat[bracket.start : bracket.end]
        if (
            not _LETTER.search(content)
            or len(content) > 20
            or (content.strip() in WEAK and content.strip() not in COUNTRIES)
            or any(bracket.start <= place < bracket.end for place in ends)
        ):
            break
        after = _until_end(flat, pieces[number + 2], ends) if number + 2 < len(pieces) else None
        if (
            after
            and not pieces[number + 2].bracketed
            and _LETTER.search(flat, after.start, after.end)
            and not _is_tail(flat, after)
        ):
            piece, number = Piece(piece.start, after.end, bracketed=False), number + 2
        elif (
            " " not in content.strip()
            and number + 2 < len(pieces)
            and flat[bracket.start - 1] == "("
        ):
            return Piece(piece.start, bracket.end + 1, bracketed=False)
        else:
            break
    return piece


def _until_end(flat: str, piece: Piece, ends: list[int]) -> Piece | None:
    end = min([place for place in ends if piece.start <= place < piece.end], default=piece.end)
    if piece.bracketed and end < piece.end and not flat[piece.start : end].strip(_AROUND + "()[]"):
        return None
    content = flat[piece.start : end].strip(_AROUND + "()[]\x7f.!")
    if not content or not re.search(r"[^\W_]", content):
        return None
    if piece.bracketed and not _LETTER.search(content):
        return None
    return Piece(piece.start, end, piece.bracketed)


def tidy(raw: str) -> str:
    """Return a piece of a name as a title: separators to spaces, acronyms kept, edges trimmed."""
    title = raw.replace("_", " ").strip(_AROUND)
    if "." in title:
        title = _spread_dots(title)
    title = re.sub(r"\s+", " ", title).strip(_AROUND)
    title = _AKA.split(_balanced(title), maxsplit=1)[0]
    if title.endswith(".") and title.count(".") == 1:
        title = title[:-1]
    if _OTHER_SCRIPT.search(title) and _LATIN.search(title.lower()):
        title = _latin_name(title)
    return title


def _spread_dots(title: str) -> str:
    if " " in title and title.count(".") <= title.count(" "):
        return title.rstrip(".") if not _ACRONYM.search(title) and title.endswith("..") else title
    held: list[str] = []
    last = 0
    for found in _ACRONYM.finditer(title):
        held += [title[last : found.start()].replace(".", " "), found[0] + " "]
        last = found.end()
    return "".join(held) + title[last:].replace(".", " ")


def _balanced(title: str) -> str:
    for left, right in ("()", "[]"):
        if title.count(left) != title.count(right):
            title = title.replace(left, " ").replace(right, " ").strip(_AROUND)
        title = title.replace(left + right, "").strip()
    return title


def _latin_name(title: str) -> str:
    """Choose the Latin half of "Черное зеркало / Black Mirror": providers know it best."""
    halves = [half.strip(_AROUND) for half in re.split(r" ?[/|] ?| \\ ", title)]
    latin = [
        half for half in halves if _LATIN.search(half.lower()) and not _OTHER_SCRIPT.search(half)
    ]
    if latin:
        return latin[0]
    words = title.split(" ")
    kept = [word for word in words if not _OTHER_SCRIPT.search(word)]
    joined = " ".join(kept).strip(_AROUND + "()[]")
    return joined if len(_LETTER.findall(joined)) >= 3 else title
