"""HTTP dates (RFC 9110, 5.6.7), apart from the locale and from lenient mail parsers."""

import re
from calendar import timegm
from datetime import UTC, datetime
from email.utils import formatdate
from typing import Final

_MONTHS: Final = (
    "Jan",
    "Feb",
    "Mar",
    "Apr",
    "May",
    "Jun",
    "Jul",
    "Aug",
    "Sep",
    "Oct",
    "Nov",
    "Dec",
)
_DAY = "(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun)"
_LONG_DAY = "(?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day"
_MONTH = "(?P<month>" + "|".join(_MONTHS) + ")"
_TIME = "(?P<hour>[0-9]{2}):(?P<minute>[0-9]{2}):(?P<second>[0-9]{2})"
_FORMS: Final = tuple(
    re.compile(form)
    for form in (
        f"{_DAY}, (?P<day>[0-9]{{2}}) {_MONTH} (?P<year>[0-9]{{4}}) {_TIME} GMT",
        f"{_LONG_DAY}, (?P<day>[0-9]{{2}})-{_MONTH}-(?P<year>[0-9]{{2}}) {_TIME} GMT",
        f"{_DAY} {_MONTH} (?P<day>[0-9 ][0-9]) {_TIME} (?P<year>[0-9]{{4}})",
    )
)


def format_http_date(seconds: int) -> str:
    """Write a Unix time in whole seconds as an IMF-fixdate: `Sun, 06 Nov 1994 08:49:37 GMT`."""
    return formatdate(seconds, usegmt=True)


def parse_http_date(text: str) -> int | None:
    """Read any of the three forms a recipient must accept; None for anything else.

    A year of two digits is read as the one of that ending not more than 50 years ahead.
    """
    for form in _FORMS:
        found = form.fullmatch(text)
        if found:
            return _to_seconds(found)
    return None


def _to_seconds(found: re.Match[str]) -> int | None:
    """Return the Unix time of a matched date; None for the like of 31 February."""
    year = int(found["year"])
    if len(found["year"]) == 2:
        this_year = datetime.now(UTC).year
        year += this_year // 100 * 100
        year -= 100 if year > this_year + 50 else 0
    second = min(int(found["second"]), 59)  # a leap second is allowed on the wire, not in datetime
    try:
        moment = datetime(
            year,
            _MONTHS.index(found["month"]) + 1,
            int(found["day"]),
            int(found["hour"]),
            int(found["minute"]),
            second,
            tzinfo=UTC,
        )
    except ValueError:
        return None
    return timegm(moment.utctimetuple())
