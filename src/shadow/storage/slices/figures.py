"""How the slice cache fares, in figures for people."""

from dataclasses import dataclass

from prometheus_client import Counter

from shadow.runtime.context import Runtime
from shadow.storage.slices.cache import SliceCache
from shadow.storage.slices.metrics import HITS, MISSES, SERVED, UPSTREAM


@dataclass(frozen=True, slots=True)
class CacheFigures:
    """What the machine's cache holds, and what it did since this process began.

    `hit_ratio` is the share of reads that waited for no storage, null before the first of them.
    """

    bytes: int
    limit: int
    hits: int
    misses: int
    hit_ratio: float | None
    upstream_bytes: int
    served_bytes: int


async def cache_figures(runtime: Runtime) -> CacheFigures:
    """Return the figures of this machine's slice cache."""
    stats = await runtime.part(SliceCache).stats()
    hits, misses = _counted(HITS), _counted(MISSES)
    reads = hits + misses
    return CacheFigures(
        bytes=stats.bytes,
        limit=stats.allowed,
        hits=hits,
        misses=misses,
        hit_ratio=hits / reads if reads else None,
        upstream_bytes=_counted(UPSTREAM),
        served_bytes=_counted(SERVED),
    )


async def clear_cache(runtime: Runtime) -> None:
    """Delete what the machine keeps of storages far away. Who watches goes on."""
    await runtime.part(SliceCache).clear()


def _counted(counter: Counter) -> int:
    """Return what a counter of this process stands at, all its labels together."""
    samples = (one for metric in counter.collect() for one in metric.samples)
    return int(sum(one.value for one in samples if one.name.endswith("_total")))
