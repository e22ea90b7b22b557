"""Look at media files closely: content hash, probe, name, what lies beside. Runs in a worker only.

One call takes a batch of files and answers for each by itself, so that a batch costs one round
trip. Answers are plain JSON; `shadow.ingest.examined` checks them in the server.
"""

import os
import time
from dataclasses import replace
from typing import Any

import orjson

from shadow.catalog.ports import TitlePatch
from shadow.ingest.nfo import MOST_BYTES, Told, read_nfo
from shadow.ingest.probe import probe
from shadow.ingest.sidecars import Surroundings, folder_names, nfo_names, pictures_of, shown
from shadow.ingest.signatures import head_tail
from shadow.kit.naming import ParsedName, understand
from shadow.runtime.media_errors import MediaEmpty, MediaError, MediaGone
from shadow.runtime.media_file import open_regular

PATIENCE_SECONDS = 3.0
"""A call stops taking up files after this long; the rest is asked for again."""


def examine(root: bytes, folders: list[dict[str, Any]], opened: int) -> list[dict[str, Any]]:
    """Examine the files of some folders; answer in order, shorter when the time is up.

    Args:
        root: the library folder's absolute path.
        folders: each `{"folder", "files": [[name, size, mtime_ns], …], "here", "above", "media"}`,
            names as Latin-1 text of their bytes (see `Surroundings`).
        opened: 1 to open the files as media; 0 to describe a file that made a prober fail.

    Returns:
        For each file `{"size", "mtime_ns", "head_tail", "parsed", "patch", "pictures"}` with
        `"facts"` or `"error": [code, kind, detail]`, neither when not opened; or
        `{"changed": true}` for a file that is not of the given size and time any more; or
        `{"gone": true}`.
    """
    began = time.monotonic()
    answers: list[dict[str, Any]] = []
    for asked in folders:
        desk = _Desk(root, asked)
        for name, size, mtime_ns in asked["files"]:
            answers.append(desk.look(name.encode("latin-1"), (size, mtime_ns), opened=bool(opened)))
            if time.monotonic() - began > PATIENCE_SECONDS:
                return answers
    return answers


class _Desk:
    """One folder's files under examination; what lies beside them is read once."""

    def __init__(self, root: bytes, asked: dict[str, Any]) -> None:
        self.around = Surroundings(
            folder=asked["folder"].encode("latin-1"),
            here=[name.encode("latin-1") for name in asked["here"]],
            above=[name.encode("latin-1") for name in asked["above"]],
            media=[name.encode("latin-1") for name in asked["media"]],
        )
        self.path = os.path.join(root, self.around.folder)  # noqa: PTH118 bytes
        self.told: dict[tuple[str, int], Told] = {}

    def look(self, name: bytes, expected: tuple[int, int], *, opened: bool) -> dict[str, Any]:
        path = os.path.join(self.path, name)  # noqa: PTH118 bytes
        try:
            answer = _content(path, expected, opened=opened)
        except MediaGone:
            return {"gone": True}
        return answer if "changed" in answer else {**answer, **self._meaning(name)}

    def _meaning(self, name: bytes) -> dict[str, Any]:
        parsed = understand(shown(name), folders=folder_names(self.around.folder))
        told = [self._read(where, index) for where, index in nfo_names(name, self.around)]
        parsed, patch = with_told(parsed, told)
        packed = orjson.dumps(patch, option=orjson.OPT_NON_STR_KEYS).decode() if patch else None
        pictures = pictures_of(name, parsed, self.around)
        return {"parsed": parsed, "patch": packed, "pictures": [list(one) for one in pictures]}

    def _read(self, where: str, index: int) -> Told:
        if (where, index) not in self.told:
            folder = self.path if where == "here" else os.path.dirname(self.path)  # noqa: PTH120 bytes
            names = self.around.here if where == "here" else self.around.above
            self.told[where, index] = _nfo(os.path.join(folder, names[index]))  # noqa: PTH118 bytes
        return self.told[where, index]


def _nfo(path: bytes) -> Told:
    try:
        fd = open_regular(path)
    except MediaError:
        return Told()
    try:
        return read_nfo(os.pread(fd, MOST_BYTES, 0))
    except OSError:
        return Told()
    finally:
        os.close(fd)


def _content(path: bytes, expected: tuple[int, int], *, opened: bool) -> dict[str, Any]:
    answer: dict[str, Any] = {"size": expected[0], "mtime_ns": expected[1], "head_tail": ""}
    try:
        fd = open_regular(path)
        try:
            status = os.fstat(fd)
            if (status.st_size, status.st_mtime_ns) != expected:
                return {"changed": True}
            answer["head_tail"] = head_tail(fd, status.st_size)
        finally:
            os.close(fd)
        if opened:
            answer["facts"] = probe(path)
    except MediaGone:
        raise
    except MediaError as error:
        if isinstance(error, MediaEmpty) and expected[0]:
            return {"changed": True}
        answer["error"] = [error.code, error.kind.name, error.detail]
    except OSError as error:
        detail = f"The file cannot be read: {error.strerror}."
        answer["error"] = ["runtime.media_forbidden", "unavailable", detail]
    return answer


def with_told(parsed: ParsedName, told: list[Told]) -> tuple[ParsedName, TitlePatch | None]:
    """Let `.nfo` files have the last word on a name; return the patch they make for its title."""
    if parsed.kind == "extra":
        return parsed, None
    of = {one.kind: one for one in reversed(told)}
    episode, show, movie = of.get("episode"), of.get("show"), of.get("movie")
    if episode and episode.episodes:
        season = episode.season if episode.season is not None else parsed.season
        parsed = replace(
            parsed, kind="episode", season=season, episodes=episode.episodes, absolute=()
        )
    if parsed.kind == "episode":
        return _as_episode(parsed, show, episode)
    if movie:
        patch = movie.patch
        return _named(parsed, patch.title, patch.year, patch.external_ids), patch
    if own := of.get(""):
        ids = own.patch.external_ids
        return replace(parsed, ids={**parsed.ids, **ids}), own.patch if ids else None
    return parsed, None


def _as_episode(
    parsed: ParsedName, show: Told | None, episode: Told | None
) -> tuple[ParsedName, TitlePatch | None]:
    patch = show.patch if show else TitlePatch()
    title = patch.title or (episode.show_title if episode else None)
    if episode:
        patch = replace(patch, seasons=episode.patch.seasons)
    parsed = _named(parsed, title, patch.year, patch.external_ids)
    return parsed, patch if show or episode else None


def _named(parsed: ParsedName, title: str | None, year: int | None, ids: Any) -> ParsedName:
    return replace(
        parsed,
        title=title or parsed.title,
        year=year if year is not None else parsed.year,
        ids={**parsed.ids, **ids},
        confidence=1.0 if title else parsed.confidence,
    )
