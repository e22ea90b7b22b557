"""Walk a library folder: every folder that may hold media, once, with what matters in it.

Blocking file system work, run in a thread. Names are exact bytes throughout, because file names
need not be UTF-8.
"""

import os
import stat
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Literal, NamedTuple

from shadow.ingest.sidecars import SIDECAR_ENDINGS, ending
from shadow.ingest.signatures import Entry

SKIPPED = frozenset(
    {b"@eadir", b"lost+found", b"$recycle.bin", b"system volume information", b"#recycle"}
    | {b"#snapshot", b"@recycle", b"recycler"}
)
"""Folders, in lower case, that systems keep for themselves. Hidden ones are skipped anyway."""
KEEP_OUT = frozenset({b".nomedia", b".ignore"})
"""A folder that holds one of these, and all below it, is not looked at."""
UNFINISHED = (b".part", b".aria2", b".crdownload", b".!qb", b".tmp")
"""`Film.mkv.part` beside `Film.mkv` says that somebody is still writing the latter."""


@dataclass(slots=True)
class Content:
    """What matters in one folder. `unfinished` are names of media that somebody still writes."""

    media: list[Entry] = field(default_factory=list)
    sidecars: list[Entry] = field(default_factory=list)
    unfinished: list[bytes] = field(default_factory=list)
    folders: list[bytes] = field(default_factory=list)
    links: list[bytes] = field(default_factory=list)
    """Symbolic links to folders."""
    kept_out: bool = False


class Folder(NamedTuple):
    """A folder of the walk. `path` is relative to the root; `above` are the parent's sidecars."""

    path: bytes
    content: Content
    above: list[Entry]


class Trouble(NamedTuple):
    """A folder that could not be read, relative to the root, and why."""

    path: bytes
    reason: str


def read_folder(path: bytes, endings: Collection[bytes]) -> Content:
    """List one folder; pipes, devices, broken links and hidden files are left out.

    Raises:
        OSError: the folder, or the files in it, cannot be looked at.
    """
    content = Content()
    partial: set[bytes] = set()
    with os.scandir(path) as entries:
        for entry in entries:
            name = entry.name
            if name.startswith(b"."):
                content.kept_out |= name in KEEP_OUT
            elif entry.is_dir(follow_symlinks=False):
                if name.lower() not in SKIPPED:
                    content.folders.append(name)
            elif entry.is_symlink():
                _follow(entry, content, endings)
            elif (kind := ending(name)) in endings or kind in SIDECAR_ENDINGS:
                if entry.is_file(follow_symlinks=False):
                    _keep(entry, content, is_media=kind in endings)
            elif name.lower().endswith(UNFINISHED):
                partial.add(name.rpartition(b".")[0])
    if partial:
        content.unfinished = [one.name for one in content.media if one.name in partial]
        content.media = [one for one in content.media if one.name not in partial]
    return content


def _follow(entry: "os.DirEntry[bytes]", content: Content, endings: Collection[bytes]) -> None:
    try:
        mode = entry.stat().st_mode
    except OSError:  # broken, or a loop of links
        return
    if stat.S_ISDIR(mode):
        content.links.append(entry.name)
    elif stat.S_ISREG(mode) and (kind := ending(entry.name)) in {*endings, *SIDECAR_ENDINGS}:
        _keep(entry, content, is_media=kind in endings)


def _keep(entry: "os.DirEntry[bytes]", content: Content, *, is_media: bool) -> None:
    try:
        status = entry.stat()
    except FileNotFoundError:  # gone since the folder was read
        return
    kept = Entry(entry.name, status.st_size, status.st_mtime_ns)
    (content.media if is_media else content.sidecars).append(kept)


Depth = Literal["scope", "child", "all"]


