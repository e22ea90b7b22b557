"""A server behind a proxy that answers what a test wants, and remembers what it was asked."""

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok"


@dataclass
class Upstream:
    """Where it listens, as nginx writes it, and the heads of all requests so far."""

    address: str
    heads: list[str] = field(default_factory=list)

    def last(self, name: str) -> list[str]:
        """Return the values of a header of the last request."""
        lines = [line.partition(":") for line in self.heads[-1].split("\r\n")[1:]]
        return [value.strip() for key, _, value in lines if key.lower() == name.lower()]


@contextmanager
def running_upstream(
    answer: Callable[[str], bytes] = lambda _: OK, *, path: Path | None = None
) -> Iterator[Upstream]:
    """Listen on loopback, or at a socket's path; `answer` makes the whole answer of a head."""
    listening = socket.socket(socket.AF_UNIX if path else socket.AF_INET)
    listening.bind(str(path) if path else ("127.0.0.1", 0))
    listening.listen(64)
    address = f"unix:{path}" if path else f"127.0.0.1:{listening.getsockname()[1]}"
    upstream = Upstream(address)

    def serve(connection: socket.socket) -> None:
        with connection:
            head = b""
            while b"\r\n\r\n" not in head and (part := connection.recv(65536)):
                head += part
            if head:
                upstream.heads.append(head.partition(b"\r\n\r\n")[0].decode("latin-1"))
                connection.sendall(answer(upstream.heads[-1]))

    def accept() -> None:
        while True:
            try:
                connection, _ = listening.accept()
            except OSError:
                return
            threading.Thread(target=serve, args=(connection,), daemon=True).start()

    threading.Thread(target=accept, daemon=True).start()
    try:
        yield upstream
    finally:
        listening.shutdown(socket.SHUT_RDWR)
        listening.close()
