"""Where outgoing requests may go: names, addresses, redirects."""

import ssl
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import httpcore
import pytest

from shadow.runtime.http import (
    AnswerRefused,
    HttpClients,
    RequestRefused,
    Unreachable,
    checked_url,
)
from shadow.runtime.http_settings import NetworkSettings
from shadow.runtime.http_transport import resolve_host
from tests.support.wire import Asked, always, plain, serving

LOOPBACK = NetworkSettings(allow_private=("127.0.0.0/8",))
PUBLIC = "93.184.216.34"


class Names:
    """A resolver with an answer a name, or a row of answers for lookups one after the other."""

    def __init__(self, **answers: list[list[str]]) -> None:
        self._answers = answers
        self.asked: list[str] = []

    async def __call__(self, host: str, port: int) -> Sequence[str]:
        self.asked.append(host)
        answers = self._answers[host.partition(".")[0]]
        return answers.pop(0) if len(answers) > 1 else answers[0]


class Sockets(httpcore.AsyncNetworkBackend):
    """Note which address a connection is opened to, then open it to loopback instead."""

    def __init__(self) -> None:
        self.opened: list[str] = []

    async def connect_tcp(self, host: str, port: int, *rest: Any) -> httpcore.AsyncNetworkStream:
        self.opened.append(host)
        return await httpcore.AnyIOBackend().connect_tcp("127.0.0.1", port, *rest)


ODD_URLS = [
    "file:///etc/passwd",
    "FILE:///etc/passwd",
    "gopher://example.org/_x",
    "ftp://example.org/",
    "data:text/plain,x",
    "javascript:alert(1)",
    "//example.org/",
    "/relative",
    "",
    "http:///nothing",
    "http://user:password@example.org/",
    "http://user@example.org/",
    "http://127.1.1.1:80\\@127.2.2.2/",
    "http://example.org\\.evil.org/",
    "http://example.org/a b",
    "http://exa mple.org/",
    "http://example.org/\r\nHost: evil",
    "http://example.org/\x00",
    "http://ex%2eample.org/",
    "http://[fe80::1%25eth0]/",
    "http://[::1",
    "http://①②⑦.⓪.⓪.①/",
    "http://1２7.0.0.1/",
    "http://example.org:0/",
    "http://example.org:22/",
    "http://example.org:25/",
    "http://example.org:6667/",
    "http://example.org:99999/",
    "http://" + "a" * 300 + ".org/",
    "http://example.org/" + "a" * 9_000,
]


@pytest.mark.parametrize("url", ODD_URLS)
async def test_an_odd_form_of_address_is_refused_before_any_lookup(url: str) -> None:
    names, sockets = Names(), Sockets()
    with pytest.raises(RequestRefused):
        checked_url(url)
    async with HttpClients(LOOPBACK, resolve=names, backend=sockets).client() as client:
        if len(url) < 8_000:
            with pytest.raises(RequestRefused):
                await client.get(url)
    assert (names.asked, sockets.opened) == ([], [])


@pytest.mark.parametrize(
    ("url", "normal"),
    [
        ("HTTPS://Example.ORG/A?b=c", "https://example.org/A?b=c"),
        ("http://example.org:80/", "http://example.org/"),
        ("http://example.org:8443/x", "http://example.org:8443/x"),
        ("http://example.org#@127.0.0.1/", "http://example.org/"),
        ("https://bücher.example/", "https://xn--bcher-kva.example/"),
        ("http://[2606:4700::1111]/", "http://[2606:4700::1111]/"),
        ("https://example.org/@name", "https://example.org/@name"),
    ],
)
def test_an_ordinary_address_is_normalised(url: str, normal: str) -> None:
    checked = checked_url(url)
    assert checked.scheme + "://" + checked.netloc.decode("ascii") + checked.raw_path.decode() in (
        normal,
        normal + "/",
    )


PRIVATE_SPELLINGS = (
    "127.1 127.0.1 0 2130706433 0x7f000001 0x7f.1 0177.0.0.1 017700000001 2852039166 0xa9fea9fe "
    "0251.0376.0251.0376 127。0。0。1 localhost 127.0.0.1 [::1] [::ffff:127.0.0.1] [::] "
    "169.254.169.254"
)


@pytest.mark.parametrize("host", PRIVATE_SPELLINGS.split())
async def test_every_spelling_of_a_private_address_is_refused(host: str) -> None:
    sockets = Sockets()
    async with HttpClients(NetworkSettings(), backend=sockets).client() as client:
        with pytest.raises(RequestRefused):
            await client.get(f"http://{host}/latest/meta-data/")
    assert sockets.opened == []


