"""Where ingestion keeps what is not (yet) part of the library.

All of it lies in the data folder, or where several machines see it (`SHADOW_INGEST__SHARED_DIR`).
"""

from pathlib import Path

from shadow.ingest.leech_settings import LeechSettings
from shadow.runtime.context import Runtime


def uploads_dir(runtime: Runtime) -> Path:
    """Return the folder of files that people send: `{id}`, and `{id}.check` beside some."""
    return _shared(runtime) / "uploads"


def quarantine_dir(runtime: Runtime) -> Path:
    """Return the folder of submissions: `{public id}/files/…` and `{public id}/pictures/…`."""
    return _shared(runtime) / "quarantine"


def screenshots_dir(runtime: Runtime) -> Path:
    """Return the folder of `{file's public id}/{n}.jpg` and `{file's public id}/sample.mp4`."""
    return _shared(runtime) / "screenshots"


def torrents_dir(runtime: Runtime) -> Path:
    """Return the folder of torrent files that people gave: `{info hash}.torrent`."""
    return _shared(runtime) / "torrents"


def _shared(runtime: Runtime) -> Path:
    chosen = runtime.settings.group(LeechSettings).shared_dir
    return Path(chosen) if chosen else runtime.settings.core.data_dir
