"""A player as the server sees it: one connection that stays, playlists, segments.

A raw socket and one buffer: what is measured is the server and not an HTTP library.
"""

import re
import socket
import time
from dataclasses import dataclass

KEPT_SECONDS = 3.0
BUFFER = 32 << 20
HEAD_END = b"\r\n\r\n"


@dataclass(frozen=True)
class Took:
    """An answer: seconds until its first byte and its last, and the body."""

    first: float
    whole: float
    body: memoryview


class Player:
    """Asks for what lies below one playback address."""

    def __init__(self, port: int, address: str) -> None:
        self.address = address
        self._port = port
        self._buffer = memoryview(bytearray(BUFFER))
        self._socket = self._connected()
        self._used = time.monotonic()
        self._begun = 0.0

    def get(self, name: str) -> Took:
        """Fetch something and return how long it took; the body holds until the next answer."""
        self.ask(name)
        return self.answer()

    def ask(self, name: str) -> None:
        """Send a request."""
        if time.monotonic() - self._used > KEPT_SECONDS:  # or the server closes it meanwhile
            self._socket.close()
            self._socket = self._connected()
        self._begun = time.perf_counter()
        self._socket.sendall(f"GET {self.address}{name} HTTP/1.1\r\nHost: bench\r\n\r\n".encode())

    def answer(self) -> Took:
        """Receive the answer to it."""
        got, head, length = 0, -1, 0
        first = 0.0
        while head < 0 or got < head + length:
            count = self._socket.recv_into(self._buffer[got:])
            if not count:
                raise SystemExit("the server closed the connection")
            first = first or time.perf_counter()
            got += count
            if head < 0 and (end := bytes(self._buffer[:got]).find(HEAD_END)) >= 0:
                head = end + len(HEAD_END)
                length = self._length(bytes(self._buffer[:head]))
        self._used = time.monotonic()
        whole = time.perf_counter() - self._begun
        return Took(first - self._begun, whole, self._buffer[head : head + length])

    def durations(self, rendition: str) -> list[float]:
        """Return the seconds of each segment of a rendition."""
        listed = bytes(self.get(f"{rendition}/index.m3u8").body).decode()
        return [float(one) for one in re.findall(r"#EXTINF:([\d.]+)", listed)]

    def sound(self) -> str:
        """Return the name of the first sound rendition, such as `a1`."""
        found = re.search(rb'URI="(a\d+)/', bytes(self.get("master.m3u8").body))
        if found is None:
            raise SystemExit("the master playlist lists no sound")
        return found[1].decode()

    def close(self) -> None:
        """Leave."""
        self._socket.close()

    def _connected(self) -> socket.socket:
        made = socket.create_connection(("127.0.0.1", self._port), timeout=120)
        made.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return made

    @staticmethod
    def _length(head: bytes) -> int:
        lines = head.lower().split(b"\r\n")
        if not lines[0].startswith(b"http/1.1 200"):
            raise SystemExit(f"{lines[0].decode()}: the server refused")
        return next(int(one[15:]) for one in lines if one.startswith(b"content-length:"))