async def test_the_refusal_names_the_setting_that_opens_a_network() -> None:
    async with HttpClients(NetworkSettings()).client() as client:
        with pytest.raises(RequestRefused, match="SHADOW_NETWORK__ALLOW_PRIVATE"):
            await client.get("http://localhost/")


async def test_one_private_answer_among_public_ones_refuses_the_name() -> None:
    for answers in ([PUBLIC, "127.0.0.1"], ["10.0.0.1", PUBLIC], [PUBLIC, "::1"]):
        sockets = Sockets()
        clients = HttpClients(NetworkSettings(), resolve=Names(mixed=[answers]), backend=sockets)
        async with clients.client() as client:
            with pytest.raises(RequestRefused):
                await client.get("http://mixed.example/")
        assert sockets.opened == []


async def test_a_name_that_answers_differently_the_second_time_gains_nothing() -> None:
    names, sockets = Names(rebind=[[PUBLIC], ["127.0.0.1"]]), Sockets()
    clients = HttpClients(NetworkSettings(), resolve=names, backend=sockets)
    async with (
        serving(always(plain(200, b"once", Connection="close"))) as served,
        clients.client() as client,
    ):
        url = f"http://rebind.example:{served.port}/"
        assert (await client.get(url)).text == "once"
        assert (names.asked, sockets.opened) == (["rebind.example"], [PUBLIC])
        with pytest.raises(RequestRefused):
            await client.get(url)
    assert sockets.opened == [PUBLIC]


async def test_the_host_header_keeps_the_name() -> None:
    names = Names(films=[["127.0.0.1"]])
    clients = HttpClients(LOOPBACK, resolve=names)
    async with serving(always(plain(200))) as served, clients.client() as client:
        await client.get(f"http://films.example:{served.port}/x")
    assert served.asked[0].headers["host"] == f"films.example:{served.port}"


async def test_the_certificate_is_checked_against_the_name(tmp_path: Path) -> None:
    subject = ["-subj", "/CN=films.example", "-addext", "subjectAltName=DNS:films.example"]
    files = ["-keyout", tmp_path / "key.pem", "-out", tmp_path / "cert.pem"]
    making = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2"]
    subprocess.run([*making, *subject, *files], check=True, capture_output=True)
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.load_cert_chain(tmp_path / "cert.pem", tmp_path / "key.pem")
    names = Names(films=[["127.0.0.1"]], other=[["127.0.0.1"]])
    trusting = ssl.create_default_context(cafile=str(tmp_path / "cert.pem"))
    async with serving(always(plain(200, b"sealed")), tls=server) as served:
        async with HttpClients(LOOPBACK, resolve=names, tls=trusting).client() as client:
            answer = await client.get(f"https://films.example:{served.port}/")
            assert answer.text == "sealed"
            with pytest.raises(Unreachable):
                await client.get(f"https://other.example:{served.port}/")
        async with HttpClients(LOOPBACK, resolve=names).client() as client:
            with pytest.raises(Unreachable):
                await client.get(f"https://films.example:{served.port}/")


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
@pytest.mark.parametrize("target", ["http://10.0.0.1/", "http://[::1]/", "http://169.254.169.254/"])
async def test_a_redirect_to_a_private_address_is_refused(status: int, target: str) -> None:
    sockets = Sockets()
    clients = HttpClients(LOOPBACK, resolve=resolve_host, backend=sockets)
    async with (
        serving(always(plain(status, Location=target))) as served,
        clients.client() as client,
    ):
        with pytest.raises(RequestRefused):
            await client.get(served.url)
    assert sockets.opened == ["127.0.0.1"]


@pytest.mark.parametrize("target", ["file:///etc/passwd", "http://u:p@127.0.0.1/", "http://h:22/"])
async def test_a_redirect_to_an_odd_address_is_refused(target: str) -> None:
    async with (
        serving(always(plain(302, Location=target))) as served,
        HttpClients(LOOPBACK).client() as client,
    ):
        with pytest.raises(RequestRefused):
            await client.get(served.url)
    assert len(served.asked) == 1


async def test_a_redirect_to_no_valid_address_is_refused() -> None:
    async with (
        serving(always(plain(302, Location="http://[::1"))) as served,
        HttpClients(LOOPBACK).client() as client,
    ):
        with pytest.raises(AnswerRefused):
            await client.get(served.url)


