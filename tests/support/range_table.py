"""RFC 9110's table of ranges and conditions, and what two answers to one of them have in common."""

import re
from collections.abc import Mapping

ELEVEN = [
    "bytes=0-4", "bytes=2-", "bytes=-5", "bytes=3-7", "bytes=0-0,-2", "bytes=0-1,5-8",
    "bytes=0-1,5-", "bytes=5-1000", "bytes=0-,1-,2-,3-,4-", "bytes=0-9", "bytes=0-10", "bytes=0-11",
    "bytes=10-11", "bytes=10-", "bytes=11-", "bytes=11-12", "bytes=100-1000", "bytes=-0",
    "bytes=-9999", "bytes=0-1,100-", "bytes=0-0,-0", "bytes=99999999999999999999999999-",
    "bytes=0-99999999999999999999999999", "bytes=0-999999999999999999", "Bytes=0-4", "bytes= 0-4",
    "bytes=,0-4,,", "items=0-4", "bytes", "bytes=", "bytes=alpha", "bytes=5-3", "bytes=-",
    "bytes=10-alpha", "bytes=+0-4", "bytes=0-4;q=1", "bytes=0-1, bytes=3-4",
]  # fmt: skip
M = 1 << 20
LARGE = [
    f"bytes=0-{M - 1}", f"bytes={M}-{2 * M - 1}", f"bytes={M - 1}-{M}",
    f"bytes={M - 5}-{2 * M + 5}",
    "bytes=-1", f"bytes=-{M + 100}", f"bytes={3 * M}-", f"bytes={2 * M + 17}-", "bytes=17-",
    f"bytes=0-1,{M}-{M + 1}", f"bytes={5 * M}-", "bytes=0-99999999",
]  # fmt: skip
ETAG, DATE = "ETAG", "DATE"
CONDITIONS = [
    {"If-None-Match": ETAG},
    {"If-None-Match": "W/" + ETAG},
    {"If-None-Match": '"other"'},
    {"If-None-Match": "*", "Range": "bytes=0-4"},
    {"If-Match": ETAG},
    {"If-Match": ETAG, "Range": "bytes=0-4"},
    {"If-Match": '"other"'},
    {"If-Match": "W/" + ETAG},
    {"If-Modified-Since": DATE},
    {"If-Modified-Since": "Mon, 01 Jan 2001 00:00:00 GMT"},
    {"If-Unmodified-Since": DATE, "Range": "bytes=1-2"},
    {"If-Unmodified-Since": "Mon, 01 Jan 2001 00:00:00 GMT"},
    {"If-Range": ETAG, "Range": "bytes=0-4"},
    {"If-Range": ETAG, "Range": "bytes=-3"},
    {"If-Range": "W/" + ETAG, "Range": "bytes=0-4"},
    {"If-Range": '"other"', "Range": "bytes=0-4"},
    {"If-Range": DATE, "Range": "bytes=0-4"},
    {"If-Range": "Fri, 01 Jan 2100 00:00:00 GMT", "Range": "bytes=0-4"},
    {"If-Range": ETAG},
]
COMPARED = (
    "content-length", "content-range", "content-type", "etag", "last-modified", "accept-ranges",
    "cache-control", "content-disposition",
)  # fmt: skip
BOUNDARY = re.compile(rb"[0-9a-f]{32}")


def given(conditions: Mapping[str, str], facts: Mapping[str, str]) -> dict[str, str]:
    """Fill in a file's own ETag and date, from the headers of an answer."""
    return {
        key: value.replace(ETAG, facts["etag"]).replace(DATE, facts["last-modified"])
        for key, value in conditions.items()
    }


def without_boundary(value: str | None) -> str | None:
    return value if value is None else re.sub("[0-9a-f]{32}", "", value)
