"""What operators see of playback at `/metrics`."""

from typing import Final

from prometheus_client import Counter, Gauge, Histogram

SEGMENTS_MADE: Final = Counter(
    "shadow_hls_segments_made_total", "Segments made, by kind of work.", ["kind"]
)
SEGMENT_SECONDS: Final = Histogram(
    "shadow_hls_segment_seconds", "Seconds a worker took for one segment.", ["kind"]
)
CACHE_ANSWERS: Final = Counter(
    "shadow_hls_cache_answers_total",
    "Segments asked for: `hit` in the cache, `prepared` ahead of time, `miss` to be made.",
    ["result"],
)
CACHE_BYTES: Final = Gauge("shadow_hls_cache_bytes", "Bytes in the segment cache, as last counted.")
CACHE_EVICTED: Final = Counter(
    "shadow_hls_cache_evicted_total", "Segments taken out of the cache to make room."
)
WAITING: Final = Gauge("shadow_hls_waiting", "Segments waiting for a worker.", ["lanes"])
BUSY: Final = Counter("shadow_hls_busy_total", "Requests refused because too many waited.")
WORKER_LOST: Final = Counter(
    "shadow_hls_workers_lost_total", "Workers that died or hung while making a segment."
)
