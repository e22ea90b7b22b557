"""Measure how well and how fast names are understood, beside the peers that are installed.

Run `python -m bench.catalog.naming [SUITE.json ...]` from the project's root. PTT (`parsett`) and
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

from tests.catalog.naming.names import Answer, Case, cases, wrong

from shadow.catalog.naming import understand

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


def main(files: list[str]) -> None:
    """Print the table."""
    every = list(cases())
    groups: dict[str, list[Case]] = {}
    for case in every:
        groups.setdefault(case.category, []).append(case)
        groups.setdefault("held-out half" if case.held_out else "tuned half", []).append(case)
    groups["corpus"] = every
    suites = {Path(file).stem: list(suite(Path(file))) for file in files}
    print(f"{'parser':10}" + "".join(f"{name:>15}" for name in [*groups, *suites, "names/s"]))
    for title, parser in parsers().items():
        shares = [
            sum(not wrong(case, parser(case.folders, case.name)) for case in group) / len(group)
            for group in groups.values()
        ]
        shares += [
            sum(kept(expected, parser((), name)) for name, expected in entries) / len(entries)
            for entries in suites.values()
        ]
        start = time.perf_counter()
        for case in every:
            parser(case.folders, case.name)
        speed = len(every) / (time.perf_counter() - start)
        print(f"{title:10}" + "".join(f"{share:>15.1%}" for share in shares) + f"{speed:>15,.0f}")


if __name__ == "__main__":
    main(sys.argv[1:])
