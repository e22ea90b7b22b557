"""Byte ranges (RFC 9110, 14): one pure function from a request and a file's facts to a plan."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from shadow.kit.http_dates import format_http_date
from shadow.kit.preconditions import failed_precondition, if_range_holds

MAX_RANGES: Final = 100
MAX_RANGE_HEADER: Final = 4_000
_SPEC: Final = re.compile(r"([0-9]*)-([0-9]*)")
_KEPT_IN_304: Final = frozenset({"cache-control", "content-location", "expires", "vary"})


@dataclass(frozen=True, slots=True)
class Representation:
    """What would be sent for a plain GET.

    `size` in bytes; `etag` strong and quoted; `last_modified` in whole Unix seconds; `headers`
    (lower-case names) go out with 200 and 206, those about caching with 304 too.
    """

    size: int
    etag: str
    last_modified: int
    media_type: str
    headers: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Part:
    """The bytes `start` to `stop` (not included) of the file, with what is sent before them."""

    start: int
    stop: int
    prefix: bytes = b""


@dataclass(frozen=True, slots=True)
class Plan:
    """What to answer: `status`, `headers` (lower-case names), then `parts` in order, then `tail`.

    `parts` and `tail` are empty where nothing follows the headers (HEAD, 304, 412).
    """

    status: int
    headers: tuple[tuple[str, str], ...]
    parts: tuple[Part, ...] = ()
    tail: bytes = b""


def plan_response(
    method: str, headers: Mapping[str, str], file: Representation, *, boundary: str, now: int
) -> Plan:
    """Decide the whole answer to a GET or HEAD: 200, 206, 304, 412 or 416.

    Ranges of an unknown unit, malformed ones, more than `MAX_RANGES`, and those that add up to
    more than the file are ignored, which gives 200; several are sent in the order asked for.

    Args:
        method: `GET` or `HEAD`, for which Range is not defined.
        headers: of the request, by lower-case name; repeated fields joined with `", "`.
        file: what would be sent whole.
        boundary: separates the parts of a multipart answer; must be unguessable.
        now: Unix time in whole seconds, as the Date header will say.
    """
    modified = min(file.last_modified, now)  # never later than Date: RFC 9110, 8.8.2.1
    status = failed_precondition(headers, file.etag, modified)
    if status == 304:
        kept = tuple(field for field in file.headers if field[0] in _KEPT_IN_304)
        return Plan(304, (("etag", file.etag), *kept))
    if status == 412:
        return Plan(412, (("content-length", "0"),))
    ranges = None
    if method == "GET" and "range" in headers:
        validator = headers.get("if-range")
        if validator is None or if_range_holds(validator, file.etag, modified, now):
            ranges = select_ranges(headers["range"], file.size)
    if ranges == []:
        return _unsatisfiable(file.size)
    shared = (
        ("accept-ranges", "bytes"),
        ("etag", file.etag),
        ("last-modified", format_http_date(modified)),
        *file.headers,
    )
    if ranges is None:
        return _whole(method, file, shared)
    if len(ranges) == 1:
        return _single(ranges[0], file, shared)
    return _multipart(ranges, file, shared, boundary)


def select_ranges(header: str, size: int) -> list[tuple[int, int]] | None:
    """Return the satisfiable ranges as (start, stop); None when the header is to be ignored.

    An empty list means that nothing asked for lies within the file: 416. A header that is too
    long is refused before it is taken apart, so thousands of tiny ranges cost nothing.
    """
    unit, equals, listed = header.partition("=")
    if not equals or unit.strip(" \t").lower() != "bytes" or size == 0:
        return None
    if len(header) > MAX_RANGE_HEADER or listed.count(",") >= MAX_RANGES:
        return None
    specs = [spec for spec in (item.strip(" \t") for item in listed.split(",")) if spec]
    ranges = []
    for spec in specs:
        found = _SPEC.fullmatch(spec)
        span = _span(found[1], found[2], size) if found else None
        if span is None:
            return None
        if span[0] < span[1]:
            ranges.append(span)
    if not specs or sum(stop - start for start, stop in ranges) > size:
        return None
    return ranges


def _span(first: str, last: str, size: int) -> tuple[int, int] | None:
    """Return (start, stop) of one range, empty when unsatisfiable, None when malformed."""
    if not first:
        return (max(size - int(last), 0), size) if last else None
    start = int(first)
    if last and int(last) < start:
        return None
    stop = min(int(last) + 1, size) if last else size
    return (start, stop) if start < size else (size, size)


def _whole(method: str, file: Representation, shared: tuple[tuple[str, str], ...]) -> Plan:
    fields = (("content-type", file.media_type), ("content-length", str(file.size)), *shared)
    sent = method == "GET" and file.size > 0
    return Plan(200, fields, (Part(0, file.size),) if sent else ())


def _single(
    span: tuple[int, int], file: Representation, shared: tuple[tuple[str, str], ...]
) -> Plan:
    start, stop = span
    fields = (
        ("content-type", file.media_type),
        ("content-length", str(stop - start)),
        ("content-range", _content_range(start, stop, file.size)),
        *shared,
    )
    return Plan(206, fields, (Part(start, stop),))


def _multipart(
    ranges: list[tuple[int, int]],
    file: Representation,
    shared: tuple[tuple[str, str], ...],
    boundary: str,
) -> Plan:
    parts: list[Part] = []
    for start, stop in ranges:
        delimiter = f"\r\n--{boundary}" if parts else f"--{boundary}"
        prefix = (
            f"{delimiter}\r\nContent-Type: {file.media_type}\r\n"
            f"Content-Range: {_content_range(start, stop, file.size)}\r\n\r\n"
        )
        parts.append(Part(start, stop, prefix.encode("ascii")))
    tail = f"\r\n--{boundary}--\r\n".encode("ascii")
    length = sum(len(part.prefix) + part.stop - part.start for part in parts) + len(tail)
    fields = (
        ("content-type", f"multipart/byteranges; boundary={boundary}"),
        ("content-length", str(length)),
        *shared,
    )
    return Plan(206, fields, tuple(parts), tail)


def _unsatisfiable(size: int) -> Plan:
    body = f"The range asked for lies outside this file of {size} bytes.\n".encode("ascii")
    fields = (
        ("content-type", "text/plain; charset=utf-8"),
        ("content-length", str(len(body))),
        ("content-range", f"bytes */{size}"),
        ("accept-ranges", "bytes"),
    )
    return Plan(416, fields, tail=body)


def _content_range(start: int, stop: int, size: int) -> str:
    return f"bytes {start}-{stop - 1}/{size}"
