"""Tell how far a download is."""

import asyncio
from contextlib import suppress
from types import TracebackType
from typing import Final, Self

from shadow.ingest.ports import Report
from shadow.kit.errors import ShadowError

REPORT_SECONDS: Final = 0.25


class Counter:
    """Counts the bytes that came and tells them four times a second, also when no more come."""

    def __init__(self, report: Report, *, done: int, total: int | None) -> None:
        """Begin with `done` of `total` bytes."""
        self._report = report
        self._total = total
        self._loop = asyncio.get_running_loop()
        self._later: asyncio.TimerHandle | None = None
        self._told = self._loop.time()
        self.done = done

    @property
    def due(self) -> bool:
        """Tell whether it is time to tell."""
        return self._loop.time() - self._told >= REPORT_SECONDS

    def tell(self) -> None:
        """Tell the count.

        Raises:
            TooLarge, NoRoom: of the report.
        """
        self._told = self._loop.time()
        self._report(bytes_done=self.done, bytes_total=self._total)

    def __enter__(self) -> Self:
        """Tell the count until the block ends."""
        self._later = self._loop.call_later(REPORT_SECONDS, self._tick)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Be silent from here on."""
        if self._later is not None:
            self._later.cancel()

    def _tick(self) -> None:
        if self.due:
            # Still due afterwards: whoever receives the next bytes writes them, and is refused.
            with suppress(ShadowError):
                self._report(bytes_done=self.done, bytes_total=self._total)
        self._later = self._loop.call_later(REPORT_SECONDS, self._tick)
