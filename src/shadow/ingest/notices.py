"""The kernel's notices of changes below one folder, brought down to the folders touched."""

import os
import threading
from collections.abc import Callable, Collection
from pathlib import Path

import structlog
from watchfiles import Change, watch

from shadow.ingest.sidecars import SIDECAR_ENDINGS, ending
from shadow.ingest.walking import KEEP_OUT, UNFINISHED

log = structlog.get_logger(__name__)
STEP_MS, TIMEOUT_MS = 100, 1000
"""Notices of this long are gathered into one; and how soon a stop is obeyed."""


class Notices:
    """Listens in a thread of its own, because setting up a watch on a large tree takes long.

    `told(folder, deep)` is called in that thread with a folder relative to the root; `deep` when
    the exact place is not known and everything below the folder has to be compared. The first
    call is for the whole root, once the watch stands: nobody told of what happened before.
    """

    def __init__(
        self, root: bytes, endings: Collection[bytes], told: Callable[[bytes, bool], None]
    ) -> None:
        self.failed = False
        """Whether the watch could not be set up or ended; `start` tries again."""
        self._root = root
        self._endings = frozenset(endings) | SIDECAR_ENDINGS
        self._told = told
        self._stop = threading.Event()

    def start(self) -> None:
        """Begin to listen."""
        self.failed = False
        name = f"watch {os.fsdecode(self._root)}"
        threading.Thread(target=self._listen, name=name[:60], daemon=True).start()

    def close(self) -> None:
        """Stop listening, soon."""
        self._stop.set()

    def _listen(self) -> None:
        standing = False
        try:
            for changes in watch(
                Path(os.fsdecode(self._root)),
                watch_filter=self._matters,
                step=STEP_MS,
                debounce=10 * STEP_MS,
                rust_timeout=TIMEOUT_MS,
                stop_event=self._stop,
                raise_interrupt=False,
                ignore_permission_denied=True,
                yield_on_timeout=True,
            ):
                if not standing:
                    self._told(b"", True)  # noqa: FBT003 the callback's second word is `deep`
                    standing = True
                for folder, deep in {self._place(path) for _, path in changes}:
                    self._told(folder, deep)
        except OSError as error:  # no such folder, or the system's limit of watches is reached
            log.info("watch.polling_instead", folder=os.fsdecode(self._root), reason=str(error))
        except RuntimeError:  # the event loop is closed: so is the server
            return
        self.failed = not self._stop.is_set()

    def _matters(self, change: Change, path: str) -> bool:
        name = os.fsencode(path).rpartition(b"/")[2]
        if name in KEEP_OUT:
            return True
        if name.startswith(b"."):
            return False
        if name.lower().endswith(UNFINISHED):
            return change == Change.deleted  # what was beside it is finished now
        return ending(name) in self._endings or not Path(path).is_file()

    def _place(self, path: str) -> tuple[bytes, bool]:
        """Return the nearest folder that is there, and whether it is not the touched one itself.

        Names that are not UTF-8 arrive mangled, so the folder may not be found by its name.
        """
        folder, deep = os.path.dirname(os.fsencode(path)), False  # noqa: PTH120 bytes
        while len(folder) > len(self._root) and not os.path.isdir(folder):  # noqa: PTH112 bytes
            folder, deep = os.path.dirname(folder), True  # noqa: PTH120 bytes
        relative = folder[len(self._root) :].strip(b"/") if folder.startswith(self._root) else b""
        return relative, deep
