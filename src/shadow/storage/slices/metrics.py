"""What the cache tells Prometheus."""

from typing import Final

from prometheus_client import Counter, Gauge

HITS: Final = Counter("shadow_storage_cache_hits_total", "Reads answered from the slice cache.")
MISSES: Final = Counter(
    "shadow_storage_cache_misses_total", "Reads that waited for a storage far away."
)
SERVED: Final = Counter("shadow_storage_cache_served_bytes_total", "Bytes given to readers.")
UPSTREAM: Final = Counter(
    "shadow_storage_cache_upstream_bytes_total", "Bytes that storages far away sent.", ["storage"]
)
EVICTIONS: Final = Counter(
    "shadow_storage_cache_evictions_total", "Slices deleted to make room for others."
)
DAMAGED: Final = Counter(
    "shadow_storage_cache_damaged_total", "Blocks fetched again: they were damaged on the disk."
)
UNCACHED: Final = Counter(
    "shadow_storage_cache_uncached_total", "Reads past the cache, which had no room or no disk."
)
BYTES: Final = Gauge("shadow_storage_cache_bytes", "Bytes that slices take on this disk.")
LIMIT: Final = Gauge("shadow_storage_cache_limit_bytes", "Bytes that slices may take now.")
