"""The byte-range table: RFC 9110, Go's ServeFileRangeTests, nginx's range tests."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shadow.kit.http_dates import format_http_date
from shadow.kit.ranges import MAX_RANGES, Plan, Representation, plan_response

MTIME = 1_700_000_000
NOW = MTIME + 1_000
ETAG = '"A"'
CACHE = ("cache-control", "private, no-cache")


def file_of(size: int) -> Representation:
    return Representation(
        size, ETAG, MTIME, "video/mp4", (CACHE, ("content-disposition", "inline"))
    )


def ask(method: str, size: int = 11, **headers: str) -> Plan:
    fields = {name.replace("_", "-"): value for name, value in headers.items()}
    return plan_response(method, fields, file_of(size), boundary="BOUND", now=NOW)


def body_of(plan: Plan, content: bytes) -> bytes:
    return b"".join(p.prefix + content[p.start : p.stop] for p in plan.parts) + plan.tail


def spans(plan: Plan) -> list[tuple[int, int]]:
    """The parts as (first, last), the way the tables write them."""
    return [(part.start, part.stop - 1) for part in plan.parts]


ELEVEN = [
    (None, 200, [(0, 10)]),
    ("bytes=0-4", 206, [(0, 4)]),
    ("bytes=2-", 206, [(2, 10)]),
    ("bytes=-5", 206, [(6, 10)]),
    ("bytes=3-7", 206, [(3, 7)]),
    ("bytes=0-0,-2", 206, [(0, 0), (9, 10)]),
    ("bytes=0-1,5-8", 206, [(0, 1), (5, 8)]),
    ("bytes=0-1,5-", 206, [(0, 1), (5, 10)]),
    ("bytes=5-1000", 206, [(5, 10)]),
    ("bytes=0-,1-,2-,3-,4-", 200, [(0, 10)]),
    ("bytes=0-9", 206, [(0, 9)]),
    ("bytes=0-10", 206, [(0, 10)]),
    ("bytes=0-11", 206, [(0, 10)]),
    ("bytes=10-11", 206, [(10, 10)]),
    ("bytes=10-", 206, [(10, 10)]),
    ("bytes=11-", 416, []),
    ("bytes=11-12", 416, []),
    ("bytes=12-12", 416, []),
    ("bytes=11-100", 416, []),
    ("bytes=12-100", 416, []),
    ("bytes=100-", 416, []),
    ("bytes=100-1000", 416, []),
    ("bytes=-0", 416, []),
    ("bytes=-9999", 206, [(0, 10)]),
    ("bytes=0-1,100-", 206, [(0, 1)]),
    ("bytes=0-0,-0", 206, [(0, 0)]),
    ("bytes=99999999999999999999999999-", 416, []),
    ("bytes=0-99999999999999999999999999", 206, [(0, 10)]),
    ("Bytes=0-4", 206, [(0, 4)]),
    ("bytes= 0-4", 206, [(0, 4)]),
    ("bytes=,0-4,,", 206, [(0, 4)]),
    ("bytes=0-1 ,\t3-4", 206, [(0, 1), (3, 4)]),
]

IGNORED = [
    "items=0-4", "bytes", "bytes=", "bytes=,", "bytes=alpha", "bytes=5-3", "bytes=-", "bytes=--5",
    "bytes=10-alpha", "bytes=10", "bytes=1-2 3-4", "bytes=10-11 12-", "bytes=0-1,alpha", "=0-4", "",
    "0-4", "bytes:0-4", "bytes=+0-4", "bytes=0x0-4", "bytes=٠-٤", "bytes=²-4", "bytes=0-4;q=1",
    "bytes=0-1, bytes=3-4", "bytes=0_0-4", "bytes=1.0-4", "bytes=0-4\x00",
]  # fmt: skip

THOUSAND = [
    ("bytes=0-8", 206, [(0, 8)]),
    ("bytes=-10", 206, [(990, 999)]),
    ("bytes=990-", 206, [(990, 999)]),
    ("bytes=990-1990", 206, [(990, 999)]),
    ("bytes=0-9, -10, 10-19", 206, [(0, 9), (990, 999), (10, 19)]),
    ("bytes=0-9, 1000-1999, 20-29", 206, [(0, 9), (20, 29)]),
    ("bytes=100000-", 416, []),
    ("bytes=0-10001, 0-0", 200, [(0, 999)]),
    ("bytes=0-0,0-0", 206, [(0, 0), (0, 0)]),
]


def check(plan: Plan, size: int, status: int, expected: list[tuple[int, int]]) -> None:
    headers = dict(plan.headers)
    content = bytes(i % 251 for i in range(size))
    assert plan.status == status
    assert spans(plan) == expected
    assert headers["accept-ranges"] == "bytes"
    assert int(headers["content-length"]) == len(body_of(plan, content))
    if status == 416:
        assert headers["content-range"] == f"bytes */{size}"
        assert headers["content-type"].startswith("text/plain")
        assert "etag" not in headers
        return
    assert headers["etag"] == ETAG
    assert headers["last-modified"] == format_http_date(MTIME)
    assert headers["cache-control"] == CACHE[1]
    if status == 200:
        assert headers["content-type"] == "video/mp4"
        assert "content-range" not in headers
    elif len(expected) == 1:
        first, last = expected[0]
        assert headers["content-range"] == f"bytes {first}-{last}/{size}"
        assert headers["content-type"] == "video/mp4"
        assert body_of(plan, content) == content[first : last + 1]
    else:
        assert headers["content-type"] == "multipart/byteranges; boundary=BOUND"
        assert "content-range" not in headers
        assert body_of(plan, content) == multipart(expected, content)


def multipart(expected: list[tuple[int, int]], content: bytes) -> bytes:
    """The example of RFC 9110, 14.6, written out."""
    parts = [
        b"--BOUND\r\nContent-Type: video/mp4\r\nContent-Range: bytes %d-%d/%d\r\n\r\n%s"
        % (first, last, len(content), content[first : last + 1])
        for first, last in expected
    ]
    return b"\r\n".join([*parts, b"--BOUND--\r\n"])


@pytest.mark.parametrize(("header", "status", "expected"), ELEVEN)
def test_a_get_of_eleven_bytes_follows_the_table(
    header: str | None, status: int, expected: list[tuple[int, int]]
) -> None:
    check(ask("GET", **({"range": header} if header else {})), 11, status, expected)


@pytest.mark.parametrize("header", [row[0] for row in ELEVEN if row[0]] + IGNORED)
def test_a_head_ignores_the_range_and_describes_the_whole_file(header: str) -> None:
    plan = ask("HEAD", range=header, if_range=ETAG)
    assert plan == ask("HEAD")
    assert plan.status == 200
    assert plan.headers == ask("GET").headers
    assert not plan.parts
    assert not plan.tail


@pytest.mark.parametrize(("header", "status", "expected"), THOUSAND)
def test_a_get_of_a_thousand_bytes_follows_the_table(
    header: str, status: int, expected: list[tuple[int, int]]
) -> None:
    check(ask("GET", 1000, range=header), 1000, status, expected)


@pytest.mark.parametrize("header", IGNORED)
def test_an_unknown_unit_or_a_malformed_range_is_ignored(header: str) -> None:
    check(ask("GET", range=header), 11, 200, [(0, 10)])


@pytest.mark.parametrize("header", ["bytes=0-", "bytes=-1", "bytes=0-0", "bytes=5-", "bytes=-0"])
def test_an_empty_file_is_sent_whole_whatever_the_range(header: str) -> None:
    plan = ask("GET", 0, range=header)
    assert (plan.status, plan.parts) == (200, ())
    assert dict(plan.headers)["content-length"] == "0"


def test_thousands_of_tiny_ranges_are_not_even_taken_apart() -> None:
    check(
        ask("GET", 100_000, range="bytes=" + ",".join(["0-0"] * 8000)), 100_000, 200, [(0, 99_999)]
    )


def test_ranges_are_served_up_to_the_limit_and_ignored_beyond_it() -> None:
    allowed = ask("GET", 100_000, range="bytes=" + ",".join(["0-0"] * MAX_RANGES))
    assert (allowed.status, len(allowed.parts)) == (206, MAX_RANGES)
    refused = ask("GET", 100_000, range="bytes=" + ",".join(["0-0"] * (MAX_RANGES + 1)))
    assert refused.status == 200


def test_a_number_of_many_digits_is_ignored_not_converted() -> None:
    assert ask("GET", range="bytes=" + "9" * 60_000 + "-").status == 200


SIZES = st.integers(min_value=0, max_value=5_000)
NUMBER = st.integers(min_value=0, max_value=6_000).map(str) | st.just("")
SPEC = st.tuples(NUMBER, NUMBER).map("-".join)
HEADERS = st.lists(SPEC, min_size=1, max_size=6).map(lambda specs: "bytes=" + ",".join(specs))


@given(size=SIZES, header=HEADERS)
def test_every_plan_stays_within_the_file_and_its_length_is_true(size: int, header: str) -> None:
    plan = ask("GET", size, range=header)
    content = bytes(i % 251 for i in range(size))
    assert plan.status in {200, 206, 416}
    assert all(0 <= part.start < part.stop <= size for part in plan.parts)
    assert int(dict(plan.headers)["content-length"]) == len(body_of(plan, content))
    assert sum(part.stop - part.start for part in plan.parts) <= size


@given(size=st.integers(1, 5_000), first=st.integers(0, 6_000), length=st.integers(1, 6_000))
def test_one_range_is_the_slice_of_the_file(size: int, first: int, length: int) -> None:
    content = bytes(i % 251 for i in range(size))
    plan = ask("GET", size, range=f"bytes={first}-{first + length - 1}")
    expected = content[first : first + length]
    assert plan.status == (206 if expected else 416)
    assert b"".join(content[p.start : p.stop] for p in plan.parts) == expected


@given(size=st.integers(1, 5_000), length=st.integers(1, 6_000))
def test_a_suffix_is_the_end_of_the_file(size: int, length: int) -> None:
    plan = ask("GET", size, range=f"bytes=-{length}")
    assert (plan.status, spans(plan)) == (206, [(max(size - length, 0), size - 1)])


@given(header=st.text(max_size=200), conditions=st.dictionaries(
    st.sampled_from(["if-match", "if-none-match", "if-range", "if-modified-since",
                     "if-unmodified-since"]), st.text(max_size=60)))  # fmt: skip
def test_no_header_text_breaks_the_plan(header: str, conditions: dict[str, str]) -> None:
    plan = plan_response(
        "GET", {"range": header, **conditions}, file_of(11), boundary="BOUND", now=NOW
    )
    assert plan.status in {200, 206, 304, 412, 416}
    for name, value in plan.headers:
        assert re.fullmatch(r"[a-z-]+", name)
        assert value.isascii()
        assert value.isprintable()
