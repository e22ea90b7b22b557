"""What yt-dlp prints while it works: lines of a word and a JSON object."""

import json
from contextlib import suppress
from typing import Any

from shadow.ingest.ports import Report

SETTLED = 3
"""Parts after which a guess at the size of a video in parts is worth telling."""


class Output:
    """Takes yt-dlp's lines: passes progress on, and keeps what the finished files are."""

    def __init__(self, report: Report) -> None:
        """Report progress there."""
        self._report = report
        self._sizes: dict[str, tuple[int, int | None]] = {}
        self.files: list[dict[str, Any]] = []
        """Of each video: `filepath`, `title`, `ext`."""

    def line(self, text: str) -> None:
        """Take a line. Lets through what the report raises."""
        word, _, rest = text.partition(" ")
        told: Any = None
        with suppress(ValueError, RecursionError):
            told = json.loads(rest)
        if isinstance(told, dict):
            if word == "file":
                self.files.append(told)
            elif word == "at":
                self._progress(told)

    def _progress(self, told: dict[str, Any]) -> None:
        """Report over all files so far: picture and sound often come one after the other."""
        done = _count(told.get("downloaded_bytes")) or 0
        total = _count(told.get("total_bytes"))
        if total is None and (_count(told.get("fragment_index")) or 0) >= SETTLED:
            total = _count(told.get("total_bytes_estimate"))
        self._sizes[str(told.get("filename"))] = (done, total)
        totals = [total for _, total in self._sizes.values()]
        known = [one for one in totals if one is not None]
        self._report(
            bytes_done=sum(done for done, _ in self._sizes.values()),
            bytes_total=sum(known) if len(known) == len(totals) else None,
        )


def _count(value: object) -> int | None:
    if isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value < 1 << 62:
        return int(value)
    return None
