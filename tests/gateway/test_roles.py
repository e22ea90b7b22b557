"""Processes that only stream: what they answer, many on one port, one killed among others."""

import http.client
import json
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.gateway.conftest import LONG
from tests.support.gateway import Site, ask, link
from tests.support.server import start_server

VIEWERS = 8


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/api/health", 200), ("HEAD", "/api/health", 200), ("GET", "/api/ready", 200),
        ("GET", "/metrics", 200), ("GET", "/hls/aaaaaaa/x/master.m3u8", 404),
        ("GET", "/", 404), ("GET", "/api/search?q=x", 404), ("POST", "/sign", 404),
        ("POST", "/api/auth/login", 404), ("GET", "/api/plugins", 404),
        ("GET", "/openapi.json", 404), ("GET", "/assets/x", 404), ("GET", "/api/events", 404),
    ],
)  # fmt: skip
def test_it_answers_nothing_else(site: Site, method: str, path: str, status: int) -> None:
    answer = ask(site.stream_port, path, method)
    assert answer.status == status
    if status == 404:
        assert answer.headers["content-type"] == "application/problem+json"


def test_it_streams_as_the_server_does(site: Site) -> None:
    for name, body in site.contents.items():
        url = link(site.files[name])
        assert ask(site.stream_port, url).body == ask(site.app_port, url).body == body
        assert ask(site.stream_port, f"/stream/{site.files[name]}").status == 401


def test_several_share_one_port(site: Site) -> None:
    assert len({server.url for server in site.streams}) == 1
    assert len({server.process.pid for server in site.streams}) == 2
    site.sent()  # which asks until each process has answered


def test_hls_goes_to_the_processes_that_stream(site: Site) -> None:
    answer = ask(site.port, "/hls/aaaaaaa/x/master.m3u8")
    assert (answer.status, json.loads(answer.body)["code"]) == (404, "hls.missing")


def test_one_that_is_killed_takes_no_other_with_it(site: Site) -> None:
    """Viewers of the others go on; those of the dead one come back by range, byte-exact."""
    begun, killed = threading.Barrier(VIEWERS + 1, timeout=60), threading.Event()
    with ThreadPoolExecutor(VIEWERS) as pool:
        viewers = [pool.submit(view, site, begun, killed) for _ in range(VIEWERS)]
        begun.wait()
        site.streams[0].kill()
        killed.set()
        seen = [viewer.result(60) for viewer in viewers]
    try:
        assert [body == site.contents[LONG] for body, _ in seen] == [True] * VIEWERS
        assert max(breaks for _, breaks in seen) <= 1
        assert [site.get(LONG, "HEAD").status for _ in range(20)] == [200] * 20
    finally:
        port = str(site.stream_port)
        site.streams[0] = start_server(
            site.folder / "data", "--role", "stream", "--port", port, **site.env
        )


def view(site: Site, begun: threading.Barrier, killed: threading.Event) -> tuple[bytes, int]:
    """Watch a film as a player does, coming back after a break; return it and the breaks."""
    size = len(site.contents[LONG])
    seen = bytearray()
    for breaks in range(5):
        connection = http.client.HTTPConnection("127.0.0.1", site.port, timeout=30)
        # A condition, so that nginx does not send the file by itself.
        asked = {"Range": f"bytes={len(seen)}-{size}", "If-Match": "*"}
        try:
            connection.request("GET", link(site.files[LONG]), headers=asked)
            answer = connection.getresponse()
            assert answer.status == 206, answer.read()
            seen += answer.read(65536)
            if not killed.is_set():
                begun.wait()
                killed.wait(60)
            while part := answer.read1(65536):
                seen += part
        except (http.client.HTTPException, ConnectionError):
            continue
        finally:
            connection.close()
        if len(seen) == size:
            return bytes(seen), breaks
    raise AssertionError("the film never ended")
