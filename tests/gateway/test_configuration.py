"""What `shadow gateway` writes: nginx takes it whatever the settings hold, and nothing gets out."""

import os
import subprocess
from pathlib import Path

import pytest

from shadow.app.cli.gateway import OutputRefused
from tests.support.gateway import SECRET, ask, command, configuration, link, nginx_program
from tests.support.gateway import running_gateway as running
from tests.support.upstream import OK, running_upstream

ODD = os.fsdecode(b" \"q\" \\n 's' $uri ${x} ;{} #\n%41 \xff\xc3\xa9; include nothing")
FILE = "/stream/Ab3dE9x"
ROOT = Path(__file__).resolve().parents[2]


def settings(folder: Path, **more: str) -> dict[str, str]:
    """Return settings of a site in a folder."""
    return {
        "SHADOW_DATA_DIR": str(folder / "data"),
        "SHADOW_SECRET_KEY": "k" * 40,
        "SHADOW_TRUSTED_PROXIES": "127.0.0.1",
        "SHADOW_STREAMING__SECURE_LINK_SECRET": SECRET,
        "SHADOW_GATEWAY__CACHE_DIR": str(folder / "cache"),
        **{f"SHADOW_{name}": value for name, value in more.items()},
    }


def nginx_takes(folder: Path, text: bytes) -> None:
    config = folder / "nginx.conf"
    config.write_bytes(text)
    done = subprocess.run(
        [nginx_program(), "-t", "-p", str(folder), "-c", str(config), "-e", "stderr"],
        capture_output=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr.decode(errors="replace")


VARIETY: dict[str, dict[str, str]] = {
    "as it comes": {},
    "several processes": {
        "GATEWAY__UPSTREAMS": "127.0.0.1:1,[::1]:2",
        "GATEWAY__STREAM_UPSTREAMS": "127.0.0.1:3, 127.0.0.1:4 ,unix:/run/shadow/5.sock",
    },
    "a socket of an odd name": {"GATEWAY__UPSTREAMS": 'unix:/tmp/a "b" $c;{}#'},
    "proxies in front": {"GATEWAY__TRUSTED_PROXIES": "10.0.0.0/8,fd00::/8,192.0.2.1,10.1.2.3/8"},
    "a public address": {"PUBLIC_URL": "https://media.example.org:8443/"},
    "a public address by number": {"PUBLIC_URL": "http://[::1]:80"},
    "a public address that is none": {"PUBLIC_URL": 'http://a";}{$b'},
    "a small cache": {"GATEWAY__CACHE_BYTES": str(64 << 20)},
    "a huge cache": {"GATEWAY__CACHE_BYTES": str(100 << 40)},
    "new files elsewhere": {"STORAGE__LOCAL_ROOT": "/media/new films"},
    "new files in an odd folder": {"STORAGE__LOCAL_ROOT": f"/media/{ODD}"},
}


@pytest.mark.parametrize("name", VARIETY)
def test_nginx_takes_it(tmp_path: Path, name: str) -> None:
    given = settings(tmp_path, **VARIETY[name])
    nginx_takes(tmp_path, configuration(given, "--whole", "--listen", "127.0.0.1:8099"))


@pytest.mark.parametrize(
    "listen",
    [["8080"], ["127.0.0.1:8080", "[::1]:8080"], ["[::]:8080"], ["*:8080"], ["localhost:8080"]],
)
def test_it_listens_where_it_is_told_to(tmp_path: Path, listen: list[str]) -> None:
    options = [part for address in listen for part in ("--listen", address)]
    text = configuration(settings(tmp_path), "--whole", *options)
    assert all(f"listen {address};".encode() in text for address in listen)
    nginx_takes(tmp_path, text)


def test_it_listens_at_port_80_unless_told_otherwise(tmp_path: Path) -> None:
    assert b"    listen 80;\n" in configuration(settings(tmp_path))


@pytest.mark.parametrize(
    "listen", ["", "http", "80;", "80 ssl; include x", "unix:x", "1:2:3", "-1"]
)
def test_an_address_that_is_none_is_refused(tmp_path: Path, listen: str) -> None:
    refused = command(settings(tmp_path), "--listen", listen)
    assert refused.exit_code != 0
    assert refused.stdout_bytes == b""


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("UPSTREAMS", ""), ("UPSTREAMS", "host"), ("UPSTREAMS", "http://host:1"),
        ("UPSTREAMS", "host:1;}"), ("STREAM_UPSTREAMS", "unix:relative"), ("CACHE_DIR", "relative"),
        ("CACHE_DIR", "/"), ("TRUSTED_PROXIES", "anyone"), ("CACHE_BYTES", "1"),
        ("UPSTREAMS", "unix:/" + "a" * 120),
    ],
)  # fmt: skip
def test_a_wrong_setting_is_named(tmp_path: Path, name: str, value: str) -> None:
    refused = command(settings(tmp_path, **{f"GATEWAY__{name}": value}))
    assert f"SHADOW_GATEWAY__{name}" in str(refused.exception)


