"""How nginx hands on what is not a file: addresses of people, uploads, feeds, sockets."""

import socket
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.gateway.test_configuration import settings
from tests.support.gateway import ask, link, running_gateway
from tests.support.upstream import Upstream, running_upstream


@pytest.fixture
def upstream() -> Iterator[Upstream]:
    with running_upstream() as running:
        yield running


@pytest.fixture
def gateway(tmp_path: Path, upstream: Upstream) -> Iterator[int]:
    given = settings(tmp_path, GATEWAY__UPSTREAMS=upstream.address)
    with running_gateway(tmp_path / "nginx", given) as port:
        yield port


def test_a_clients_own_copies_of_our_headers_are_overwritten(
    gateway: int, upstream: Upstream
) -> None:
    forged = {
        "X_Shadow_Gateway": "forged", "X_Forwarded_For": "192.0.2.9", "X_Real_IP": "192.0.2.9",
        "X_Forwarded_Proto": "https",
    }  # fmt: skip
    paths = ["/", "/api/x", "/hls/a/b/c", "/api/uploads", "/api/events", "/socket.io/"]
    paths += [link("Ab3dE9x"), "/stream/Ab3dE9x", "/api/titles/x/seasons/1/pack.zip"]
    for path in paths:
        assert ask(gateway, path, **forged).status == 200, path
        assert upstream.heads[-1].startswith(f"GET {path} HTTP/1.1\r\n")
        assert upstream.last("x-forwarded-for") == ["127.0.0.1"]
        assert upstream.last("x-real-ip") == ["127.0.0.1"]
        assert upstream.last("x-forwarded-proto") == ["http"]
        told = upstream.last("x-shadow-gateway")
        assert len(told) == (1 if path.split("?")[0].startswith("/stream/") else 0), path
        assert "forged" not in told


def test_a_proxy_in_front_is_believed_if_it_is_trusted(tmp_path: Path, upstream: Upstream) -> None:
    given = settings(
        tmp_path, GATEWAY__UPSTREAMS=upstream.address, GATEWAY__TRUSTED_PROXIES="127.0.0.0/8"
    )
    with running_gateway(tmp_path / "nginx", given) as port:
        ask(port, "/", X_Forwarded_For="198.51.100.1, 192.0.2.9", X_Forwarded_Proto="https")
        assert upstream.last("x-forwarded-for") == ["192.0.2.9"]
        assert upstream.last("x-forwarded-proto") == ["https"]
        ask(port, "/", X_Forwarded_For="192.0.2.9", X_Forwarded_Proto="gopher")
        assert upstream.last("x-forwarded-proto") == ["http"]


def test_a_server_behind_a_socket_is_reached(tmp_path: Path) -> None:
    with running_upstream(path=tmp_path / "a b;$c.sock") as upstream:
        given = settings(tmp_path, GATEWAY__UPSTREAMS=upstream.address)
        with running_gateway(tmp_path / "nginx", given) as port:
            assert ask(port, "/api/x").body == b"ok"


@pytest.mark.parametrize(("path", "taken"), [("/api/uploads/0a", True), ("/api/x", False)])
def test_uploads_may_be_of_any_size_and_nothing_else_may(
    gateway: int, upstream: Upstream, path: str, taken: bool
) -> None:
    """nginx answers by the length that is told: nothing needs to be sent to find out."""
    with socket.create_connection(("127.0.0.1", gateway), timeout=30) as connection:
        connection.sendall(
            f"PATCH {path} HTTP/1.1\r\nHost: x\r\nContent-Length: {1 << 40}\r\n\r\nbegun".encode()
        )
        answer = connection.recv(100)
    assert answer.startswith(b"HTTP/1.1 200 " if taken else b"HTTP/1.1 413 ")
    assert bool(upstream.heads) is taken


def test_a_feed_is_passed_on_as_it_comes(tmp_path: Path) -> None:
    more = threading.Event()
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        listening.listen()
        threading.Thread(target=feed, args=(listening, more), daemon=True).start()
        address = f"127.0.0.1:{listening.getsockname()[1]}"
        given = settings(tmp_path, GATEWAY__UPSTREAMS=address)
        with (
            running_gateway(tmp_path / "nginx", given) as port,
            socket.create_connection(("127.0.0.1", port), timeout=30) as connection,
        ):
            connection.sendall(b"GET /api/events HTTP/1.1\r\nHost: x\r\n\r\n")
            assert b"data: 1" in read_until(connection, b"data: 1")
            more.set()
            assert b"data: 2" in read_until(connection, b"data: 2")


def feed(listening: socket.socket, more: threading.Event) -> None:
    connection, _ = listening.accept()
    with connection:
        connection.recv(65536)
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\ndata: 1\n\n")
        more.wait(30)
        connection.sendall(b"data: 2\n\n")


def read_until(connection: socket.socket, mark: bytes) -> bytes:
    read = b""
    while mark not in read:
        part = connection.recv(65536)
        assert part, read
        read += part
    return read


def test_a_socket_is_upgraded(tmp_path: Path) -> None:
    switched = (
        b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\nhi"
    )
    with running_upstream(lambda _: switched) as upstream:
        given = settings(tmp_path, GATEWAY__UPSTREAMS=upstream.address)
        with (
            running_gateway(tmp_path / "nginx", given) as port,
            socket.create_connection(("127.0.0.1", port), timeout=30) as connection,
        ):
            connection.sendall(
                b"GET /socket.io/?transport=websocket HTTP/1.1\r\nHost: x\r\n"
                b"Upgrade: websocket\r\nConnection: Upgrade\r\n\r\n"
            )
            assert read_until(connection, b"hi").startswith(b"HTTP/1.1 101 ")
        assert upstream.last("upgrade") == ["websocket"]
        assert upstream.last("connection") == ["upgrade"]


def test_when_the_server_is_away_people_are_told_to_try_again(tmp_path: Path) -> None:
    given = settings(tmp_path, GATEWAY__UPSTREAMS="127.0.0.1:9")
    with running_gateway(tmp_path / "nginx", given) as port:
        for path in ("/", link("Ab3dE9x"), "/hls/a/b/c"):
            answer = ask(port, path)
            assert (answer.status, answer.headers["retry-after"]) == (503, "5")
            assert answer.headers["content-type"] == "application/problem+json"
            assert answer.doubled() == []
