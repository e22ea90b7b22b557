"""Read JSON from outside without trusting its shape: each function takes anything at all.

What does not fit becomes None or empty, so that one odd field costs that field and not the answer.
"""

import math
import re
from datetime import date
from typing import Any

CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f\u2028\u2029]")


def text(value: Any, limit: int) -> str | None:
    """Return a text of at most `limit` characters, without control characters, or None if empty."""
    if not isinstance(value, str):
        return None
    encodable = value.encode("utf-8", "replace").decode("utf-8")
    return CONTROL.sub("", encodable).strip()[:limit].strip() or None


def whole(value: Any, low: int, high: int) -> int | None:
    """Return a whole number within the bounds, or None."""
    if isinstance(value, bool) or not isinstance(value, int):
        return None
    return value if low <= value <= high else None


def real(value: Any, low: float, high: float) -> float | None:
    """Return a finite number within the bounds, or None."""
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        return None
    return float(value) if low <= value <= high else None


def day(value: Any) -> date | None:
    """Return the date of `YYYY-MM-DD`, or None."""
    if not isinstance(value, str):
        return None
    try:
        return date.fromisoformat(value[:10])
    except ValueError:
        return None


def part(value: Any, *names: str) -> Any:
    """Return what nested objects hold under these names, or None."""
    for name in names:
        value = value.get(name) if isinstance(value, dict) else None
    return value


def objects(value: Any, limit: int) -> list[dict[str, Any]]:
    """Return the objects of a list, at most `limit` of them."""
    if not isinstance(value, list):
        return []
    return [one for one in value[:limit] if isinstance(one, dict)]
