"""A real nginx on a free loopback port, for as long as a test needs it."""

import os
import shutil
import socket
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

CONFIG = """
daemon off;
{user}
worker_processes {workers};
pid {folder}/nginx.pid;
error_log {folder}/error.log;
events {{ worker_connections 256; }}
http {{
    access_log off;
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
    {http}
    server {{
        listen 127.0.0.1:{port};
        {server}
    }}
}}
"""


@contextmanager
def running_nginx(
    folder: Path, *, server: str, http: str = "", workers: str = "1", user: str = ""
) -> Iterator[int]:
    """Run nginx with these directives in its `server` and `http` blocks; give its port.

    It inherits a socket that already listens, so a client may connect at once: no port is
    guessed and nothing is waited for.
    """
    program = shutil.which("nginx", path=f"{os.environ['PATH']}:/usr/sbin")
    assert program, "nginx is missing: `make test` installs it"
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        listening.listen(511)  # as nginx itself would
        port = listening.getsockname()[1]
        config = folder / "nginx.conf"
        config.write_text(
            CONFIG.format(
                folder=folder,
                port=port,
                server=server,
                http=http,
                workers=workers,
                user=f"user {user};" if user else "",
            )
        )
        descriptor = listening.fileno()
        process = subprocess.Popen(
            [program, "-p", str(folder), "-c", str(config), "-e", str(folder / "error.log")],
            env={"NGINX": f"{descriptor};", "PATH": os.environ["PATH"]},
            pass_fds=[descriptor],
        )
    try:
        yield port
    finally:
        process.terminate()
        process.wait(10)
