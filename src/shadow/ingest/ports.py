"""What plugins of ingestion fill: sources fetch, resolvers find, mirrors keep copies.

A mirror that copies can be read back from is a `ReadableMirror` (of `storage`) as well.

Everything a source is given comes from outside and everything it fetches is hostile. A source
writes below its sandbox folder only; addresses it reaches were judged by `runtime.addresses`, also
those it is redirected to.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol, runtime_checkable

from shadow.kit.errors import Kind, ShadowError
from shadow.runtime.http import AnswerRefused, Unreachable
from shadow.storage.ports import Reader


class SourceUnavailable(ShadowError):
    """The far end does not answer, is too slow, or asks for a pause: worth another try."""

    kind = Kind.unavailable
    code = "ingest.source_unavailable"


class SourceRefused(ShadowError):
    """The far end refuses, or there is nothing to be had: trying again with this engine is no use.

    The next engine of the policy is tried.
    """

    kind = Kind.invalid
    code = "ingest.source_refused"


class NotForThisSource(SourceRefused):
    """The link is none that this engine can fetch."""

    code = "ingest.not_for_this_source"


class TooLarge(SourceRefused):
    """There is more of it than is accepted: no other engine is tried."""

    code = "ingest.too_large"


class WrongContent(SourceRefused):
    """What came does not have the hash that it must have: no other engine is tried."""

    code = "ingest.wrong_content"


class NoRoom(SourceUnavailable):
    """The disk is full, or would be: no other engine is tried."""

    code = "ingest.no_room"


@contextmanager
def told_by_resolver() -> Iterator[None]:
    """Turn what goes wrong in asking a host into what a resolver raises."""
    try:
        yield
    except AnswerRefused as error:
        raise SourceRefused(error.detail) from error
    except Unreachable as error:
        raise SourceUnavailable(error.detail, retry_after=error.retry_after) from error


@dataclass(frozen=True, slots=True)
class Link:
    """What is to be fetched.

    `url` is http, https, ftp or magnet, or empty for a torrent file, whose path is `torrent`.
    `headers` go with each request to the URL's own host only. `sha256` is what the content must
    have, or `sha1` or `md5`, which some hosts tell instead. `files` names the files of a torrent to
    fetch (1-based), all when empty.
    """

    url: str
    headers: Mapping[str, str] = field(default_factory=dict)
    name: str | None = None
    size: int | None = None
    sha256: str | None = None
    sha1: str | None = None
    md5: str | None = None
    torrent: str | None = None
    files: tuple[int, ...] = ()

    @property
    def scheme(self) -> str:
        """The URL's scheme in lower case; empty for a torrent file."""
        return self.url.partition(":")[0].lower() if self.url else ""


@runtime_checkable
class Report(Protocol):
    """Where a source tells how far it is."""

    def __call__(
        self,
        *,
        bytes_done: int | None = None,
        bytes_total: int | None = None,
        message: str | None = None,
        details: dict[str, Any] | None = None,
    ) -> None:
        """Tell progress; cheap. `details` are such as `peers`, `seeds`, `connections`.

        Raises:
            TooLarge, NoRoom: the source stops and lets the error through.
        """
        ...


@dataclass(frozen=True, slots=True)
class Fetched:
    """What lies in the sandbox now: paths relative to it, and who brought it.

    `sha256` has hashes that were made on the way, by file; none is promised.
    """

    files: tuple[str, ...]
    engine: str
    sha256: Mapping[str, str] = field(default_factory=dict, compare=False)


@runtime_checkable
class Source(Protocol):
    """An engine that fetches links."""

    name: str

    def takes(self, link: Link) -> bool:
        """Tell, by the link alone, whether it may be one for this engine."""
        ...

    async def fetch(self, link: Link, sandbox: Path, report: Report, *, key: str) -> Fetched:
        """Fetch into the sandbox and return what came.

        Called again with the same `key` after a crash it goes on where it was, or begins anew;
        never does it fetch twice at the same time. Cancelled, it stops within 2 seconds and leaves
        nothing running.

        Raises:
            SourceUnavailable, SourceRefused, AddressRefused (of `runtime`).
        """
        ...


@runtime_checkable
class FilesOnly(Protocol):
    """A source that fetches what the link itself names: useless where that is a web page."""

    files_only: bool


@dataclass(frozen=True, slots=True)
class Offered:
    """A file that a link offers: its number from 1, its safe relative path, its size in bytes."""

    number: int
    path: str
    size: int


@runtime_checkable
class Choosable(Protocol):
    """A source whose links hold several files, of which a person may choose: `Link.files`."""

    async def list_files(self, link: Link, sandbox: Path, *, key: str) -> tuple[Offered, ...]:
        """Return what the link offers, without fetching it; empty when there is no choice.

        Raises:
            SourceUnavailable, SourceRefused.
        """
        ...


@runtime_checkable
class Resolver(Protocol):
    """Finds the links behind a page or an id, by a public API or the operator's own program."""

    name: str

    def takes(self, link: Link) -> bool:
        """Tell, by the link alone, whether this resolver knows the host."""
        ...

    async def resolve(self, link: Link) -> tuple[Link, ...]:
        """Return what to fetch instead.

        Raises:
            SourceUnavailable, SourceRefused.
        """
        ...


@dataclass(frozen=True, slots=True)
class MirrorCopy:
    """A copy on a mirror: its id there and the public address, where there is one."""

    id: str
    url: str | None = None


@runtime_checkable
class Mirror(Protocol):
    """A host that keeps a copy. An extra ability is an extra Protocol."""

    name: str

    async def upload(self, reader: Reader, name: str, report: Report) -> MirrorCopy:
        """Upload an object under a name, streamed.

        Raises:
            SourceUnavailable, SourceRefused.
        """
        ...

    async def exists(self, copy_id: str) -> bool:
        """Tell whether the copy is still there and whole, as far as the host says."""
        ...

    async def remove(self, copy_id: str) -> None:
        """Delete the copy; one that is gone already is fine."""
        ...


@runtime_checkable
class RemoteUpload(Protocol):
    """A mirror that fetches a public address itself."""

    async def upload_from(self, url: str, name: str, report: Report) -> MirrorCopy:
        """Have the mirror fetch `url`; returns when it has."""
        ...


@runtime_checkable
class FindsUploads(Protocol):
    """A mirror that can tell whether an upload was finished that nobody wrote down."""

    async def find(self, name: str, *, size: int, sha256: str) -> MirrorCopy | None:
        """Return a whole copy of that name, size and, where the host tells one, hash."""
        ...
