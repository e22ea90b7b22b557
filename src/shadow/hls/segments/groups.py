"""Turn the times and sizes of all packets of a file into groups of pictures.

Pure functions over what one packet pass collects. Times are ticks of the file.
"""

from array import array
from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import replace
from fractions import Fraction
from itertools import pairwise
from operator import sub

from shadow.hls.segments.facts import Gop
from shadow.hls.segments.plan import FARTHEST_KEYS, SHORTEST, WANTED

CLOSEST_KEYS = Fraction(2, 5)  # seconds; nearer ones (all pictures may be keys) are one group
NEAR = 2  # seconds: a time so far beside its group is believed, for clocks of recorders are loose
FEWEST_TICKS = 20  # a picture lasts at least so many in what we write: see `timeline`
MOST_SCALE = 20
HIGHEST_TIMESCALE = 0x7FFFFFFF
USUAL_RATES = tuple(
    Fraction(rate * 1000, below)
    for rate in (24, 25, 30, 48, 50, 60, 120)
    for below in (1000, 1001)
    if below == 1000 or rate % 25
)


def steady_keys(times: "array[int]", keys: Sequence[tuple[int, bool]]) -> list[tuple[int, bool]]:
    """Return the most keys that follow each other in time; a damaged time is not among them."""
    tails: list[int] = []  # the smallest last time of a rising run, by its length less one
    ends: list[int] = []
    before: list[int | None] = []
    for number, (position, _) in enumerate(keys):
        place = bisect_left(tails, times[position])
        before.append(ends[place - 1] if place else None)
        tails[place : place + 1] = [times[position]]
        ends[place : place + 1] = [number]
    run: list[tuple[int, bool]] = []
    last = ends[-1] if ends else None
    while last is not None:
        run.append(keys[last])
        last = before[last]
    return run[::-1]


def strays(times: "array[int]", keys: Sequence[tuple[int, bool]], tick: Fraction) -> set[int]:
    """Return the positions of pictures whose times are far outside their group: damaged ones.

    `keys` are steady. A picture is shown between the key before its own and the next.
    """
    near = int(NEAR / tick)
    moments = [times[position] for position, _ in keys]
    longest = max((later - earlier for earlier, later in pairwise(moments)), default=0)
    found: set[int] = set()
    for number, (first, _) in enumerate(keys):
        lowest = moments[max(number - 1, 0)] - near
        if number + 1 < len(keys):
            end, highest = keys[number + 1][0], moments[number + 1] + near
        elif number:
            end = len(times)
            highest = moments[number] + max(4 * longest, int(FARTHEST_KEYS / tick))
        else:
            break
        group = times[first:end]
        if min(group) < lowest or max(group) > highest:
            found.update(
                first + place for place, time in enumerate(group) if not lowest <= time <= highest
            )
    return found


def groups_of(
    times: "array[int]", sizes: "array[int]", keys: Sequence[tuple[int, bool]], tick: Fraction
) -> tuple[Gop, ...]:
    """Return the groups of a track, first to last.

    `keys` are the positions of key packets, each with whether every decoder may start there.
    Packets before the first key are left out, and so are pictures of the first group that are
    shown before it. A group whose pictures are not all shown after those before it cannot be cut
    at.
    """
    ends = [*(position for position, _ in keys[1:]), len(times)]
    nearest = CLOSEST_KEYS / tick
    groups: list[Gop] = []
    highest = 0
    for (first, sync), end in zip(keys, ends, strict=True):
        shown = times[first:end]
        key, start = shown[0], min(shown)
        if not groups:
            kept = [position for position in range(first, end) if times[position] >= key]
            size = sum(sizes[position] for position in kept)
            groups.append(Gop(key, key, size, len(kept), sync, cut=True, key_size=sizes[first]))
            highest = max(shown)
            continue
        cut = start > highest
        size, count = sum(sizes[first:end]), end - first
        group = Gop(key, max(start, groups[-1].start), size, count, sync, cut, sizes[first])
        last = max(shown)
        highest = max(highest, last)
        if key - groups[-1].key < nearest and not _adds(group, groups[-1]):
            groups[-1] = _joined(groups[-1], group)
        else:
            groups.append(group)
    return tuple(groups)


