"""Preconditions and If-Range: the conditions of the table, in RFC 9110's order."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shadow.kit.http_dates import format_http_date, parse_http_date
from shadow.kit.preconditions import strong_etag
from shadow.kit.ranges import Plan, Representation, plan_response

MTIME = 1_700_000_000
NOW = MTIME + 1_000
SAME = format_http_date(MTIME)
NEWER = format_http_date(MTIME + 1)
OLDER = format_http_date(MTIME - 1)
KEPT = (("cache-control", "private, no-cache"), ("vary", "cookie"))


def ask(method: str, headers: dict[str, str], etag: str = '"A"', now: int = NOW) -> Plan:
    file = Representation(11, etag, MTIME, "video/mp4", (*KEPT, ("content-disposition", "inline")))
    return plan_response(method, headers, file, boundary="BOUND", now=now)


IF_RANGE = [
    ('"A"', 206),
    ('W/"A"', 200),
    ('"B"', 200),
    ("A", 200),
    ('"A", "B"', 200),
    (SAME, 206),
    (NEWER, 200),
    (OLDER, 200),
    ("garbage", 200),
    ("", 200),
    (str(MTIME), 200),
    (SAME.replace("GMT", "+0000"), 200),
    (SAME.lower(), 200),
]


@pytest.mark.parametrize(("value", "status"), IF_RANGE)
def test_if_range_needs_the_exact_strong_validator(value: str, status: int) -> None:
    assert ask("GET", {"range": "bytes=0-4", "if-range": value}).status == status
    assert ask("HEAD", {"range": "bytes=0-4", "if-range": value}).status == 200


def test_a_weak_etag_never_satisfies_if_range() -> None:
    asked = {"range": "bytes=0-4", "if-range": 'W/"A"'}
    assert ask("GET", asked, etag='W/"A"').status == 200


def test_a_date_is_too_weak_for_if_range_within_its_own_second() -> None:
    asked = {"range": "bytes=0-4", "if-range": SAME}
    assert ask("GET", asked, now=MTIME).status == 200
    assert ask("GET", asked, now=MTIME + 1).status == 206


def test_if_range_without_range_is_ignored() -> None:
    assert ask("GET", {"if-range": '"B"'}) == ask("GET", {})


def test_a_failing_if_range_sends_the_file_even_when_nothing_is_satisfiable() -> None:
    assert ask("GET", {"range": "bytes=100-", "if-range": '"B"'}).status == 200
    assert ask("GET", {"range": "bytes=100-", "if-range": '"A"'}).status == 416


CONDITIONS = [
    ({"if-none-match": '"A"'}, 304),
    ({"if-none-match": 'W/"A"'}, 304),
    ({"if-none-match": '"baz", W/"A"'}, 304),
    ({"if-none-match": '"baz",,W/"A"'}, 304),
    ({"if-none-match": '"a,b", "A"'}, 304),
    ({"if-none-match": "*"}, 304),
    ({"if-none-match": ","}, 200),
    ({"if-none-match": '"a"'}, 200),
    ({"if-none-match": "A"}, 200),
    ({"if-none-match": ""}, 200),
    ({"if-none-match": 'w/"A"'}, 200),
    ({"if-none-match": '"B"', "if-modified-since": SAME}, 200),
    ({"if-none-match": '"A"', "if-modified-since": OLDER}, 304),
    ({"if-modified-since": SAME}, 304),
    ({"if-modified-since": NEWER}, 304),
    ({"if-modified-since": OLDER}, 200),
    ({"if-modified-since": "garbage"}, 200),
    ({"if-modified-since": f"{SAME}, {SAME}"}, 200),
    ({"if-match": '"A"'}, 200),
    ({"if-match": '"B", "A"'}, 200),
    ({"if-match": "*"}, 200),
    ({"if-match": '"B"'}, 412),
    ({"if-match": 'W/"A"'}, 412),
    ({"if-match": ""}, 412),
    ({"if-unmodified-since": SAME}, 200),
    ({"if-unmodified-since": NEWER}, 200),
    ({"if-unmodified-since": OLDER}, 412),
    ({"if-unmodified-since": "garbage"}, 200),
    ({"if-match": '"A"', "if-unmodified-since": OLDER}, 200),
    ({"if-match": '"B"', "if-none-match": '"A"'}, 412),
    ({"if-unmodified-since": OLDER, "if-none-match": '"A"'}, 412),
    ({"if-match": '"A"', "if-none-match": '"A"'}, 304),
]


@pytest.mark.parametrize("method", ["GET", "HEAD"])
@pytest.mark.parametrize(("headers", "status"), CONDITIONS)
def test_preconditions_are_judged_in_order(
    headers: dict[str, str], status: int, method: str
) -> None:
    assert ask(method, headers).status == status


@pytest.mark.parametrize("method", ["GET", "HEAD"])
@pytest.mark.parametrize(("headers", "status"), [row for row in CONDITIONS if row[1] != 200])
def test_304_and_412_win_over_the_range(headers: dict[str, str], status: int, method: str) -> None:
    for asked in ("bytes=0-4", "bytes=100-"):
        plan = ask(method, {**headers, "range": asked, "if-range": '"A"'})
        assert plan.status == status
        assert not plan.parts
        assert not plan.tail


def test_a_304_repeats_what_caches_need_and_nothing_about_the_body() -> None:
    plan = ask("GET", {"if-none-match": '"A"'})
    assert plan.headers == (("etag", '"A"'), *KEPT)


def test_a_file_dated_in_the_future_is_said_to_be_of_now() -> None:
    plan = ask("GET", {}, now=MTIME - 500)
    assert dict(plan.headers)["last-modified"] == format_http_date(MTIME - 500)


def test_the_etag_changes_with_size_and_with_every_nanosecond() -> None:
    tags = {strong_etag(1, 2), strong_etag(2, 2), strong_etag(1, 3), strong_etag(0x12, 0x3)}
    assert len(tags) == 4
    assert all(tag.startswith('"') for tag in tags)


@pytest.mark.parametrize(
    "text",
    [
        "Sun, 06 Nov 1994 08:49:37 GMT",
        "Sunday, 06-Nov-94 08:49:37 GMT",
        "Sun Nov  6 08:49:37 1994",
    ],
)
def test_all_three_forms_of_a_date_are_read(text: str) -> None:
    assert parse_http_date(text) == int(datetime(1994, 11, 6, 8, 49, 37, tzinfo=UTC).timestamp())


@pytest.mark.parametrize(
    "text",
    ["", "0", "Sun, 31 Feb 2021 08:49:37 GMT", "Sun, 06 Nov 1994 25:49:37 GMT", "1994-11-06",
     "Sun, 06 Nov 1994 08:49:37 UTC", "Sun, 6 Nov 1994 08:49:37 GMT",
     "Sun, 00 Nov 1994 08:49:37 GMT", "Sun, 06 Nov 0000 08:49:37 GMT",
     "Sun, 06 Nov 1994 08:49:37 GMT "],
)  # fmt: skip
def test_what_is_no_http_date_is_refused(text: str) -> None:
    assert parse_http_date(text) is None


@given(st.integers(min_value=0, max_value=250_000_000_000))
def test_a_date_written_is_read_back(seconds: int) -> None:
    assert parse_http_date(format_http_date(seconds)) == seconds
