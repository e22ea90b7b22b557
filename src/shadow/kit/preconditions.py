"""Conditional requests (RFC 9110, 13): pure functions over header text."""

import re
from collections.abc import Mapping
from typing import Final

from shadow.kit.http_dates import parse_http_date

_ENTITY_TAG: Final = re.compile(r'(?:W/)?"[\x21\x23-\x7e\x80-\xff]*"')
_GAP: Final = re.compile(r"[ \t,]*")


def strong_etag(size: int, mtime_ns: int) -> str:
    """Return the strong entity tag of a file: another one whenever size or mtime_ns changes."""
    return f'"{size:x}-{mtime_ns:x}"'


def failed_precondition(headers: Mapping[str, str], etag: str, last_modified: int) -> int | None:
    """Return 412 or 304 when a precondition of a GET or HEAD decides the answer, else None.

    Evaluates If-Match, If-Unmodified-Since, If-None-Match, If-Modified-Since in the order of
    RFC 9110, 13.2.2. If-Range is not among them: see `if_range_holds`.

    Args:
        headers: by lower-case name; repeated fields joined with `", "`.
        etag: the current entity tag, quoted.
        last_modified: Unix time in whole seconds.
    """
    if (wanted := headers.get("if-match")) is not None:
        if not _matches(wanted, etag, weakly=False):
            return 412
    elif (date := _date(headers, "if-unmodified-since")) is not None and last_modified > date:
        return 412
    if (known := headers.get("if-none-match")) is not None:
        return 304 if _matches(known, etag, weakly=True) else None
    date = _date(headers, "if-modified-since")
    return 304 if date is not None and last_modified <= date else None


def if_range_holds(value: str, etag: str, last_modified: int, now: int) -> bool:
    """Tell whether an If-Range validator is exactly and strongly the current one (13.1.5).

    A date is strong only once a second has passed since it: within that second the file may have
    changed twice (8.8.2.2).
    """
    value = value.strip(" \t")
    if value.startswith(('"', "W/")):
        return value == etag and not etag.startswith("W/")
    return parse_http_date(value) == last_modified < now


def _date(headers: Mapping[str, str], name: str) -> int | None:
    """Return a date field in Unix seconds; None when absent or not a date, which is ignored."""
    value = headers.get(name)
    return None if value is None else parse_http_date(value.strip(" \t"))


def _matches(field: str, etag: str, *, weakly: bool) -> bool:
    """Tell whether a list of entity tags, or `*`, holds `etag`. Reading stops at what is no tag."""
    if field.strip(" \t") == "*":
        return True
    sought = etag.removeprefix("W/") if weakly else etag
    position = _GAP.match(field).end()  # type: ignore[union-attr] # the pattern matches nothing too
    while found := _ENTITY_TAG.match(field, position):
        tag = found[0].removeprefix("W/") if weakly else found[0]
        if tag == sought and not tag.startswith("W/"):
            return True
        position = _GAP.match(field, found.end()).end()  # type: ignore[union-attr] # as above
    return False