def _adds(group: Gop, before: Gop) -> bool:
    """Tell whether a group can be begun with where the one before cannot."""
    return (group.sync and not before.sync) or (group.cut and not before.cut)


def _joined(one: Gop, other: Gop) -> Gop:
    size, count = one.size + other.size, one.count + other.count
    return replace(one, size=size, count=count)


def picture_grid(
    times: "array[int]", groups: Sequence[Gop], end: int, tick: Fraction
) -> tuple[int, ...]:
    """Return picture times about 6 s apart if key pictures are too far apart, else nothing.

    Each is the first picture at or after a multiple of 6 s from the first picture on; the last one
    is no nearer to the end than 3 s.
    """
    starts = [one.start for one in groups if one.cut]
    farthest = max(later - earlier for earlier, later in pairwise((*starts, end)))
    if farthest * tick <= FARTHEST_KEYS:
        return ()
    shown = sorted(times)
    first = groups[0].start
    last = end - SHORTEST / tick
    grid = [first]
    number = 1
    while (place := bisect_left(shown, first + number * WANTED / tick)) < len(shown):
        picture = shown[place]
        if picture > last:
            break
        grid.append(picture)
        number = int((picture - first) * tick // WANTED) + 1
    return tuple(grid)


def output_scale(times: "array[int]", num: int, den: int) -> int:
    """Return by what ticks are multiplied so that the shortest picture lasts 20 of them."""
    shown = sorted(times)
    steps = (step for step in map(sub, shown[1:], shown) if step > 0)
    shortest = min(steps, default=FEWEST_TICKS) * num
    wanted = -(-FEWEST_TICKS // shortest)
    return max(1, min(wanted, MOST_SCALE, HIGHEST_TIMESCALE // den))


def picture_rate(times: "array[int]", said: Fraction | None, tick: Fraction) -> Fraction:
    """Return pictures a second: a usual rate, or what the container says, if the times agree.

    The times agree if most pictures follow each other at that rate, even where some are lost or
    left out. Else it is the average.
    """
    shown = sorted(times)
    steps = sorted(step for step in map(sub, shown[1:], shown) if step > 0)
    if not steps:
        return Fraction(25)
    counted: Fraction = len(steps) / (sum(steps) * tick)
    usual: Fraction = 1 / (steps[len(steps) // 2] * tick)
    for rate in (*_near(said or counted), *([said] if said else [])):
        if abs(rate - counted) <= rate / 200 or abs(rate - usual) <= rate / 20:
            return rate
    return min(max(counted.limit_denominator(1000), Fraction(1, 1000)), Fraction(1000))


def _near(rate: Fraction) -> list[Fraction]:
    """Return the usual rate that is next to a rate, within what rounded times can be off."""
    nearest = min(USUAL_RATES, key=lambda one: abs(one - rate))
    return [nearest] if abs(nearest - rate) <= nearest / 2500 else []


def on_grid(times: "array[int]", frame_size: int, rate: int, tick: Fraction) -> bool:
    """Tell whether each packet begins within 1 ms of where frames of that many samples put it."""
    # Whole numbers: (time - first) * num / den * rate samples, all times den.
    first = times[0]
    a, b = tick.numerator * rate, tick.denominator * frame_size
    tolerance = tick.denominator * rate // 1000
    return all(
        -tolerance <= (time - first) * a - number * b <= tolerance
        for number, time in enumerate(times)
    )


def shared_out(times: "array[int]", sizes: "array[int]", bounds: Sequence[Fraction]) -> list[int]:
    """Return the bytes of the packets between each two bounds, given in ticks; `times` rise."""
    places = [bisect_left(times, one) for one in bounds]
    return [sum(sizes[first:end]) for first, end in pairwise(places)]
