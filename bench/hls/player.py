"""A player as the server sees it: one connection that stays, playlists, segments."""

import http.client
import re
import time
from dataclasses import dataclass


@dataclass(frozen=True)
class Took:
    """An answer: seconds until its first byte and its last, and the body."""

    first: float
    whole: float
    body: bytes


class Player:
    """Asks for what lies below one playback address."""

    def __init__(self, port: int, address: str) -> None:
        self.address = address
        self._connection = http.client.HTTPConnection("127.0.0.1", port, timeout=120)
        self._connection.connect()

    def get(self, name: str) -> Took:
        """Fetch something and return how long it took."""
        begun = time.perf_counter()
        self._connection.request("GET", self.address + name)
        answer = self._connection.getresponse()
        first = time.perf_counter()
        body = answer.read()
        if answer.status != 200:
            raise SystemExit(f"{name}: {answer.status} {body[:300]!r}")
        return Took(first - begun, time.perf_counter() - begun, body)

    def durations(self, rendition: str) -> list[float]:
        """Return the seconds of each segment of a rendition."""
        listed = self.get(f"{rendition}/index.m3u8").body.decode()
        return [float(one) for one in re.findall(r"#EXTINF:([\d.]+)", listed)]

    def sound(self) -> str:
        """Return the name of the first sound rendition, such as `a1`."""
        found = re.search(r'URI="(a\d+)/', self.get("master.m3u8").body.decode())
        if found is None:
            raise SystemExit("the master playlist lists no sound")
        return found[1]

    def close(self) -> None:
        """Leave."""
        self._connection.close()
