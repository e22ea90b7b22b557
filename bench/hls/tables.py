"""Numbers into rows."""

import statistics
from collections.abc import Sequence


def median(values: Sequence[float]) -> float:
    """Return the middle value."""
    return statistics.median(values)


def percentile(values: Sequence[float], share: float) -> float:
    """Return the value that a share of all values does not exceed."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))]


def heading(*columns: str) -> None:
    """Print the head of a table."""
    print("\n| " + " | ".join(columns) + " |", flush=True)
    print("| --- |" + " ---: |" * (len(columns) - 1), flush=True)


def row(*cells: object) -> None:
    """Print one line of it."""
    print("| " + " | ".join(map(str, cells)) + " |", flush=True)


def milliseconds(seconds: float) -> str:
    """Show a time."""
    return f"{seconds * 1000:,.1f} ms" if seconds < 0.1 else f"{seconds * 1000:,.0f} ms"
