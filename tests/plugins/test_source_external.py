"""The operator's own programs: what they are given, what of their words is believed, their end."""

import asyncio
import json
import sys
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError
from tests.support.faulty_server import faulty_server
from tests.support.sources import clients

from shadow.ingest.ports import Link, Resolver, SourceRefused, SourceUnavailable
from shadow.plugins.source_external.resolver import MOST_OUTPUT, ExternalResolver
from shadow.plugins.source_external.settings import Command, ExternalSettings
from shadow.runtime.filter_proxy import FilterProxy
from shadow.runtime.http import RequestRefused

PYTHON = Path(sys.executable)
SHOWN = (
    "import json, os, sys; open(sys.argv[1], 'w').write(json.dumps([sys.argv[2:], "
    "dict(os.environ)])); print('https://media.example.org/film.mkv')"
)
Made = Callable[..., ExternalResolver]


@pytest.fixture
async def made() -> AsyncIterator[Made]:
    """Make a resolver with one program, a piece of Python."""
    http = clients(allowed="127.0.0.1/32")
    proxy = FilterProxy(http)

    def make(code: str, *arguments: str, **more: Any) -> ExternalResolver:
        told = (sys.executable, "-c", code, *(arguments or ("--", "{query}")))
        command = Command(name="find", command=told, **more)
        return ExternalResolver([(PYTHON, command)], http=http, proxy=lambda: proxy)

    yield make
    await proxy.close()


async def test_words_reach_the_program_as_one_argument_and_its_link_comes_back(
    made: Made, tmp_path: Path
) -> None:
    shown = tmp_path / "shown"
    resolver = made(SHOWN, str(shown), "--", "{query}")
    assert isinstance(resolver, Resolver)
    words = "; touch x $(id) `id` 'a' \"b\" {url} | é"
    link = Link("external:find?" + "".join(f"%{one:02x}" for one in words.encode()))
    assert resolver.takes(link)
    assert await resolver.resolve(link) == (Link("https://media.example.org/film.mkv"),)
    (arguments, environment) = json.loads(shown.read_text())
    assert arguments == ["--", words]
    assert environment["https_proxy"].startswith("http://")
    assert "127.0.0.1" in environment["https_proxy"]


async def test_the_servers_secrets_are_not_in_the_programs_environment(
    made: Made, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SHADOW_SECRET_KEY", "s" * 40)
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "a")
    shown = tmp_path / "shown"
    await made(SHOWN, str(shown), "--", "{query}").resolve(Link("external:find?x"))
    environment = json.loads(shown.read_text())[1]
    assert not [name for name in environment if "SECRET" in name or name.startswith("SHADOW")]


async def test_several_links_come_in_their_order_and_chatter_is_left_out(made: Made) -> None:
    said = "Looking…\\nhttps://a.example/1.mkv\\n\\n  magnet:?xt=urn:btih:x \\nftp://a.example/2\\n"
    found = await made(f"print('{said}https://a.example/1.mkv done')").resolve(
        Link("external:find?x")
    )
    assert [one.url for one in found] == [
        "https://a.example/1.mkv",
        "magnet:?xt=urn:btih:x",
        "ftp://a.example/2",
    ]


@pytest.mark.parametrize(
    ("code", "words"),
    [
        ("print('file:///etc/passwd'); print('javascript:alert(1)'); print('-o /x')", "nothing"),
        ("", "nothing"),
        ("import sys; sys.exit('no such show')", "no such show"),
        (f"print('x' * {MOST_OUTPUT + 1})", "wrote more than"),
    ],
)
async def test_programs_that_find_nothing_or_fail_are_told_as_such(
    made: Made, code: str, words: str
) -> None:
    with pytest.raises(SourceRefused, match=words):
        await made(code).resolve(Link("external:find?x"))


async def test_a_program_that_hangs_is_ended_with_all_it_started(
    made: Made, tmp_path: Path
) -> None:
    pid = tmp_path / "pid"
    code = (
        "import subprocess, sys, time\n"
        "child = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(1000)'])\n"
        "open(sys.argv[1], 'w').write(str(child.pid))\n"
        "time.sleep(1000)"
    )
    resolver = made(code, str(pid), "{query}", timeout=2)
    with pytest.raises(SourceUnavailable, match="took longer than 2 s"):
        await resolver.resolve(Link("external:find?x"))
    state = Path(f"/proc/{pid.read_text()}/stat")
    async with asyncio.timeout(60):
        while state.exists() and state.read_text().rsplit(")", 1)[1].split()[0] != "Z":
            await asyncio.sleep(0.01)


