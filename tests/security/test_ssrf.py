"""No engine can be led to where requests may not go: not directly, by redirects, or by names.

Each meets every spelling of `addresses`. Ports where nobody may knock are watched, and every
connection of this process is written down.
"""

from pathlib import Path

import pytest

from shadow.ingest.ports import Link
from tests.security.addresses import (
    ELSEWHERE,
    NAMES,
    PORTS,
    SCHEMES,
    addresses,
    spellings,
    understandable,
)
from tests.security.judging import ENGINES, engine, judging, nobody_knocked, refusal
from tests.support.canary import Canary, canary
from tests.support.faulty_server import FaultyServer
from tests.support.ftp import ftp_server


class TestDirectly:
    @pytest.mark.parametrize("name", ENGINES)
    async def test_no_spelling_leads_anywhere(
        self, name: str, bird: Canary, seen: list[str], sandbox: Path
    ) -> None:
        links = addresses(bird.port)
        if name == "ytdlp":  # a process each: all of them stand on one page further below
            links = [*links[::9], *links[-8:]]
        async with engine(name, judging(), sandbox.parent) as source:
            for url in links:
                error = await refusal(source, Link(url), sandbox)
                assert error is not None, url
                assert understandable(error), (url, error)
        assert nobody_knocked(bird, seen)

    @pytest.mark.parametrize("name", ENGINES)
    async def test_other_schemes_and_ports_are_not_fetched(
        self, name: str, bird: Canary, seen: list[str], sandbox: Path
    ) -> None:
        links = [one.replace("{port}", str(bird.port)) for one in SCHEMES]
        links += [f"http://1.1.1.1:{port}/film.mkv" for port in PORTS]
        async with engine(name, judging(), sandbox.parent) as source:
            for url in links:
                error = await refusal(source, Link(url), sandbox)
                assert error is not None, url
                assert understandable(error), (url, error)
        assert nobody_knocked(bird, seen)

    async def test_ftp_is_judged_as_well(
        self, bird: Canary, seen: list[str], sandbox: Path
    ) -> None:
        async with engine("aria2", judging(), sandbox.parent) as source:
            for host in [*spellings(1), *ELSEWHERE, *NAMES]:
                error = await refusal(source, Link(f"ftp://{host}:{bird.port}/film.mkv"), sandbox)
                assert error is not None, host
        assert nobody_knocked(bird, seen)

    async def test_an_ftp_server_cannot_send_the_client_elsewhere(
        self, seen: list[str], sandbox: Path
    ) -> None:
        async with (
            ftp_server({"/film.mkv": b"film" * 100}, passive_host="10.0.0.1") as ftp,
            engine("aria2", judging("127.0.0.1"), sandbox.parent) as source,
        ):
            await refusal(source, Link(f"ftp://127.0.0.1:{ftp.port}/film.mkv"), sandbox)
            assert "PASV" in ftp.said
        assert set(seen) <= {"127.0.0.1"}


class TestRedirects:
    @pytest.mark.parametrize("name", ["http", "aria2"])
    async def test_no_redirect_leads_anywhere(
        self, name: str, bird: Canary, seen: list[str], server: FaultyServer, sandbox: Path
    ) -> None:
        named = [one for one, found in NAMES.items() if found != ["127.0.0.1"]]  # allowed here
        hosts = [*spellings(2), *ELSEWHERE, *named]
        async with engine(name, judging("127.0.0.1/32"), sandbox.parent) as source:
            for number, host in enumerate(one for one in hosts if one.isascii()):
                server.redirects[f"/{number}"] = f"http://{host}:{bird.port}/film.mkv"
                error = await refusal(source, Link(f"{server.url}/{number}"), sandbox)
                assert error is not None, host
                assert understandable(error), (host, error)
        assert nobody_knocked(bird, seen)

    @pytest.mark.parametrize("status", [301, 303, 307, 308])
    async def test_every_kind_of_redirect_is_judged(
        self, status: int, bird: Canary, seen: list[str], server: FaultyServer, sandbox: Path
    ) -> None:
        server.redirect_status = status
        server.redirects["/away"] = f"http://127.0.0.2:{bird.port}/film.mkv"
        for name in ENGINES:
            async with engine(name, judging("127.0.0.1/32"), sandbox.parent) as source:
                error = await refusal(source, Link(f"{server.url}/away"), sandbox)
                assert error is not None
                assert "not on the public internet" in str(error), name
        assert nobody_knocked(bird, seen)

    @pytest.mark.parametrize("name", ENGINES)
    async def test_redirects_over_several_hops_and_to_other_schemes_lead_nowhere(
        self, name: str, bird: Canary, seen: list[str], server: FaultyServer, sandbox: Path
    ) -> None:
        server.redirects |= {
            "/a": "/b",
            "/b": f"http://127.0.0.2:{bird.port}/film.mkv",
            "/file": "file:///etc/passwd",
            "/ftp": f"ftp://127.0.0.2:{bird.port}/x",
        }
        async with engine(name, judging("127.0.0.1/32"), sandbox.parent) as source:
            for path in ("/a", "/file", "/ftp"):
                error = await refusal(source, Link(f"{server.url}{path}"), sandbox)
                assert error is not None, path
        held = b"".join(one.read_bytes() for one in sandbox.rglob("*") if one.is_file())
        assert b"root:" not in held
        assert nobody_knocked(bird, seen)


@pytest.mark.parametrize("name", ENGINES)
@pytest.mark.parametrize("turns", [(["127.0.0.1"], ["127.0.0.2"]), (["127.0.0.2"], ["127.0.0.1"])])
async def test_a_name_that_answers_differently_the_next_time_gains_nothing(
    name: str,
    turns: tuple[list[str], ...],
    seen: list[str],
    server: FaultyServer,
    sandbox: Path,
) -> None:
    """Whoever looks a name up again to connect comes to the second address (DNS rebinding)."""
    http = judging("127.0.0.1/32", names={"rebind.example": turns})
    async with (
        canary(server.served.port, ["127.0.0.2"]) as bird,
        engine(name, http, sandbox.parent) as source,
    ):
        link = Link(f"http://rebind.example:{server.served.port}/film.mkv")
        await refusal(source, link, sandbox)
        assert nobody_knocked(bird, seen)
