"""A PostgreSQL of the tests' own: Debian's, on a free port, in a temp folder, gone at the end."""

import os
import pwd
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

FAST = {  # nothing here has to survive a power cut
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "shared_buffers": "64MB",
    "max_connections": "60",
    "listen_addresses": "127.0.0.1",
}


def binaries() -> Path:
    """Return the newest PostgreSQL's folder of programs."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda p: int(p.parts[4]))
    assert found, "PostgreSQL is not installed: run `make test`, which installs it"
    return found[-1].parent


def free_port() -> int:
    """Return a TCP port of loopback that was free a moment ago."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@contextmanager
def running_postgres() -> Iterator[str]:
    """Run a server; the value is the URL of its `postgres` database for SQLAlchemy."""
    folder = Path(tempfile.mkdtemp(prefix="shadow-pg-"))
    user = "postgres" if os.geteuid() == 0 else pwd.getpwuid(os.geteuid()).pw_name
    as_user = ["runuser", "-u", user, "--"] if os.geteuid() == 0 else []
    if as_user:
        shutil.chown(folder, user, user)
    bin_dir, port = binaries(), free_port()
    make = [
        f"{bin_dir}/initdb",
        "-D",
        f"{folder}/data",
        "-A",
        "trust",
        "-U",
        "shadow",
        "-E",
        "UTF8",
    ]
    subprocess.run([*as_user, *make, "--locale=C.UTF-8", "-N"], check=True, capture_output=True)
    options = [f"-c{name}={value}" for name, value in FAST.items()]
    server = subprocess.Popen(
        [
            *as_user,
            f"{bin_dir}/postgres",
            "-D",
            f"{folder}/data",
            f"-p{port}",
            f"-k{folder}",
            *options,
        ],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        _await_port(port, server)
        yield f"postgresql+psycopg://shadow@127.0.0.1:{port}/postgres"
    finally:
        subprocess.run(
            [*as_user, f"{bin_dir}/pg_ctl", "-D", f"{folder}/data", "-m", "immediate", "stop"],
            check=False,
            capture_output=True,
        )
        server.wait(30)
        shutil.rmtree(folder, ignore_errors=True)


def _await_port(port: int, server: subprocess.Popen[bytes]) -> None:
    ready = [f"{binaries()}/pg_isready", "-h", "127.0.0.1", "-p", str(port), "-U", "shadow"]
    deadline = time.monotonic() + 120
    while subprocess.run(ready, check=False, capture_output=True).returncode != 0:
        assert server.poll() is None, "PostgreSQL ended at once"
        assert time.monotonic() < deadline, "PostgreSQL did not start"
        time.sleep(0.05)
