"""The engine: files by link, and torrents by file, link or magnet."""

import asyncio
import base64
import hashlib
import json
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from shadow.ingest.ports import (
    Fetched,
    Link,
    NoRoom,
    NotForThisSource,
    Offered,
    Report,
    SourceRefused,
    SourceUnavailable,
)
from shadow.kit.file_names import looks_like_a_page, name_of_url, safe_file_name
from shadow.kit.torrents import (
    MOST_BYTES,
    Magnet,
    Torrent,
    TorrentInvalid,
    read_magnet,
    read_torrent,
)
from shadow.plugins.source_aria2 import options
from shadow.plugins.source_aria2.ahead import Ahead
from shadow.plugins.source_aria2.daemon import Aria2Daemon
from shadow.plugins.source_aria2.settings import Aria2Settings
from shadow.plugins.source_aria2.transfer import Transfer
from shadow.runtime.files import Busy, alone
from shadow.runtime.filter_proxy import FilterProxy, Lease
from shadow.runtime.http import ODD_CHARACTERS, HttpClients, RequestRefused, checked_url

PART, METADATA, DONE = "aria2.part", ".aria2-metadata", ".aria2.json"
SCHEMES = frozenset({"http", "https", "ftp", "magnet"})


@dataclass(slots=True)
class Job:
    """What one fetch works with. `sha256` is set when the one file was hashed on the way."""

    link: Link
    sandbox: Path
    report: Report
    key: str
    lease: Lease
    sha256: str | None = None

    def gid(self, part: str = "") -> str:
        """Return the id of a download of this job: 16 hexadecimal digits."""
        return hashlib.sha256(f"{self.key}{part}".encode()).hexdigest()[:16]


