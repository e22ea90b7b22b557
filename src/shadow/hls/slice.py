"""HLS as the composition root sees it."""

from fastapi import APIRouter

from shadow.catalog.events import FilesGone, FilesRecorded
from shadow.hls import marker_routes, models, playback_routes, prepare_routes, routes
from shadow.hls.functions import WORKER_FUNCTIONS
from shadow.hls.jobs import INDEX, on_files_gone, on_files_recorded
from shadow.hls.ports import SubtitleProvider
from shadow.hls.preparing import PREPARE
from shadow.hls.previews import jobs as previews
from shadow.hls.previews import routes as preview_routes
from shadow.hls.serving import hls_open
from shadow.hls.settings import HlsSettings
from shadow.hls.subtitles import routes as subtitle_routes
from shadow.hls.subtitles.keeping import UPLOADS
from shadow.hls.subtitles.store import subtitle_store
from shadow.runtime.jobs import JobKind
from shadow.runtime.slices import Slice

TABLES = models
ROUTERS: tuple[APIRouter, ...] = (
    routes.router,
    playback_routes.router,
    prepare_routes.router,
    marker_routes.router,
    preview_routes.router,
    subtitle_routes.router,
)
JOBS: tuple[JobKind, ...] = (INDEX, PREPARE, previews.PREVIEWS)
router = APIRouter()
for _one in ROUTERS:
    router.include_router(_one)
SLICE = Slice(
    "hls",
    router=router,
    stream_router=routes.router,
    jobs=JOBS,
    settings=HlsSettings,
    worker_functions=WORKER_FUNCTIONS,
    ports={"subtitles": SubtitleProvider},
    parts=(hls_open, subtitle_store),
    handlers={
        FilesRecorded: (on_files_recorded, previews.on_files_recorded),
        FilesGone: (on_files_gone, previews.on_files_gone),
    },
    body_limits=UPLOADS,
)
