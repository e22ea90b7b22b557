"""`shadow parse` takes any bytes, and prints JSON alone."""

import json
import subprocess
from typing import Any

import pytest

from tests.support.programs import run


def parse(*arguments: str | bytes, given: bytes = b"") -> subprocess.CompletedProcess[str]:
    return run("shadow", "parse", *arguments, given=given, env={"SHADOW_LOG_LEVEL": "debug"})


def test_names_of_any_bytes_are_understood_from_both_sides() -> None:
    hostile = b"Show S01E02 \xff\xfe\x1b[31m.mkv"
    listed: list[Any] = []
    for ended in (
        parse("--json", hostile),
        parse("--json", given=hostile + b"\r\n\n \nFilm (2019)"),
    ):
        assert ended.returncode == 0, ended.stderr
        listed.append(json.loads(ended.stdout))
    by_argument, by_line = listed
    assert (by_argument[0]["season"], by_argument[0]["episodes"]) == (1, [2])
    assert [one["name"] for one in by_line] == [by_argument[0]["name"], "Film (2019)"]


@pytest.mark.parametrize("name", ["Bold [red]x[/nope] S01E01.mkv", "[/] S01E01.mkv"])
def test_a_name_that_looks_like_markup_is_shown_as_it_is(name: str) -> None:
    ended = parse(name)
    assert ended.returncode == 0, ended.stderr
    shown = ended.stdout.split()  # the table breaks long names into lines
    assert name.split() == shown[: len(name.split())]
