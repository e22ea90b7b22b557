"""The renditions of a file: by name, what each consists of and how its segments are made."""

import hashlib
import os
import re
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any, Final, Protocol

import orjson

from shadow.hls.errors import RenditionMissing
from shadow.hls.files import IndexedFile
from shadow.hls.ladder import granted, step_of
from shadow.hls.lanes import Lane
from shadow.hls.segments.facts import INDEX_VERSION, AudioTrack
from shadow.hls.segments.orders import AudioRung, AudioSpan, VideoRung
from shadow.hls.segments.plan import audio_source, audio_spans, copied_audio_spans
from shadow.hls.tokens import Grant

RECIPE_VERSION: Final = 1
"""Goes up when the same order makes other bytes: everything cached and prepared is void then."""
INIT: Final = -1
"""The number of a rendition's init segment."""
TASKS: Final = "shadow.hls.segments.tasks"
NAME: Final = re.compile(r"v(source|keys|[1-9]\d{2,3})|a(0|[1-9]\d{0,2})(source)?")
_LIBRARIES: Final = f"av {version('av')}"


class Order(Protocol):
    """How one segment is made."""

    async def carry_out(self, lane: Lane, part: Path, *, seconds: float) -> int:
        """Make it at `part`, which does not exist yet; returns its bytes."""
        ...


@dataclass(frozen=True, slots=True)
class WorkerOrder:
    """A worker's task: the arguments but the last, which says where the result is to go."""

    function: str
    arguments: tuple[Any, ...]

    async def carry_out(self, lane: Lane, part: Path, *, seconds: float) -> int:
        """Have the lane's worker do it. Errors are those of `WorkerPool.call`."""
        made = await lane.call(self.function, *self.arguments, os.fsencode(part), seconds=seconds)
        return int(made["size"])


@dataclass(frozen=True, slots=True)
class Rendition:
    """One playlist's worth of segments. `recipe` is a key of all that decides their bytes.

    `kind` is the sort of work: `copy`, `encode`, `keys`, `audio_copy` or `audio_encode`; `count`
    the number of segments; `track` the sound track of sound.
    """

    name: str
    kind: str
    file_id: str
    file_key: str
    recipe: str
    count: int
    heavy: bool
    media_type: str
    init: Order
    segment: Callable[[int], Order]
    rung: VideoRung | AudioRung | None = None
    track: AudioTrack | None = None

    def key(self, number: int) -> str:
        """Return the key of a segment, or of the init segment, in the cache."""
        return hashlib.sha256(f"{self.recipe}/{number}".encode()).hexdigest()[:40]

    def order(self, number: int) -> Order:
        """Return how a segment is made."""
        return self.init if number == INIT else self.segment(number)


def rendition(file: IndexedFile, grant: Grant, name: str) -> Rendition:
    """Return a rendition by its name in addresses.

    Raises:
        RenditionMissing: the file has none of that name, or the grant does not give it.
    """
    found = NAME.fullmatch(name)
    made = None
    if found is not None:
        picture, sound, copied = found.groups()
        if sound is not None:
            made = _sound(file, grant, name, int(sound), copied=bool(copied))
        elif picture in {"source", "keys"}:
            made = _copied(file, grant, name)
        else:
            made = _encoded(file, grant, name, int(picture))
    if made is None:
        raise RenditionMissing("There is nothing at this address.")
    return made


def _task(name: str, *arguments: Any) -> WorkerOrder:
    return WorkerOrder(f"{TASKS}:{name}", arguments)


def may_copy(file: IndexedFile, grant: Grant) -> bool:
    """Tell whether the source's own pictures are given."""
    video = file.index.video
    if video is None or not (grant.copy_video and file.plan.can_copy) or grant.burn is not None:
        return False
    return grant.max_height is None or step_of(video) <= grant.max_height


def _copied(file: IndexedFile, grant: Grant, name: str) -> Rendition | None:
    source = file.plan.source
    if source is None or not may_copy(file, grant):
        return None
    order = asdict(source)
    spans = file.plan.spans
    task = "key_picture" if name == "vkeys" else "copy_video"
    return Rendition(
        name=name,
        kind="keys" if name == "vkeys" else "copy",
        file_id=file.public_id,
        file_key=file.file_key,
        recipe=_recipe(file, task, order),
        count=len(spans),
        heavy=False,
        media_type="video/mp4",
        init=_task("copied_init", file.path, source.stream, source.den * source.scale),
        segment=lambda k: _task(task, file.path, order, asdict(spans[k])),
    )


def _encoded(file: IndexedFile, grant: Grant, name: str, height: int) -> Rendition | None:
    source, video = file.plan.source, file.index.video
    if source is None or video is None:
        return None
    rung = granted(video, grant).get(height)
    if rung is None:
        return None
    order, size = asdict(source), asdict(rung)
    spans = file.plan.spans
    return Rendition(
        name=name,
        kind="encode",
        file_id=file.public_id,
        file_key=file.file_key,
        recipe=_recipe(file, "encode_video", order, size),
        count=len(spans),
        heavy=True,
        media_type="video/mp4",
        init=_task("video_init", order, size),
        segment=lambda k: _task("encode_video", file.path, order, asdict(spans[k]), size),
        rung=rung,
    )


def _sound(
    file: IndexedFile, grant: Grant, name: str, stream: int, *, copied: bool
) -> Rendition | None:
    track = next((one for one in file.index.audio if one.stream == stream), None)
    if track is None or (copied and not may_copy_sound(track, grant)):
        return None
    order = asdict(audio_source(track, file.plan, file.index))
    rung = AudioRung(rate=44_100 if track.rate % 11_025 == 0 else 48_000)
    size = asdict(rung)
    spans: Sequence[AudioSpan]
    if copied:
        task = "copy_audio"
        spans = copied_audio_spans(file.plan, track)
        given: tuple[Any, ...] = ()
        init = _task("copied_audio_init", file.path, order)
    else:
        task = "encode_audio"
        spans = audio_spans(file.plan, rung.rate)
        given = (size,)
        init = _task("audio_init", size)
    return Rendition(
        name=name,
        kind="audio_copy" if copied else "audio_encode",
        file_id=file.public_id,
        file_key=file.file_key,
        recipe=_recipe(file, task, order, *given),
        count=len(spans),
        heavy=False,
        media_type="audio/mp4",
        init=init,
        segment=lambda k: _task(task, file.path, order, asdict(spans[k]), *given),
        rung=None if copied else rung,
        track=track,
    )


def may_copy_sound(track: AudioTrack, grant: Grant) -> bool:
    """Tell whether a sound track is given as it is."""
    return track.stream in grant.audio_copies and track.codecs is not None and track.regular


def _recipe(file: IndexedFile, task: str, *orders: object) -> str:
    decisive = [RECIPE_VERSION, INDEX_VERSION, _LIBRARIES, file.file_key, task, *orders]
    return hashlib.sha256(orjson.dumps(decisive, option=orjson.OPT_SORT_KEYS)).hexdigest()
