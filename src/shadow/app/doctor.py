"""`shadow doctor`: what works, what is off, what is broken and how to mend it."""

import os
import shutil
import sys
from dataclasses import asdict, dataclass
from typing import Literal

from shadow.hls import service as hls
from shadow.kit.errors import ShadowError
from shadow.runtime.context import Runtime
from shadow.runtime.processes import find_ffmpeg
from shadow.storage.service import default_storage, store_trouble
from shadow.telegram import service as telegram

State = Literal["fine", "off", "broken"]
LITTLE_SPACE = 1 << 30
"""Bytes; below this the doctor warns: artwork and caches need room."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing looked at."""

    name: str
    state: State
    detail: str

    def as_json(self) -> dict[str, str]:
        """Return it as a JSON object."""
        return asdict(self)


async def examine(runtime: Runtime) -> list[Finding]:
    """Look at everything the server depends on."""
    findings = [_python(), _data_dir(runtime), await _database(runtime), _ffmpeg()]
    findings.append(await _store(runtime))
    findings += [Finding(f.name, f.state, f.detail) for f in await hls.try_encoders(runtime)]
    findings += [
        Finding(f.name, f.state, f.detail) for f in await telegram.examine_telegram(runtime)
    ]
    states: dict[str, State] = {"ready": "fine", "off": "off", "broken": "broken"}
    findings += [
        Finding(f"plugin {s.port}/{s.name}", states[s.state], s.reason or "ready")
        for s in runtime.plugins.statuses
    ]
    return findings


def _python() -> Finding:
    return Finding("Python", "fine", sys.version.split()[0])


def _data_dir(runtime: Runtime) -> Finding:
    folder = runtime.settings.core.data_dir
    if not os.access(folder, os.W_OK):
        return Finding("data folder", "broken", f"{folder} cannot be written. Mend its owner.")
    free = shutil.disk_usage(folder).free
    if free < LITTLE_SPACE:
        return Finding("data folder", "broken", f"{folder} has only {free >> 20} MiB free.")
    return Finding("data folder", "fine", f"{folder}, {free >> 30} GiB free")


async def _database(runtime: Runtime) -> Finding:
    try:
        await runtime.database.ping()
    except ShadowError as error:
        return Finding("database", "broken", error.detail)
    shown = runtime.database.url.render_as_string(hide_password=True)
    return Finding("database", "fine", shown)


async def _store(runtime: Runtime) -> Finding:
    try:
        trouble = await store_trouble(runtime)
        return Finding(
            "new files", "broken" if trouble else "fine", trouble or default_storage(runtime)
        )
    except ShadowError as error:
        return Finding("new files", "broken", error.detail)


def _ffmpeg() -> Finding:
    try:
        return Finding("ffmpeg", "fine", str(find_ffmpeg()))
    except ShadowError as error:
        return Finding("ffmpeg", "broken", error.detail)
