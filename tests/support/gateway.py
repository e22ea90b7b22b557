"""A whole site: nginx as `shadow gateway` sets it up, a server, and processes that only stream."""

import http.client
import os
import re
import shutil
import socket
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from typer.testing import CliRunner, Result

from shadow.app.cli import app as cli
from shadow.streaming.signing import sign_link
from tests.support.server import Server

SECRET = 'a "secret" with $uri, ${signs}; {and} \\ spaces #1'
FAR = 4_000_000_000
SENT = re.compile(rb"^shadow_streaming_sent_bytes_total ([0-9.e+]+)$", re.MULTILINE)
PROCESS = re.compile(rb'^shadow_process{pid="(\d+)"} 1', re.MULTILINE)


@dataclass
class Answer:
    """What came back: status, every header as sent, the body as far as it came."""

    status: int
    fields: list[tuple[str, str]]
    body: bytes

    @property
    def headers(self) -> dict[str, str]:
        """The headers by lower-case name."""
        return {name.lower(): value for name, value in self.fields}

    def doubled(self) -> list[str]:
        """Return the names of headers that were sent twice."""
        names = [name.lower() for name, _ in self.fields]
        return sorted({name for name in names if names.count(name) > 1})


def ask(
    port: int, url: str, method: str = "GET", body: bytes | None = None, **headers: str
) -> Answer:
    """Ask a server of this machine; `_` in names of headers stands for `-`."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    try:
        sent = {name.replace("_", "-"): value for name, value in headers.items()}
        connection.request(method, url, body, headers=sent)
        answer = connection.getresponse()
        try:
            told = answer.read()
        except http.client.IncompleteRead as cut:
            told = cut.partial
        return Answer(answer.status, answer.getheaders(), told)
    finally:
        connection.close()


def link(file_id: str, *, expires: int = FAR, secret: str = SECRET) -> str:
    """Return a signed link to a file."""
    return sign_link(f"/stream/{file_id}", expires=expires, secret=secret)


@dataclass
class Site:
    """Where everything is. `streams` all listen on one port."""

    folder: Path
    port: int
    app: Server
    streams: list[Server]
    env: Mapping[str, str]
    files: dict[str, str] = field(default_factory=dict)
    """Public ids by name."""
    contents: dict[str, bytes] = field(default_factory=dict)

    @property
    def app_port(self) -> int:
        """The port of the server itself, which people do not reach."""
        return int(self.app.url.rpartition(":")[2])

    @property
    def stream_port(self) -> int:
        """The port of the processes that stream."""
        return int(self.streams[0].url.rpartition(":")[2])

    def get(self, name: str, method: str = "GET", **headers: str) -> Answer:
        """Ask nginx for a file by a signed link."""
        return ask(self.port, link(self.files[name]), method, **headers)

    def directly(self, name: str, method: str = "GET", **headers: str) -> Answer:
        """Ask a process that streams, past nginx."""
        return ask(self.stream_port, link(self.files[name]), method, **headers)

    def sent(self) -> float:
        """Return the bytes of files that all processes together have sent."""
        counted: dict[bytes, float] = {}
        for port, processes in ((self.app_port, 1), (self.stream_port, len(self.streams))):
            known = len(counted)
            for _ in range(500):  # the system gives each connection to any of those on the port
                told = ask(port, "/metrics").body
                process, sent = PROCESS.search(told), SENT.search(told)
                assert process
                assert sent
                counted[process[1]] = float(sent[1])
                if len(counted) == known + processes:
                    break
            else:
                raise AssertionError("not every process answers")
        return sum(counted.values())

    def kept(self) -> int:
        """Return how many slices nginx keeps."""
        return sum(path.is_file() for path in (self.folder / "cache").rglob("*"))


def until(holds: Callable[[], bool], seconds: float = 120) -> None:
    """Wait for something that another process does."""
    late = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < late, "it never came to be"
        time.sleep(0.05)


def command(env: Mapping[str, str], *arguments: str) -> Result:
    """Run `shadow gateway` in this process, with these settings."""
    return CliRunner().invoke(cli, ["gateway", *arguments], env=env)


def configuration(env: Mapping[str, str], *arguments: str) -> bytes:
    """Return what `shadow gateway` prints."""
    done = command(env, *arguments)
    assert done.exit_code == 0, done.output
    return done.stdout_bytes


def nginx_program() -> str:
    """Return where nginx is."""
    program = shutil.which("nginx", path=f"{os.environ['PATH']}:/usr/sbin")
    assert program, "nginx is missing: `make test` installs it"
    return program


@contextmanager
def running_gateway(
    folder: Path, env: Mapping[str, str], *, user: str = "root", listen: str = "127.0.0.1"
) -> Iterator[int]:
    """Run nginx with what `shadow gateway` prints for these settings; give its port.

    It inherits a socket that listens already, so a client may connect at once.
    """
    folder.mkdir(exist_ok=True)
    with socket.socket() as listening:
        listening.bind((listen, 0))
        listening.listen(511)
        listening.setblocking(False)  # else one of nginx's processes waits where another accepted
        port: int = listening.getsockname()[1]
        config = folder / "nginx.conf"
        config.write_bytes(configuration(env, "--whole", "--listen", f"{listen}:{port}"))
        descriptor = listening.fileno()
        with (folder / "error.log").open("ab") as errors:
            process = subprocess.Popen(
                [
                    nginx_program(), "-p", str(folder), "-c", str(config), "-e", "stderr",
                    "-g", f"daemon off; {f'user {user};' if os.geteuid() == 0 else ''}",
                ],
                env={"NGINX": f"{descriptor};", "PATH": os.environ["PATH"]},
                pass_fds=[descriptor], stderr=errors,
            )  # fmt: skip
    try:
        yield port
    finally:
        process.terminate()
        process.wait(10)
