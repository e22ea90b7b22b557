"""Send batches of files to the workers, and believe the answers only after checking them.

A batch that crashes or hangs its worker is asked for again file by file, so that a bad file costs
itself and nothing else.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, get_args

from pydantic import TypeAdapter, ValidationError

from shadow.catalog.ports import TitlePatch
from shadow.catalog.service import FoundFile, KnownFile, LocalArtwork
from shadow.ingest import sidecars
from shadow.ingest.comparing import Listing
from shadow.ingest.probe_facts import MediaFacts
from shadow.ingest.sidecars import FEW, beside, shown
from shadow.ingest.signatures import Entry
from shadow.ingest.walking import join
from shadow.kit.errors import Kind
from shadow.kit.naming import ParsedName
from shadow.runtime.workers import TaskFailed, TaskTimedOut, WorkerCrashed, WorkerPool

EXAMINE = "shadow.ingest.examining:examine"
BATCH_SECONDS = 15.0
"""A batch stops by itself after 3 s; beyond this, one of its files hangs."""
FILE_SECONDS = 10.0
KINDS_RETRIED = ("unavailable", "upstream")

KINDS_OF_ARTWORK = get_args(sidecars.Kind)

_FACTS = TypeAdapter(MediaFacts)
_PARSED = TypeAdapter(ParsedName)
_PATCH = TypeAdapter(TitlePatch)


class FolderWork:
    """A changed folder on its way through the scan.

    `known` is what the catalogue has of it, by name; `unexamined` and `pending` count the files
    not examined and not recorded yet.
    `clean` turns False when a file must be read again by the next scan whatever happens.
    """

    __slots__ = ("clean", "known", "listing", "pending", "unexamined", "vanished")

    def __init__(self, listing: Listing, known: Mapping[bytes, KnownFile]) -> None:
        self.listing = listing
        self.known = known
        self.unexamined = 0
        self.pending = 0
        self.clean = True
        self.vanished = any(
            one.state in ("present", "failed") and name not in listing.names
            for name, one in known.items()
        )

    def changed(self) -> list[Entry]:
        """Return the media files that have to be read."""
        if self.listing.sidecars_changed:
            return self.listing.media
        return [one for one in self.listing.media if not self._is_known(one)]

    def _is_known(self, entry: Entry) -> bool:
        known = self.known.get(entry.name)
        # A failed file is read again whenever its folder is: the reason may have passed.
        return (
            known is not None
            and (known.size, known.mtime_ns) == (entry.size, entry.mtime_ns)
            and known.state in ("present", "removed")
        )


class Order:
    """Files of one folder to examine in one go, and the names of what may belong to them."""

    __slots__ = ("above", "files", "here", "work")

    def __init__(self, work: FolderWork, files: list[Entry]) -> None:
        self.work = work
        self.files = files
        self.here = beside(work.listing.here, files)
        self.above = beside(work.listing.above, ())


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one file of an order.

    `found` is None when the file changed meanwhile, is gone, or cannot be read for now; then
    `trouble` says why if a person should know. A file with `transient` is read again by the next
    scan even if nothing changes.
    """

    order: Order
    file: Entry
    found: FoundFile | None = None
    trouble: str | None = None
    transient: bool = False

    @property
    def shown_path(self) -> str:
        """Return the path below the root, for reading."""
        return shown(join(self.order.work.listing.folder, self.file.name))

    @property
    def changed_since_known(self) -> bool:
        """Tell whether the catalogue knows the file with another size, time or state."""
        known = self.order.work.known.get(self.file.name)
        same = (self.file.size, self.file.mtime_ns, "failed")
        return known is not None and (known.size, known.mtime_ns, known.state) != same


