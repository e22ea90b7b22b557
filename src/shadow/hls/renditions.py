"""The renditions of a file: by name, what each consists of and how its segments are made."""

import hashlib
import os
import re
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from fractions import Fraction
from importlib.metadata import version
from pathlib import Path
from typing import Any, Final, Protocol

import orjson

from shadow.hls.errors import RenditionMissing
from shadow.hls.externals import Encoded, Externals
from shadow.hls.files import RECIPE_VERSION, IndexedFile
from shadow.hls.ladder import granted, step_of
from shadow.hls.lanes import Lane
from shadow.hls.lending import Lend
from shadow.hls.segments.facts import AudioTrack
from shadow.hls.segments.orders import AudioRung
from shadow.hls.segments.plan import (
    AAC_FRAME,
    audio_durations,
    audio_source,
    audio_spans,
    copied_audio_spans,
)
from shadow.hls.tokens import Grant

INIT: Final = -1
"""The number of a rendition's init segment."""
AAC: Final = "mp4a.40.2"
"""AAC-LC, which is what sound is encoded to (RFC 6381)."""
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
    """A worker's task: the arguments but the last, which says where the result is to go.

    Those of a task that reads a file go without the first, which says where that is: `lend` does.
    """

    function: str
    arguments: tuple[Any, ...]
    lend: Lend | None = None

    async def carry_out(self, lane: Lane, part: Path, *, seconds: float) -> int:
        """Have the lane's worker do it. Errors are those of `WorkerPool.call`."""
        target = os.fsencode(part)
        if self.lend is None:
            made = await lane.call(self.function, *self.arguments, target, seconds=seconds)
        else:
            async with self.lend() as path:
                every = (path, *self.arguments, target)
                made = await lane.call(self.function, *every, seconds=seconds)
        return int(made["size"])


@dataclass(frozen=True, slots=True)
class Rendition:
    """One playlist's worth of segments. `recipe` is a key of all that decides their bytes.

    `kind` is the sort of work: `copy`, `encode`, `keys`, `audio_copy` or `audio_encode`;
    `durations` are seconds of each segment. `heavy`: it takes an encoder of pictures.
    """

    name: str
    kind: str
    file_id: str
    file_key: str
    recipe: str
    durations: tuple[Fraction, ...]
    heavy: bool
    media_type: str
    init: Order
    segment: Callable[[int], Order]
    init_recipe: str = ""
    """What decides the bytes of the init segment, where that is less than `recipe`."""

    @property
    def count(self) -> int:
        """Count the segments."""
        return len(self.durations)

    def key(self, number: int) -> str:
        """Return the key of a segment, or of the init segment, in the cache."""
        recipe = self.init_recipe if number == INIT and self.init_recipe else self.recipe
        return hashlib.sha256(f"{recipe}/{number}".encode()).hexdigest()[:40]

    def order(self, number: int) -> Order:
        """Return how a segment is made."""
        return self.init if number == INIT else self.segment(number)


def rendition(file: IndexedFile, grant: Grant, name: str, externals: Externals) -> Rendition:
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
            if made is not None and (decisive := externals.decisive(grant)) is not None:
                made = _external(made, file, grant, externals, decisive)
    if made is None:
        raise RenditionMissing("There is nothing at this address.")
    return made


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
        recipe=_key(task, order, file.version),
        durations=file.plan.durations,
        heavy=False,
        media_type="video/mp4",
        init=_reading(file, "copied_init", source.stream, source.den * source.scale),
        segment=lambda k: _reading(file, task, order, asdict(spans[k])),
    )


def _encoded(file: IndexedFile, grant: Grant, name: str, height: int) -> Rendition | None:
    source, video = file.plan.source, file.index.video
    if source is None or video is None:
        return None
    rung = granted(video, grant).get(height)
    if rung is None:
        return None
    order, size = asdict(source), asdict(rung)
    # Most files of a library share the init segments of their rungs: what does not decide them
    # is left out of the order.
    general = asdict(
        replace(source, stream=0, codec="", origin=0, rotation=0, annex_b=False, file_key="")
    )
    spans = file.plan.spans
    return Rendition(
        name=name,
        kind="encode",
        file_id=file.public_id,
        file_key=file.file_key,
        recipe=_key("encode_video", order, size, file.version),
        durations=file.plan.durations,
        heavy=True,
        media_type="video/mp4",
        init=_task("video_init", general, size),
        segment=lambda k: _reading(file, "encode_video", order, asdict(spans[k]), size),
        init_recipe=_key("video_init", general, size),
    )


def _external(
    made: Rendition,
    file: IndexedFile,
    grant: Grant,
    externals: Externals,
    decisive: dict[str, Any],
) -> Rendition:
    """Return a rendition as the FFmpeg program makes it."""
    source, video = file.plan.source, file.index.video
    assert source is not None
    assert video is not None
    rung = granted(video, grant)[int(made.name[1:])]
    what = Encoded(file.public_id, file.file_key, file.lend, file.plan.spans)

    def order(number: int) -> Order:
        return externals.order(what, source, rung, grant, number)

    return replace(
        made,
        recipe=_key("external", decisive, asdict(source), asdict(rung), file.version),
        init=order(INIT),
        segment=order,
        init_recipe="",
    )


def _sound(
    file: IndexedFile, grant: Grant, name: str, stream: int, *, copied: bool
) -> Rendition | None:
    track = next((one for one in file.index.audio if one.stream == stream), None)
    if track is None or (copied and not may_copy_sound(track, grant)):
        return None
    source = asdict(audio_source(track, file.plan, file.index))
    given: tuple[dict[str, Any], ...] = ()
    if copied:
        task = "copy_audio"
        spans = copied_audio_spans(file.plan, track)
        durations = audio_durations(spans, track.rate, track.frame_size)
        init, init_recipe = _reading(file, "copied_audio_init", source), ""
    else:
        rung = audio_rung(track)
        task, given = "encode_audio", (asdict(rung),)
        spans = audio_spans(file.plan, rung.rate)
        durations = audio_durations(spans, rung.rate, AAC_FRAME)
        init, init_recipe = _task("audio_init", *given), _key("audio_init", *given)
    return Rendition(
        name=name,
        kind="audio_copy" if copied else "audio_encode",
        file_id=file.public_id,
        file_key=file.file_key,
        recipe=_key(task, source, *given, file.version),
        durations=tuple(durations),
        heavy=False,
        media_type="audio/mp4",
        init=init,
        segment=lambda k: _reading(file, task, source, asdict(spans[k]), *given),
        init_recipe=init_recipe,
    )


def audio_rung(track: AudioTrack) -> AudioRung:
    """Return how a sound track is encoded: at its own rate, as far as that is a usual one."""
    return AudioRung(rate=44_100 if track.rate % 11_025 == 0 else 48_000)


def may_copy_sound(track: AudioTrack, grant: Grant) -> bool:
    """Tell whether a sound track is given as it is."""
    return track.stream in grant.audio_copies and track.codecs is not None and track.regular


def _task(name: str, *arguments: Any) -> WorkerOrder:
    return WorkerOrder(f"{TASKS}:{name}", arguments)


def _reading(file: IndexedFile, name: str, *arguments: Any) -> WorkerOrder:
    return WorkerOrder(f"{TASKS}:{name}", arguments, file.lend)


def _key(*decisive: object) -> str:
    """Return a key of orders; those of a file's own content hold its signature."""
    every = [RECIPE_VERSION, _LIBRARIES, *decisive]
    return hashlib.sha256(orjson.dumps(every, option=orjson.OPT_SORT_KEYS)).hexdigest()