async def test_words_never_become_an_option(made: Made) -> None:
    with pytest.raises(SourceRefused, match="dash"):
        await made("print('https://a.example/')", "{query}").resolve(Link("external:find?-x"))
    found = await made("print('https://a.example/')", "--", "{query}").resolve(
        Link("external:find?%2Dx")
    )
    assert found == (Link("https://a.example/"),)


@pytest.mark.parametrize("url", ["external:find", "external:find?", "external:find?a%0Ab%00"])
async def test_words_that_are_none_are_refused(made: Made, url: str) -> None:
    with pytest.raises(SourceRefused, match="Say what to look for"):
        await made("print('https://a.example/')").resolve(Link(url))


async def test_an_unknown_name_is_refused_with_what_to_do(made: Made) -> None:
    with pytest.raises(SourceRefused, match="SHADOW_EXTERNAL__COMMANDS"):
        await made("").resolve(Link("external:other?x"))


async def test_a_host_is_matched_with_what_is_below_it_and_no_more(made: Made) -> None:
    resolver = made("", "--", "{url}", match=("*.example.org", "tube.example"))
    for host in ("example.org", "www.example.org", "WWW.Example.ORG", "tube.example"):
        assert resolver.takes(Link(f"https://{host}/watch?v=1")), host
    for host in ("notexample.org", "example.org.evil.net", "www.tube.example", "a@evil.net"):
        assert not resolver.takes(Link(f"https://{host}/watch")), host


async def test_a_link_by_host_is_judged_before_the_program_sees_it(made: Made) -> None:
    resolver = made("print('https://a.example/x')", "--", "{url}", match="127.0.0.2")
    with pytest.raises(RequestRefused, match="not on the public internet"):
        await resolver.resolve(Link("http://127.0.0.2:8080/"))
    allowed = made("import sys; print(sys.argv[-1])", "--", "{url}", match="127.0.0.1")
    assert await allowed.resolve(Link("http://127.0.0.1:8080/x#top")) == (
        Link("http://127.0.0.1:8080/x"),
    )


async def test_what_the_program_fetches_goes_through_the_filtering_proxy(made: Made) -> None:
    code = (
        "import sys, urllib.request as r\n"
        "r.urlopen(sys.argv[-1]).read()\n"
        "print('https://a.example/ok')"
    )
    async with faulty_server(b"page") as server:
        server.redirects["/away"] = "http://127.0.0.2:8080/admin"
        resolver = made(code)
        assert await resolver.resolve(Link(f"external:find?{server.url}/page"))
        with pytest.raises(SourceRefused, match="not on the public internet"):
            await resolver.resolve(Link(f"external:find?{server.url}/away"))


@pytest.mark.parametrize(
    "command",
    [
        ["prog"],
        ["{url}"],
        ["prog", "--url={url}"],
        ["prog", "sh -c '{query}'"],
        [],
    ],
)
def test_templates_that_could_mislead_are_refused_at_start(command: list[str]) -> None:
    with pytest.raises(ValidationError):
        Command(name="x", command=tuple(command))


def test_the_setting_is_a_json_list_or_an_object_a_line() -> None:
    one = '{"name": "a", "command": ["find-a", "--", "{query}"], "match": "a.example"}'
    two = '{"name": "b", "command": ["find-b", "--", "{url}"], "timeout": 5}'
    for text in (f"[{one}, {two}]", f"{one}\n\n{two}\n"):
        commands = ExternalSettings.model_validate({"commands": text}).commands
        assert [(c.name, c.match, c.timeout) for c in commands] == [
            ("a", ("a.example",), 60.0),
            ("b", (), 5.0),
        ]
    for bad in (f"{one}\n{one}", "find-a -- {query}", '{"name": "A b", "command": ["{url}"]}'):
        with pytest.raises(ValidationError):
            ExternalSettings.model_validate({"commands": bad})
