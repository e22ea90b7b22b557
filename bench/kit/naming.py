"""Measure how well and how fast names are understood, beside the peers that are installed.

Run `python -m bench.kit.naming [SUITE.json ...]` from the project's root. PTT (`parsett`) and
guessit are compared when installed; neither is a dependency. A suite is a JSON file in guessit's
cross-parser form, `{"entries": [{"release_name": …, "expected": {"title", "season", …}}]}`. The
peers see the name alone where it says something, and the joined path where it stands in folders:
guessit reads paths, PTT reads whatever it is given.
"""

from __future__ import annotations

import importlib
import json
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

from tests.kit.naming.names import Answer, Case, cases, wrong

from shadow.kit.naming import understand

Parser = Callable[[Sequence[str], str], Answer]
ROUTED = ("[", "(", "【")


def listed(value: Any) -> list[Any]:
    """Return a parser's single value or list as a list."""
    return [] if value is None else value if isinstance(value, list) else [value]


def shadow(folders: Sequence[str], name: str) -> Answer:
    """Ask our own function."""
    parsed = understand(name, folders=folders)
    day = parsed.date.isoformat() if parsed.date else None
    return Answer(parsed.title, parsed.year, parsed.seasons, parsed.episodes, day)


def ptt(parse: Callable[[str], dict[str, Any]]) -> Parser:
    """Ask PTT."""

    def ask(folders: Sequence[str], name: str) -> Answer:
        got = parse("/".join([*folders, name]))
        return Answer(
            title=got.get("title", ""),
            year=got.get("year"),
            seasons=got.get("seasons") or [],
            episodes=got.get("episodes") or [],
            day=got.get("date"),
        )

    return ask


def guessit(parse: Callable[[str], dict[str, Any]]) -> Parser:
    """Ask guessit."""

    def ask(folders: Sequence[str], name: str) -> Answer:
        got = parse("/".join([*folders, name]))
        day = got.get("date")
        return Answer(
            title=" ".join(map(str, listed(got.get("title")))),
            year=next(iter(listed(got.get("year"))), None),
            seasons=listed(got.get("season")),
            episodes=listed(got.get("episode")) or listed(got.get("absolute_episode")),
            day=day.isoformat() if day else None,
        )

    return ask


def parsers() -> dict[str, Parser]:
    """Return every parser that is installed, and the router of the two peers."""
    found: dict[str, Parser] = {"shadow": shadow}
    try:
        found["PTT"] = one = ptt(importlib.import_module("PTT").parse_title)
        found["guessit"] = two = guessit(importlib.import_module("guessit").guessit)
    except ImportError as missing:
        print(f"not compared: {missing.name}", file=sys.stderr)
        return found
    found["router"] = lambda folders, name: (one if name.startswith(ROUTED) else two)(folders, name)
    return found


def suite(file: Path) -> Iterator[tuple[str, dict[str, Any]]]:
    """Give the names of a suite and what it expects."""
    for entry in json.loads(file.read_text(encoding="utf-8"))["entries"]:
        yield entry["release_name"], entry["expected"]


def kept(expected: dict[str, Any], answer: Answer) -> bool:
    """Tell whether every fact that a suite asserts is right."""
    faults = wrong(
        Case(
            category="",
            folders=(),
            name="",
            title=next(iter(listed(expected.get("title"))), answer.title),
            year=next(iter(listed(expected.get("year"))), answer.year),
            seasons=tuple(listed(expected.get("season"))) or tuple(answer.seasons),
            episodes=tuple(listed(expected.get("episode"))) or tuple(answer.episodes),
            day=expected.get("date") or answer.day,
            part=None,
            kind="any",
        ),
        answer,
    )
    asked = listed(expected.get("episode"))
    ends = (
        asked
        and list(answer.episodes)[:1] == asked[:1]
        and list(answer.episodes)[-1:] == asked[-1:]
    )
    return not [fault for fault in faults if fault != "episodes" or not ends]


Row = tuple[str, Callable[[Parser], float]]


def share_of(group: list[Case]) -> Callable[[Parser], float]:
    """Return what measures the share of right names in a part of our corpus."""
    return lambda parser: (
        sum(not wrong(case, parser(case.folders, case.name)) for case in group) / len(group)
    )


def share_kept(entries: list[tuple[str, dict[str, Any]]]) -> Callable[[Parser], float]:
    """Return what measures the share of names of which a suite finds everything right."""
    return lambda parser: (
        sum(kept(expected, parser((), name)) for name, expected in entries) / len(entries)
    )


def rows(files: list[str]) -> Iterator[Row]:
    """Give the rows of the table: the parts of our corpus, then other suites."""
    every = list(cases())
    video = [case for case in every if case.category not in {"extras", "books", "audio"}]
    for category in dict.fromkeys(case.category for case in every):
        group = [case for case in every if case.category == category]
        yield f"{category} ({len(group)})", share_of(group)
    for name, half in (("tuned half", False), ("held-out half", True)):
        group = [case for case in video if case.held_out == half]
        yield f"video, {name} ({len(group)})", share_of(group)
    yield f"video ({len(video)})", share_of(video)
    yield f"everything ({len(every)})", share_of(every)
    for file in files:
        entries = list(suite(Path(file)))
        yield f"suite {Path(file).stem} ({len(entries)})", share_kept(entries)


def speed(parser: Parser) -> float:
    """Return names a second in one thread, folders included."""
    every = list(cases())
    start = time.perf_counter()
    for case in every:
        parser(case.folders, case.name)
    return len(every) / (time.perf_counter() - start)


def main(files: list[str]) -> None:
    """Print the table: share of names with title, year, season, episodes and day all right."""
    compared = parsers()
    print(f"{'names':28}" + "".join(f"{name:>10}" for name in compared))
    for label, measure in rows(files):
        print(f"{label:28}" + "".join(f"{measure(one):>10.1%}" for one in compared.values()))
    print(f"{'names a second':28}" + "".join(f"{speed(one):>10,.0f}" for one in compared.values()))


if __name__ == "__main__":
    main(sys.argv[1:])
