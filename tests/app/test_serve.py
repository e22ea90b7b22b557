"""`shadow serve` as a process: how it ends, and what a hostile connection can do to it."""

import json
import signal
import socket
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.server import Server, running_server, start_server


def connect(server: Server) -> socket.socket:
    port = int(server.url.rpartition(":")[2])
    return socket.create_connection(("127.0.0.1", port), timeout=30)


def everything(connection: socket.socket) -> bytes:
    """Read until the server hangs up, however it does."""
    told = b""
    try:
        while part := connection.recv(65536):
            told += part
    except ConnectionResetError:
        pass
    return told


def claim(server: Server) -> str:
    """Make the first admin; return the session's cookie."""
    assert server.admin_link is not None
    token = server.admin_link.rpartition("=")[2]
    body = {"token": token, "username": "ada", "password": "correct horse battery"}
    request = urllib.request.Request(
        f"{server.url}/api/auth/claim",
        json.dumps(body).encode(),
        {"Content-Type": "application/json"},
    )
    with urllib.request.urlopen(request, timeout=30) as answer:
        return str(answer.headers["Set-Cookie"].partition(";")[0])


@pytest.mark.parametrize("sent", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_closes_everything_although_a_feed_is_open(
    tmp_path: Path, sent: signal.Signals
) -> None:
    server = start_server(tmp_path / "data", SHADOW_LOG_LEVEL="error")
    try:
        cookie = claim(server)
        feed = connect(server)
        feed.sendall(f"GET /api/events HTTP/1.1\r\nHost: x\r\nCookie: {cookie}\r\n\r\n".encode())
        assert b"retry" in feed.recv(65536) + feed.recv(65536)
        server.process.send_signal(sent)
        assert server.process.wait(20) == 0
    finally:
        server.process.kill()
    left = {path.name for path in (tmp_path / "data").iterdir()}
    assert "shadow.sqlite-wal" not in left, "the database was not closed"


def test_the_data_folder_is_its_owners_alone(server: Server, folder: Path) -> None:
    assert folder.stat().st_mode & 0o077 == 0


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("serve") / "data"


@pytest.fixture(scope="module")
def server(folder: Path) -> Iterator[Server]:
    with running_server(folder) as running:
        yield running


@pytest.mark.parametrize("begun", [b"GET /", b"GET / HTTP/1.1\r\nHost: x\r\nX-Long: "])
def test_an_endless_head_is_cut(server: Server, begun: bytes) -> None:
    connection = connect(server)
    connection.sendall(begun)
    try:
        for _ in range(100):
            connection.sendall(b"a" * 100_000)
    except (BrokenPipeError, ConnectionResetError):
        return
    pytest.fail("ten megabytes of headers were taken")


def test_a_head_a_little_too_long_is_told_so(server: Server) -> None:
    connection = connect(server)
    connection.sendall(b"GET / HTTP/1.1\r\nHost: x\r\nX-Long: " + b"a" * 66_000)
    assert everything(connection).startswith(b"HTTP/1.1 431 ")


def test_one_connection_serves_many_requests_with_ordinary_heads(server: Server) -> None:
    connection = connect(server)
    request = b"GET /api/health HTTP/1.1\r\nHost: x\r\nX-Some: " + b"a" * 20_000 + b"\r\n\r\n"
    for _ in range(6):
        connection.sendall(request)
        answer = b""
        while not answer.endswith(b"}"):  # head and body may come apart
            part = connection.recv(65536)
            assert part, "the connection was closed"
            answer += part
        assert answer.startswith(b"HTTP/1.1 200 ")
    connection.sendall(request.replace(b"Host", b"Connection: close\r\nHost"))
    assert everything(connection).startswith(b"HTTP/1.1 200 ")


def test_trailers_are_not_kept(server: Server) -> None:
    connection = connect(server)
    connection.sendall(
        b"POST /api/auth/login HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
        b"Connection: close\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n"
        b"Authorization: Bearer x\r\n\r\n"
    )
    assert everything(connection).startswith(b"HTTP/1.1 422 ")
