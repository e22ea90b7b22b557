"""The rungs of a file: which sizes its pictures are encoded in, never above the source."""

from dataclasses import dataclass
from fractions import Fraction
from typing import Final, Protocol

from shadow.hls.segments.orders import VideoRung
from shadow.hls.tokens import Grant


class Pictures(Protocol):
    """What a ladder is made for; `VideoTrack` of an index is one."""

    @property
    def display_width(self) -> int:
        """Pixels as shown."""
        ...

    @property
    def display_height(self) -> int:
        """Pixels as shown."""
        ...

    @property
    def rate(self) -> Fraction:
        """Pictures a second."""
        ...


@dataclass(frozen=True, slots=True)
class Step:
    """A size that people know by its height: pictures fit into `width` x `height`."""

    width: int
    height: int
    maxrate: int
    """Bits a second."""


STEPS: Final = (
    Step(1920, 1080, 8_000_000),
    Step(1280, 720, 4_000_000),
    Step(854, 480, 2_000_000),
    Step(640, 360, 1_000_000),
)
FAST_RATE: Final = 40
"""Pictures a second from which a rung gets half as many bits again."""


def rungs(track: Pictures) -> dict[int, VideoRung]:
    """Return every rung a file can have, the highest first, by the height that names it.

    A source that fits into a step is not enlarged to it: the lowest such step has the source's
    own size, and the ones above are left out.
    """
    found: dict[int, VideoRung] = {}
    for step, below in zip(STEPS, (*STEPS[1:], None), strict=True):
        if below is not None and _scale(track, below) >= 1:
            continue
        maxrate = step.maxrate * 3 // 2 if track.rate > FAST_RATE else step.maxrate
        width, height = _size(track, step)
        found[step.height] = VideoRung(width, height, maxrate=maxrate, bufsize=maxrate)
    return found


def granted(track: Pictures, grant: Grant) -> dict[int, VideoRung]:
    """Return the rungs that a grant allows; the lowest one always is."""
    every = rungs(track)
    lowest = min(every)
    return {
        name: rung
        for name, rung in every.items()
        if name == lowest
        or (
            (grant.max_height is None or name <= grant.max_height)
            and (grant.max_bitrate is None or rung.maxrate <= grant.max_bitrate)
        )
    }


def step_of(track: Pictures) -> int:
    """Return the height of the step that a source belongs to: 2160 above all steps."""
    fitting = [step.height for step in STEPS if _scale(track, step) >= 1]
    return min(fitting, default=2160)


def _scale(track: Pictures, step: Step) -> Fraction:
    """Return by how much the source could grow to fill a step; below 1 it has to shrink."""
    width, height = track.display_width, track.display_height
    if height > width:  # upright pictures are measured lying down
        width, height = height, width
    return min(Fraction(step.width, width), Fraction(step.height, height))


def _size(track: Pictures, step: Step) -> tuple[int, int]:
    scale = min(_scale(track, step), Fraction(1))
    return _even(track.display_width * scale), _even(track.display_height * scale)


def _even(length: Fraction) -> int:
    return max(2, 2 * round(length / 2))
