"""The real application with one catalogued film, on an inherited socket.

`python -m bench.hls.app SOCKET FILM VIEWERS` prints one JSON line with the film's addresses, one
for each viewer, once it serves.
"""

import json
import os
import socket
import sys
import time
from pathlib import Path

import uvicorn
import uvloop
from sqlalchemy import update
from tests.support.stored_files import catalogue_file

from shadow.app.bootstrap import open_runtime
from shadow.app.cli.common import settings_with
from shadow.app.web import build_app
from shadow.catalog.models import File
from shadow.hls.tokens import Grant, mint, token_secret

FILE_ID = "Ab3dE9x"


async def serve(descriptor: int, film: Path, viewers: int) -> None:
    """Serve the film's HLS with settings from the environment."""
    async with open_runtime(settings_with(None)) as runtime:
        seen = film.stat()
        async with runtime.database.transaction() as session:
            await catalogue_file(session, film, public_id=FILE_ID)
            facts = {"size": seen.st_size, "mtime_ns": seen.st_mtime_ns, "head_tail": "0"}
            await session.execute(update(File).values(**facts))
        config = uvicorn.Config(
            build_app(runtime), http="httptools", lifespan="off", log_config=None, access_log=False
        )
        listening = socket.socket(fileno=descriptor)
        secret = token_secret(runtime.secret_key)
        expires = int(time.time()) + 7200
        tokens = [
            mint(secret, file_id=FILE_ID, user_id=None, expires=expires + number, grant=Grant())
            for number in range(viewers)
        ]
        print(json.dumps([f"/hls/{FILE_ID}/{token}/" for token in tokens]), flush=True)
        await uvicorn.Server(config).serve(sockets=[listening])


if __name__ == "__main__":
    uvloop.run(serve(int(sys.argv[1]), Path(os.fsdecode(sys.argv[2])), int(sys.argv[3])))