class Aria2Source:
    """Fetches with the aria2 daemon of this process."""

    name = "aria2"
    files_only = True

    def __init__(
        self,
        daemon: Aria2Daemon,
        settings: Aria2Settings,
        *,
        http: HttpClients,
        proxy: Callable[[], FilterProxy],
    ) -> None:
        """Fetch with this daemon, through the proxy that is asked for at the first fetch."""
        self.daemon = daemon
        self._settings = settings
        self._http = http
        self._proxy = proxy

    def takes(self, link: Link) -> bool:
        """Tell whether it is http, https, ftp, magnet or a torrent file, without secret headers."""
        if link.torrent:
            return True
        harmless = all(
            field.lower() in options.HARMLESS and value.isprintable()
            for field, value in link.headers.items()
        )
        return link.scheme in SCHEMES and harmless

    async def fetch(self, link: Link, sandbox: Path, report: Report, *, key: str) -> Fetched:
        """Fetch into the sandbox, going on where an earlier call with the key was."""
        async with self._working(link, sandbox, report, key) as job:
            done = _done(job)
            if done is None:
                done = await self._fetch(job)
                (sandbox / DONE).write_text(json.dumps([key, done]))
            hashes = {done[0]: job.sha256} if job.sha256 and len(done) == 1 else {}
        return Fetched(tuple(done), self.name, hashes)

    async def list_files(self, link: Link, sandbox: Path, *, key: str) -> tuple[Offered, ...]:
        """Return the files of a torrent or magnet link; empty for other links."""
        if not link.torrent and link.scheme != "magnet":
            return ()
        async with self._working(link, sandbox, _silent, key) as job:
            torrent, _ = await self._torrent(job)
        return tuple(
            Offered(one.number, one.path, one.size) for one in torrent.files if not one.padding
        )

    @asynccontextmanager
    async def _working(
        self, link: Link, sandbox: Path, report: Report, key: str
    ) -> AsyncIterator[Job]:
        """Hold the sandbox alone, and say what the proxy refused where aria2 only failed."""
        if not self.takes(link):
            raise NotForThisSource("aria2 cannot fetch this kind of link.")
        try:
            with alone(sandbox / ".aria2.lock"):
                async with self._proxy().lease() as lease:
                    try:
                        yield Job(link, sandbox, report, key, lease)
                    except (SourceRefused, SourceUnavailable) as error:
                        swarm = link.torrent or link.scheme == "magnet"
                        if lease.refusals and not swarm:
                            raise RequestRefused(lease.refusals[0].detail) from error
                        raise
        except Busy as error:
            raise SourceUnavailable(error.detail, retry_after=error.retry_after) from error
        except OSError as error:
            raise NoRoom(f"The download cannot be written: {error.strerror}.") from error

    async def _fetch(self, job: Job) -> list[str]:
        if job.link.torrent or job.link.scheme == "magnet":
            return await self._fetch_torrent(job, *(await self._torrent(job)))
        path = await self._fetch_file(job)
        torrent = await asyncio.to_thread(_torrent_in, path)
        if torrent is not None:
            path.unlink()
            return await self._fetch_torrent(job, read_torrent(torrent), torrent)
        name = safe_file_name(job.link.name or name_of_url(job.link.url) or "download")
        (job.sandbox / DONE).write_text(json.dumps([job.key, [name]]))
        path.replace(job.sandbox / name)
        return [name]

    async def _fetch_file(self, job: Job) -> Path:
        link, path = job.link, job.sandbox / PART
        if link.scheme in {"http", "https"}:
            url = str(checked_url(link.url))
        elif ODD_CHARACTERS.search(link.url):
            raise RequestRefused("The address holds characters that it must not.")
        else:
            url = link.url
        # Without its control file nothing tells which of the part's bytes are there.
        if not path.with_name(f"{PART}.aria2").exists():
            path.unlink(missing_ok=True)
        chosen = options.common(self._settings, job.sandbox, job.gid(), job.lease.url)
        chosen |= options.for_file(link, PART)

        async def add() -> None:
            await self.daemon.call("addUri", [url], chosen)

        transfer, ahead = Transfer(self.daemon, job.gid(), add, swarm=False), Ahead(path)
        try:
            await transfer.run(job.report, ahead.look)
            job.sha256 = await ahead.digest(transfer, job.lease)
        finally:
            await ahead.stop()
        with path.open("rb") as file:
            head = file.read(1024)
        if not head or looks_like_a_page(head):
            path.unlink()
            raise SourceRefused(
                "The link leads to a web page and not to a file."
                if head
                else "The server sent an empty file."
            )
        return path

    async def _fetch_torrent(self, job: Job, torrent: Torrent, content: bytes) -> list[str]:
        self._refuse_beside_proxy()
        chosen = _chosen(torrent, job.link.files, self._settings.max_files)
        trackers = torrent.trackers
        if job.link.scheme == "magnet":
            trackers = (*read_magnet(job.link.url).trackers, *trackers)
        told = options.common(self._settings, job.sandbox, job.gid(":torrent"), job.lease.url)
        told |= options.for_swarm(
            self._settings, await options.judged_trackers(self._http, trackers)
        )
        told |= options.for_torrent(torrent, chosen)
        encoded = base64.b64encode(content).decode()

        async def add() -> None:
            await self.daemon.call("addTorrent", encoded, [], told)

        await Transfer(self.daemon, job.gid(":torrent"), add, swarm=True).run(job.report)
        return [one.path for one in torrent.files if one.number in chosen and not one.padding]

    async def _torrent(self, job: Job) -> tuple[Torrent, bytes]:
        """Return what a torrent holds, read by us, and its file's bytes."""
        try:
            if job.link.torrent:
                content = await asyncio.to_thread(_read_small, Path(job.link.torrent))
                return read_torrent(content), content
            magnet = read_magnet(job.link.url)
            content = await self._metadata(job, magnet)
            torrent = read_torrent(content)
        except TorrentInvalid as error:
            raise SourceRefused(str(error)) from error
        if torrent.info_hash != magnet.info_hash:
            raise SourceRefused("The peers sent the content of another torrent.")
        return torrent, content

    async def _metadata(self, job: Job, magnet: Magnet) -> bytes:
        """Return the torrent file behind a magnet link, which peers send (BEP 9)."""
        self._refuse_beside_proxy()
        folder = job.sandbox / METADATA
        folder.mkdir(exist_ok=True)
        file = folder / f"{magnet.info_hash}.torrent"
        if not file.exists():
            gid = job.gid(":metadata")
            told = options.common(self._settings, folder, gid, job.lease.url)
            trackers = await options.judged_trackers(self._http, magnet.trackers)
            told |= options.for_swarm(self._settings, trackers)
            told |= {"bt-metadata-only": "true", "bt-save-metadata": "true"}
            plain = f"magnet:?xt=urn:btih:{magnet.info_hash}"

            async def add() -> None:
                await self.daemon.call("addUri", [plain], told)

            job.report(message="Asking peers what the magnet link holds.")
            await Transfer(self.daemon, gid, add, swarm=True).run(_details_of(job.report))
        return await asyncio.to_thread(_read_small, file)

    def _refuse_beside_proxy(self) -> None:
        if self._http.upstream is not None and not self._settings.torrents_beside_proxy:
            raise SourceRefused(
                "Peers of torrents cannot be reached through SHADOW_NETWORK__PROXY. If they may "
                "see this machine's address, set SHADOW_ARIA2__TORRENTS_BESIDE_PROXY."
            )


def _done(job: Job) -> list[str] | None:
    """Return the files of this very job, if an earlier call ended with all of them there."""
    with suppress(OSError, ValueError):
        key, files = json.loads((job.sandbox / DONE).read_text())
        if key == job.key and all((job.sandbox / name).is_file() for name in files):
            return list(files)
    return None


def _chosen(torrent: Torrent, wanted: Sequence[int], most: int) -> tuple[int, ...]:
    if len(torrent.files) > most:
        raise SourceRefused(f"The torrent holds {len(torrent.files)} files, more than {most}.")
    there = {one.number for one in torrent.files}
    if not set(wanted) <= there:
        raise SourceRefused("A file was chosen that the torrent does not hold.")
    return tuple(sorted(set(wanted))) or tuple(sorted(there))


def _read_small(path: Path) -> bytes:
    with path.open("rb") as file:
        return file.read(MOST_BYTES + 1)


def _torrent_in(path: Path) -> bytes | None:
    """Return the bytes of a file that is a torrent."""
    with path.open("rb") as file:
        if file.read(1) != b"d" or path.stat().st_size > MOST_BYTES:
            return None
    content = path.read_bytes()
    with suppress(TorrentInvalid):
        read_torrent(content)
        return content
    return None


def _silent(**values: object) -> None:
    """Report to nobody."""


def _details_of(report: Report) -> Report:
    """Return a report that passes on who is there, and not the size of a torrent's own file."""

    def tell(**values: object) -> None:
        report(details=values.get("details"))  # type: ignore[arg-type]  # as Report's own are

    return tell
