"""What of an upload may have to be sent again, on disk: never more than a file for each upload.

Telegram forgets parts it has confirmed, and ends sessions in the middle of a file. Content that
comes as a stream cannot be read again, and a document is too large for memory.
"""

import os
import tempfile
import threading
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Self

import structlog

log = structlog.get_logger(__name__)


class Spool:
    """The parts of one document, in a file without a name: a kill leaves nothing behind.

    All methods block, and may be called from any thread: one may still be writing when the upload
    is cancelled. When the disk has no room, uploading goes on without it.
    """

    def __init__(self, folder: Path, part: int) -> None:
        """Take a folder to be on the disk of, and the bytes of a part."""
        self._folder = folder
        self._part = part
        self._sizes: dict[int, int] = {}
        self._file: int | None = None
        self._works = True
        self._alone = threading.Lock()  # a number of a closed file may be another file's by then

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:  # fmt: skip
        with self._alone:
            self._works = False
            self._stop()

    def keep(self, number: int, content: bytes) -> None:
        """Write a part down, if the disk has room for it."""
        with self._alone:
            if self._works and not self._kept(number, content):
                self._works = False
                self._stop()

    def _kept(self, number: int, content: bytes) -> bool:
        try:
            if self._file is None:
                self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
                with tempfile.TemporaryFile(dir=self._folder, buffering=0) as file:
                    self._file = os.dup(file.fileno())
            if os.pwrite(self._file, content, number * self._part) == len(content):
                self._sizes[number] = len(content)
                return True
        except OSError as error:
            log.warning("telegram.spool_failed", reason=error.strerror)
        return False

    def part(self, number: int) -> bytes | None:
        """Read a part again; None if it is not there."""
        with self._alone, suppress(OSError):
            size = self._sizes.get(number)
            if self._file is None or size is None:
                return None
            content = os.pread(self._file, size, number * self._part)
            return content if len(content) == size else None
        return None

    def clear(self) -> None:
        """Forget everything: another document begins."""
        with self._alone:
            self._sizes.clear()
            if self._file is not None:
                os.ftruncate(self._file, 0)

    def _stop(self) -> None:
        self._sizes.clear()
        if self._file is not None:
            os.close(self._file)
            self._file = None
