"""The load: raw sockets in a process of its own. `python -m bench.streaming.load PORT PATH WHAT`.

Prints one JSON document. WHAT is `download`, `readers`, `seeks` or `stalled`.
"""

import json
import random
import selectors
import socket
import sys
import time
from collections.abc import Callable

BLOCK = 1 << 20
READERS = 64
SEEKS = 400
STALLED = 200
TIME_LIMIT = 20


def connect(port: int, receive_buffer: int = 0) -> socket.socket:
    made = socket.socket()
    if receive_buffer:
        made.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
    made.settimeout(TIME_LIMIT)
    made.connect(("127.0.0.1", port))
    made.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return made


def ask(made: socket.socket, path: str, span: str) -> None:
    wanted = f"Range: bytes={span}\r\n" if span else ""
    made.sendall(f"GET {path} HTTP/1.1\r\nHost: bench\r\n{wanted}\r\n".encode())


def head(made: socket.socket) -> tuple[int, int]:
    """Return (length of the body, bytes of it that came with the head)."""
    held = b""
    while b"\r\n\r\n" not in held:
        piece = made.recv(4096)
        if not piece:
            raise SystemExit("the server closed the connection")
        held += piece
    fields, _, rest = held.partition(b"\r\n\r\n")
    lines = fields.lower().split(b"\r\n")
    if not lines[0].startswith((b"http/1.1 200", b"http/1.1 206")):
        raise SystemExit(lines[0].decode())
    length = next(int(line[15:]) for line in lines if line.startswith(b"content-length:"))
    return length, len(rest)


def size_of(port: int, path: str) -> int:
    with connect(port) as made:
        ask(made, path, "")
        return head(made)[0]


def download(port: int, path: str) -> dict[str, float]:
    buffer = bytearray(BLOCK)
    with connect(port) as made:
        begun = time.perf_counter()
        ask(made, path, "")
        size, got = head(made)
        while got < size:
            count = made.recv_into(buffer)
            if not count:
                raise SystemExit(f"cut after {got} of {size} bytes")
            got += count
        return {"bytes_per_second": size / (time.perf_counter() - begun)}


def readers(port: int, path: str) -> dict[str, float]:
    """64 connections, each reading another 64th of the file."""
    size = size_of(port, path)
    part = size // READERS
    buffer = bytearray(BLOCK)
    chosen = selectors.DefaultSelector()
    connections = [connect(port) for _ in range(READERS)]
    begun = time.perf_counter()
    for index, made in enumerate(connections):
        ask(made, path, f"{index * part}-{(index + 1) * part - 1}")
    missing = {}
    for made in connections:
        length, got = head(made)
        missing[made] = length - got
        made.setblocking(False)
        chosen.register(made, selectors.EVENT_READ)
    while missing:
        for key, _ in chosen.select(TIME_LIMIT):
            made = key.fileobj
            count = made.recv_into(buffer)
            if not count:
                raise SystemExit("cut")
            missing[made] -= count
            if missing[made] <= 0:
                chosen.unregister(made)
                del missing[made]
    spent = time.perf_counter() - begun
    for made in connections:
        made.close()
    return {"bytes_per_second": part * READERS / spent}


def seeks(port: int, path: str) -> dict[str, float]:
    """New connections that ask for everything from a random place, as players do."""
    size = size_of(port, path)
    places = random.Random(7)
    waits = []
    for _ in range(SEEKS):
        with connect(port) as made:
            begun = time.perf_counter()
            ask(made, path, f"{places.randrange(size - BLOCK)}-")
            _, got = head(made)
            if not got:
                made.recv(1)
            waits.append(time.perf_counter() - begun)
    waits.sort()
    return {"p50_ms": waits[SEEKS // 2] * 1000, "p99_ms": waits[SEEKS * 99 // 100] * 1000}


def stalled(port: int, path: str) -> dict[str, float]:
    """Clients that ask for the whole file and stop reading; held until standard input closes."""
    held = []
    for _ in range(STALLED):
        made = connect(port, receive_buffer=64 << 10)
        ask(made, path, "")
        made.recv(2048)
        held.append(made)
    print(json.dumps({"clients": len(held)}), flush=True)
    sys.stdin.read()
    return {}


def main() -> None:
    port, path, what = int(sys.argv[1]), sys.argv[2], sys.argv[3]
    measures: dict[str, Callable[[int, str], dict[str, float]]] = {
        "download": download, "readers": readers, "seeks": seeks, "stalled": stalled,
    }  # fmt: skip
    print(json.dumps(measures[what](port, path)))


if __name__ == "__main__":
    main()