def test_folders_of_any_name_mean_themselves(tmp_path: Path) -> None:
    """The cache is made where it was asked for; the data folder stays closed, new files open."""
    odd = tmp_path / ODD
    store = odd / "data" / "store"
    store.mkdir(parents=True)
    (odd / "data" / "secret").write_bytes(b"secret")
    (store / ODD).write_bytes(b"a new film")
    (tmp_path / "film").write_bytes(b"a film")

    def answer(head: str) -> bytes:
        if "X-Wanted: " not in head:
            return OK.replace(b"ok", b"by")
        wanted = head.partition("X-Wanted: ")[2].partition("\r\n")[0]
        return (
            f"HTTP/1.1 200 OK\r\nX-Accel-Redirect: {wanted}\r\nContent-Length: 0\r\n\r\n".encode()
        )

    with running_upstream(answer) as upstream:
        given = settings(odd, GATEWAY__UPSTREAMS=upstream.address)
        given["SHADOW_GATEWAY__CACHE_DIR"] = str(odd / "cache")
        with running(tmp_path / "nginx", given) as port:
            found = {
                path.name: ask(port, link("Ab3dE9x"), X_Wanted=f"/internal/files{quote_all(path)}")
                for path in (odd / "data" / "secret", store / ODD, tmp_path / "film")
            }
    assert (odd / "cache").is_dir()
    assert found["secret"].status == 404
    assert found[ODD].body == b"a new film"
    assert found["film"].body == b"a film"


def quote_all(path: Path) -> str:
    return "".join(f"%{byte:02x}" if byte != 47 else "/" for byte in bytes(path))


def test_nginx_follows_no_link(tmp_path: Path) -> None:
    """The server names files by their own paths; a link put there since is not followed."""
    (tmp_path / "film").write_bytes(b"a film")
    (tmp_path / "link").symlink_to(tmp_path / "film")

    def answer(head: str) -> bytes:
        if "If-Range" in head or "X-Wanted" not in head:
            return OK
        wanted = head.partition("X-Wanted: ")[2].partition("\r\n")[0]
        return (
            f"HTTP/1.1 200 OK\r\nX-Accel-Redirect: {wanted}\r\nContent-Length: 0\r\n\r\n".encode()
        )

    with running_upstream(answer) as upstream, running_upstream() as streams:
        given = settings(
            tmp_path, GATEWAY__UPSTREAMS=upstream.address,
            GATEWAY__STREAM_UPSTREAMS=streams.address,
        )  # fmt: skip
        with running(tmp_path / "nginx", given) as port:
            for name in ("link", "nothing there"):
                wanted = f"/internal/files{quote_all(tmp_path / name)}"
                assert ask(port, link("Ab3dE9x"), X_Wanted=wanted).body == b"ok"  # the engine's
            assert len(streams.heads) == 2


def test_only_streams_may_redirect_inside(tmp_path: Path) -> None:
    (tmp_path / "film").write_bytes(b"a film")
    inside = f"X-Accel-Redirect: /internal/files{tmp_path}/film\r\nContent-Length".encode()
    with running_upstream(lambda _: OK.replace(b"Content-Length", inside)) as upstream:
        given = settings(tmp_path, GATEWAY__UPSTREAMS=upstream.address)
        with running(tmp_path / "nginx", given) as port:
            assert ask(port, link("Ab3dE9x")).body == b"a film"
            for path in ("/", "/api/events", "/hls/x/y/z", "/api/uploads/1", "/socket.io/"):
                answer = ask(port, path)
                assert answer.body == b"ok", path
                assert "x-accel-redirect" not in answer.headers


def test_the_file_is_for_its_owner_alone_and_replaces_an_older_one(tmp_path: Path) -> None:
    output = tmp_path / "shadow.conf"
    output.write_text("older")
    assert configuration(settings(tmp_path), "--output", str(output)) == b""
    assert output.stat().st_mode & 0o777 == 0o600
    assert output.read_bytes() == configuration(settings(tmp_path))
    for place in (tmp_path / "none" / "x", output / "x"):
        refused = command(settings(tmp_path), "--output", str(place))
        assert isinstance(refused.exception, OutputRefused), refused.exception


def test_the_example_is_what_the_command_prints() -> None:
    example = {
        "SHADOW_DATA_DIR": "/var/lib/shadow",
        "SHADOW_SECRET_KEY": "an example, at least 32 characters long",
        "SHADOW_PUBLIC_URL": "https://media.example.org",
        "SHADOW_TRUSTED_PROXIES": "127.0.0.1",
        "SHADOW_GATEWAY__STREAM_UPSTREAMS": "127.0.0.1:8481,127.0.0.1:8482",
    }
    assert (ROOT / "deploy/nginx/example.conf").read_bytes() == configuration(example)
