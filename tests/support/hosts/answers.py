"""Answers that all the local hosts give: JSON, and files by range."""

import json
import re
from typing import Any

from tests.support.wire import Asked, plain


def as_json(told: Any, status: int = 200, **headers: str) -> bytes:
    """Return a whole answer that holds JSON."""
    return plain(status, json.dumps(told).encode(), Content_Type="application/json", **headers)


def as_file(asked: Asked, content: bytes, **headers: str) -> bytes:
    """Return a whole answer with a file, or the range of it that was asked for."""
    wanted = re.fullmatch(r"bytes=(\d+)-(\d*)", asked.headers.get("range", ""))
    fixed = {"Accept_Ranges": "bytes", "ETag": '"one"', **headers}
    if wanted is None:
        return plain(200, b"" if asked.method == "HEAD" else content, **fixed)
    start, stop = int(wanted[1]), int(wanted[2] or len(content) - 1) + 1
    part = content[start:stop]
    shown = f"bytes {start}-{start + len(part) - 1}/{len(content)}"
    return plain(206, part, Content_Range=shown, **fixed)
