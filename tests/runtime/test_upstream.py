"""The operator's own proxy under every outgoing request."""

import pytest

from shadow.runtime.http import HttpClients, RequestRefused, Unreachable
from shadow.runtime.http_settings import NetworkSettings
from shadow.runtime.settings import SettingsInvalid, load_settings
from tests.support.socks import connect_proxy, socks_proxy
from tests.support.wire import always, plain, serving


def through(proxy: str, allowed: str = "127.0.0.0/8") -> HttpClients:
    settings = NetworkSettings.model_validate({"allow_private": allowed, "proxy": proxy})
    return HttpClients(settings)


async def test_requests_go_through_a_socks_proxy() -> None:
    async with serving(always(plain(200, b"far"))) as served, socks_proxy() as operators:
        async with through(f"socks5://127.0.0.1:{operators.port}").client() as client:
            assert (await client.get(served.url)).content == b"far"
        assert operators.asked == [("127.0.0.1", served.port)]


async def test_requests_go_through_an_http_proxy() -> None:
    async with serving(always(plain(200, b"far"))) as served, connect_proxy() as operators:
        async with through(f"http://127.0.0.1:{operators.port}").client() as client:
            assert (await client.get(served.url)).content == b"far"
        assert operators.asked == [("127.0.0.1", served.port)]


async def test_private_addresses_are_refused_before_the_proxy_is_asked() -> None:
    async with socks_proxy() as operators:
        clients = through(f"socks5://127.0.0.1:{operators.port}", allowed="")
        async with clients.client() as client:
            with pytest.raises(RequestRefused):
                await client.get("http://127.0.0.1:8080/")
        assert operators.asked == []


async def test_a_proxy_that_refuses_says_why() -> None:
    async with (
        socks_proxy(refuses=2) as operators,
        through(f"socks5://127.0.0.1:{operators.port}").client() as client,
    ):
        with pytest.raises(Unreachable, match="its rules forbid it"):
            await client.get("http://127.0.0.1:8080/")


async def test_a_wrong_password_is_said_without_repeating_it() -> None:
    async with socks_proxy(password="right") as operators:
        clients = through(f"socks5://ada:wrong@127.0.0.1:{operators.port}")
        async with clients.client() as client:
            with pytest.raises(Unreachable, match="refuses the user name or password") as caught:
                await client.get("http://127.0.0.1:8080/")
    assert "wrong" not in caught.value.detail


@pytest.mark.parametrize(
    "text", ["socks4://h:1", "127.0.0.1:1080", "socks5://", "http://h/path", "http://:pw@h:1"]
)
def test_a_proxy_of_another_form_is_refused_at_start(
    text: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SHADOW_NETWORK__PROXY", text)
    with pytest.raises(SettingsInvalid, match="SHADOW_NETWORK__PROXY"):
        load_settings({"network": NetworkSettings})