class Walk:
    """One walk. Iterate `folders()` to the end, then ask what was met.

    `met` are the folders seen; `unread` those that could not be read, with reasons: nothing is
    known of them and of what lies below.
    """

    def __init__(
        self,
        root: bytes,
        endings: Collection[bytes],
        *,
        known: Collection[bytes] = (),
        scopes: Iterable[bytes] = (b"",),
        deep: bool = True,
        excluded: Iterable[tuple[int, int]] = (),
    ) -> None:
        """Describe the walk.

        Args:
            root: absolute path.
            endings: file name endings of media, lower case, without the dot.
            known: relative folders that an earlier scan found something in.
            scopes: relative folders to start from; all of the root by default.
            deep: look at everything below the scopes. Otherwise only at the scopes, the folders
                directly in them, and whatever nothing is known of.
            excluded: (device, inode) of folders never to enter: the data folder, other roots.
        """
        self.root = root
        # A hidden folder is not looked at, also when somebody noticed a change in it.
        self.scopes = sorted({one for one in scopes if not is_hidden(one)})
        self.deep = deep
        self.met: set[bytes] = set()
        self.unread: list[Trouble] = []
        self._endings = endings
        self._familiar = set() if deep else with_parents(known)
        self._entered = set(excluded)
        self._stack: list[tuple[bytes, list[Entry], Depth]] = []
        self._links: list[tuple[bytes, list[Entry], Depth]] = []

    def folders(self) -> Iterator[Folder]:
        """Yield each folder once, in the order of names; linked folders after all real ones."""
        for scope in reversed(self.scopes):
            self._stack.append((scope, self._above(scope), "all" if self.deep else "scope"))
        while self._stack or self._links:
            if not self._stack:
                self._stack.append(self._links.pop(0))
            path, above, depth = self._stack.pop()
            content = self._enter(path)
            if content is not None:
                self.met.add(path)
                yield Folder(path, content, above)
                self._descend(path, content, depth)

    def vanished(self, known: Iterable[bytes]) -> list[bytes]:
        """Return those of the known folders that this walk should have met and did not."""
        blind = {trouble.path for trouble in self.unread}
        return sorted(
            path
            for path in known
            if path not in self.met
            and any(covers(scope, path) for scope in self.scopes)
            and not any(parent in blind for parent in (*parents(path), path))
            and (self.deep or not os.path.isdir(join(self.root, path)))  # noqa: PTH112 bytes
        )

    def _enter(self, path: bytes) -> Content | None:
        absolute = join(self.root, path)
        try:
            status = os.stat(absolute)  # noqa: PTH116 bytes
            identity = (status.st_dev, status.st_ino)
            if identity in self._entered and path not in self.scopes:
                return None
            content = read_folder(absolute, self._endings)
        except (FileNotFoundError, NotADirectoryError):
            return None
        except OSError as error:
            self.unread.append(Trouble(path, f"The folder cannot be read: {error.strerror}."))
            return None
        self._entered.add(identity)
        return None if content.kept_out else content

    def _descend(self, path: bytes, content: Content, depth: Depth) -> None:
        for names, waiting in ((content.folders, self._stack), (content.links, self._links)):
            for name in sorted(names, reverse=waiting is self._stack):
                child = join(path, name) if path else name
                below = self._depth_of(child, depth)
                if below:
                    waiting.append((child, content.sidecars, below))

    def _depth_of(self, child: bytes, parent: Depth) -> Depth | None:
        if parent == "all" or child not in self._familiar:
            return "all"
        return "child" if parent == "scope" else None

    def _above(self, scope: bytes) -> list[Entry]:
        if not scope:
            return []
        try:
            return read_folder(join(self.root, scope.rpartition(b"/")[0]), self._endings).sidecars
        except OSError:
            return []


def join(root: bytes, path: bytes) -> bytes:
    """Join an absolute folder and a relative path; an empty path is the folder itself."""
    return os.path.join(root, path) if path else root  # noqa: PTH118 bytes


def is_hidden(path: bytes) -> bool:
    """Tell whether a relative path leads through a hidden folder."""
    return any(part.startswith(b".") for part in path.split(b"/"))


def parents(path: bytes) -> list[bytes]:
    """Return the relative folders above a relative path, the root (empty) last."""
    found = []
    while path:
        path = path.rpartition(b"/")[0]
        found.append(path)
    return found


def with_parents(paths: Iterable[bytes]) -> set[bytes]:
    """Return the paths and everything above them."""
    return {one for path in paths for one in (path, *parents(path))}


def covers(scope: bytes, path: bytes) -> bool:
    """Tell whether a relative folder is another or holds it."""
    return not scope or path == scope or path.startswith(scope + b"/")


def count_media(
    root: bytes, endings: Collection[bytes], excluded: Iterable[tuple[int, int]]
) -> int:
    """Count the media files of a root by names alone, for a progress bar."""
    walk = Walk(root, endings, excluded=excluded)
    return sum(len(folder.content.media) for folder in walk.folders())
