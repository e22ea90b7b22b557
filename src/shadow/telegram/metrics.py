"""What operators see of Telegram at `/metrics`."""

from typing import Final

from prometheus_client import Counter, Gauge

STREAMS: Final = Gauge("shadow_telegram_streams", "Streams carried now, by session.", ["session"])
CALLS: Final = Counter(
    "shadow_telegram_calls_total", "Calls made, by method and what came of them.",
    ["method", "outcome"],
)  # fmt: skip
FLOODS: Final = Counter(
    "shadow_telegram_flood_seconds_total", "Seconds that Telegram asked accounts to wait."
)
BYTES: Final = Counter("shadow_telegram_bytes_total", "Bytes of packets, by direction.",
                       ["direction"])  # fmt: skip
RECONNECTS: Final = Counter(
    "shadow_telegram_reconnects_total", "Connections that broke, or were closed by Telegram."
)
SESSIONS: Final = Gauge("shadow_telegram_sessions", "Sessions, by state.", ["state"])


def count(method: str, outcome: str) -> None:
    """Count a call and what came of it; FLOOD_WAIT_3 and FLOOD_WAIT_5 are one outcome."""
    CALLS.labels(method, outcome.rstrip("0123456789").rstrip("_")[:40]).inc()
