"""The real application with one catalogued file, on an inherited socket."""

import os
import socket
import sys
from pathlib import Path

import uvicorn
import uvloop
from tests.support.stored_files import catalogue_file

from shadow.app.bootstrap import open_runtime
from shadow.app.cli.common import settings_with
from shadow.app.web import build_app

FILE_ID = "Ab3dE9x"


async def serve(descriptor: int, path: Path) -> None:
    """Serve `path` as `/stream/{FILE_ID}` with settings from the environment."""
    async with open_runtime(settings_with(None)) as runtime:
        async with runtime.database.transaction() as session:
            await catalogue_file(session, path, public_id=FILE_ID)
        config = uvicorn.Config(
            build_app(runtime), http="httptools", lifespan="off", log_config=None, access_log=False
        )
        listening = socket.socket(fileno=descriptor)
        print("ready", flush=True)
        await uvicorn.Server(config).serve(sockets=[listening])


if __name__ == "__main__":
    uvloop.run(serve(int(sys.argv[1]), Path(os.fsdecode(sys.argv[2]))))