class Examiner:
    """Asks the workers about the files of one root."""

    def __init__(self, workers: WorkerPool, root_id: int, root: bytes) -> None:
        self._workers = workers
        self._root_id = root_id
        self._root = root

    async def examine(self, orders: list[Order]) -> list[Outcome]:
        """Examine every file of the orders, in order.

        Raises:
            WorkerUnavailable: No worker can be started.
        """
        files = [(order, file) for order in orders for file in order.files]
        outcomes: list[Outcome] = []
        while len(outcomes) < len(files):
            rest = files[len(outcomes) :]
            try:
                answers = await self._ask(rest, opened=True, seconds=BATCH_SECONDS)
            except (TaskTimedOut, WorkerCrashed, TaskFailed):
                outcomes += [await self._alone(order, file) for order, file in rest]
                break
            outcomes += [
                self._outcome(order, file, answer)
                for (order, file), answer in zip(rest, answers, strict=False)
            ]
        return outcomes

    async def _alone(self, order: Order, file: Entry) -> Outcome:
        try:
            answers = await self._ask([(order, file)], opened=True, seconds=FILE_SECONDS)
            return self._outcome(order, file, answers[0])
        except TaskTimedOut as error:
            reason = f"Reading the file was given up: {error.detail}"
            return await self._described(order, file, reason)
        except (WorkerCrashed, TaskFailed) as error:
            reason = f"Reading the file made the reader fail: {error.detail}"
            return await self._described(order, file, reason)

    async def _described(self, order: Order, file: Entry, reason: str) -> Outcome:
        """Describe a file by its name alone, because opening it as media does harm."""
        try:
            answers = await self._ask([(order, file)], opened=False, seconds=FILE_SECONDS)
        except (TaskTimedOut, WorkerCrashed, TaskFailed):
            return Outcome(order, file, trouble=reason, transient=True)
        answer = answers[0]
        if isinstance(answer, dict):
            answer.setdefault("error", ["ingest.media_crashes", "invalid", reason])
        return self._outcome(order, file, answer)

    async def _ask(
        self, files: list[tuple[Order, Entry]], *, opened: bool, seconds: float
    ) -> list[Any]:
        asked: list[dict[str, Any]] = []
        last: Order | None = None
        for order, file in files:
            if order is not last:
                asked.append(_question(order))
                last = order
            asked[-1]["files"].append([latin(file.name), file.size, file.mtime_ns])
        answers = await self._workers.call(EXAMINE, self._root, asked, int(opened), timeout=seconds)
        if not isinstance(answers, list) or not answers:
            raise WorkerCrashed("The worker process gave no answer.")
        return answers

    def _outcome(self, order: Order, file: Entry, answer: Any) -> Outcome:
        try:
            return self._checked(order, file, answer)
        except (ValidationError, ValueError, TypeError, KeyError, IndexError):
            return Outcome(
                order, file, trouble="Reading the file gave impossible values.", transient=True
            )

    def _checked(self, order: Order, file: Entry, answer: dict[str, Any]) -> Outcome:
        if "gone" in answer or "changed" in answer:
            return Outcome(order, file, transient=True)
        error: str | None = None
        transient = False
        if "error" in answer:
            _, kind, detail = answer["error"]
            error, transient = str(detail)[:500], Kind[kind].name in KINDS_RETRIED
        facts = None if error else _FACTS.validate_python(answer["facts"])
        head_tail = str(answer["head_tail"])
        if len(head_tail) not in (0, 32):
            raise ValueError("no content hash")
        folder = order.work.listing.folder
        path = join(join(self._root, folder), file.name)
        found = FoundFile(
            root_id=self._root_id,
            folder=folder,
            path=path,
            shown_path=shown(path),
            size=file.size,
            mtime_ns=file.mtime_ns,
            head_tail=head_tail,
            parsed=_PARSED.validate_python(answer["parsed"]),
            facts=facts,
            error=error,
            patch=_PATCH.validate_json(answer["patch"]) if answer["patch"] else None,
            artwork=tuple(self._artwork(order, one) for one in answer["pictures"][:8]),
        )
        return Outcome(order, file, found, trouble=error, transient=transient)

    def _artwork(self, order: Order, picture: list[Any]) -> LocalArtwork:
        kind, where, index, season = picture
        folder, names = order.work.listing.folder, order.here
        if where != "here":
            folder, names = folder.rpartition(b"/")[0], order.above
        if kind not in KINDS_OF_ARTWORK:
            raise ValueError("no kind of picture")
        path = join(join(self._root, folder), names[int(index)])
        return LocalArtwork(kind, path, None if season is None else int(season))


def _question(order: Order) -> dict[str, Any]:
    listing = order.work.listing
    return {
        "folder": latin(listing.folder),
        "files": [],
        "here": [latin(name) for name in order.here],
        "above": [latin(name) for name in order.above],
        "media": [latin(entry.name) for entry in listing.media[: FEW + 1]],
    }


def latin(name: bytes) -> str:
    """Write exact bytes as text that JSON can hold, one character a byte."""
    return name.decode("latin-1")