async def test_redirects_end_after_five() -> None:
    async with (
        serving(always(plain(302, Location="/again"))) as served,
        HttpClients(LOOPBACK).client() as client,
    ):
        with pytest.raises(AnswerRefused):
            await client.get(served.url)
    assert len(served.asked) == 6


async def test_credentials_stay_on_a_redirect_within_an_origin_and_go_across() -> None:
    async def answer(asked: Asked, writer: Any) -> None:
        if asked.target == "/within":
            writer.write(plain(302, Location="/arrived"))
        elif asked.target == "/across":
            writer.write(plain(302, Location=f"{elsewhere.url}/arrived"))
        else:
            writer.write(plain(200))

    secret = {"Authorization": "Bearer s", "X-Api-Key": "s", "Cookie": "s=1", "Accept": "a/b"}
    async with (
        serving(answer) as served,
        serving(always(plain(200))) as elsewhere,
        HttpClients(LOOPBACK).client(headers=secret) as client,
    ):
        await client.get(f"{served.url}/within")
        assert served.asked[-1].headers["x-api-key"] == "s"
        response = await client.get(f"{served.url}/across", auth=("name", "password"))
    assert response.status_code == 200
    assert [hop.status_code for hop in response.history] == [302]
    headers = elsewhere.asked[0].headers
    assert headers["accept"] == "a/b"
    assert {"authorization", "x-api-key", "cookie"}.isdisjoint(headers)


async def test_a_body_is_repeated_within_an_origin_only() -> None:
    async def answer(asked: Asked, writer: Any) -> None:
        if asked.target == "/within":
            writer.write(plain(307, Location="/arrived"))
        elif asked.target == "/across":
            writer.write(plain(308, Location=f"{elsewhere.url}/arrived"))
        else:
            writer.write(plain(200))

    async with (
        serving(answer) as served,
        serving(always(plain(200))) as elsewhere,
        HttpClients(LOOPBACK).client() as client,
    ):
        await client.post(f"{served.url}/within", content=b"form")
        assert (served.asked[-1].method, served.asked[-1].body) == ("POST", b"form")
        with pytest.raises(AnswerRefused):
            await client.post(f"{served.url}/across", content=b"form")
    assert elsewhere.asked == []


async def test_a_redirect_can_be_looked_at_instead() -> None:
    async with (
        serving(always(plain(302, Location="http://10.0.0.1/"))) as served,
        HttpClients(LOOPBACK).client() as client,
    ):
        response = await client.get(served.url, follow_redirects=False)
    assert response.status_code == 302


async def test_no_cookie_is_kept() -> None:
    async with (
        serving(always(plain(200, Set_Cookie="id=1; Path=/"))) as served,
        HttpClients(LOOPBACK).client() as client,
    ):
        await client.get(served.url)
        await client.get(served.url)
    assert "cookie" not in served.asked[1].headers


async def test_proxies_and_passwords_of_the_environment_are_not_used(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "netrc").write_text("machine 127.0.0.1 login l password p\n")
    monkeypatch.setenv("NETRC", str(tmp_path / "netrc"))
    async with serving(always(plain(200))) as served, serving(always(plain(502))) as proxy:
        for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
            monkeypatch.setenv(name, proxy.url)
        async with HttpClients(LOOPBACK).client() as client:
            assert (await client.get(served.url)).status_code == 200
    assert proxy.asked == []
    assert "authorization" not in served.asked[0].headers


async def test_a_name_without_address_and_a_closed_port_are_unreachable() -> None:
    async with serving(always(plain(200))) as served:
        pass
    clients = HttpClients(LOOPBACK, resolve=Names(empty=[[]], closed=[["127.0.0.1"]]))
    async with clients.client() as client:
        for host in ("empty", "closed"):
            with pytest.raises(Unreachable):
                await client.get(f"http://{host}.example:{served.port}/?api_key=secret")


async def test_the_next_address_is_tried_when_one_does_not_answer() -> None:
    names = Names(two=[["127.0.0.2", "127.0.0.1"]])
    async with (
        serving(always(plain(200, b"second"))) as served,
        HttpClients(LOOPBACK, resolve=names).client() as client,
    ):
        assert (await client.get(f"http://two.example:{served.port}/")).text == "second"


async def test_failures_never_show_the_query() -> None:
    async with HttpClients(LOOPBACK).client() as client:
        with pytest.raises(RequestRefused) as refused:
            await client.get("http://10.0.0.1/?api_key=SECRET")
    assert "SECRET" not in str(refused.value)
