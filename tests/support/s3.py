"""An S3 service on this machine: moto's, in a process of its own."""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

KEY, SECRET = "AKIATESTING", "not-a-secret"
_SERVE = """
import logging, threading
from moto.server import DomainDispatcherApplication, create_backend_app
from werkzeug.serving import make_server
logging.getLogger("werkzeug").disabled = True
moto, turn = DomainDispatcherApplication(create_backend_app), threading.Lock()
def app(environ, start_response):
    with turn:  # moto looks, then writes: conditions hold only for one at a time
        return moto(environ, start_response)
server = make_server("127.0.0.1", 0, app, threaded=True)
print(server.server_port, flush=True)
server.serve_forever()
"""


@contextmanager
def running_s3(log: Path) -> Iterator[str]:
    """Run the service and yield its address; its complaints go to `log`."""
    with log.open("wb") as errors:
        served = subprocess.Popen(
            [sys.executable, "-c", _SERVE], stdout=subprocess.PIPE, stderr=errors
        )
    assert served.stdout is not None
    try:
        port = served.stdout.readline().decode().strip()
        assert port, log.read_text()
        yield f"http://127.0.0.1:{port}"
    finally:
        served.kill()
        served.wait()
        served.stdout.close()
