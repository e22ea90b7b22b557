"""Cursors come back from outside: the database is asked only about what it could hold."""

import base64
import json

import pytest

from shadow.kit.paging import CursorInvalid, decode_cursor, encode_cursor


@pytest.mark.parametrize("key", ["title", "é\n", 0, -(2**62), 1.5, None])
def test_a_cursor_gives_its_key_back(key: str | float | None) -> None:
    assert decode_cursor(encode_cursor("added", key, 7), "added", 2) == [key, 7]


@pytest.mark.parametrize(
    "held",
    [
        ["added", "a\0b"],
        ["added", "\ud800"],
        ["added", 2**63],
        ["added", float("nan")],
        ["added", float("inf")],
        ["added", ["nested"]],
        ["title", 1],
        ["added", 1, 2],
        {"added": 1},
    ],
)
def test_a_cursor_with_what_no_database_holds_is_refused(held: object) -> None:
    forged = base64.urlsafe_b64encode(json.dumps(held).encode()).decode()
    with pytest.raises(CursorInvalid):
        decode_cursor(forged, "added", 1)


@pytest.mark.parametrize("forged", ["", "%", "é", "AAAA", "W" * 300])
def test_rubbish_is_refused(forged: str) -> None:
    with pytest.raises(CursorInvalid):
        decode_cursor(forged, "added", 1)
