"""HLS as the composition root sees it."""

from fastapi import APIRouter

from shadow.hls import marker_routes, models
from shadow.hls.ports import SubtitleProvider
from shadow.hls.settings import HlsSettings
from shadow.hls.subtitles import routes as subtitle_routes
from shadow.hls.subtitles.keeping import UPLOADS
from shadow.hls.subtitles.store import subtitle_store
from shadow.runtime.jobs import JobKind
from shadow.runtime.slices import Slice

TABLES = models
ROUTERS: tuple[APIRouter, ...] = (marker_routes.router, subtitle_routes.router)
JOBS: tuple[JobKind, ...] = ()
# By name: the modules of workers import media libraries, which the server must never do.
TASKS = "shadow.hls.segments.tasks"
WORKER_FUNCTIONS: tuple[str, ...] = (
    "shadow.hls.segments.index:index_file",
    f"{TASKS}:copied_init",
    f"{TASKS}:video_init",
    f"{TASKS}:audio_init",
    f"{TASKS}:copied_audio_init",
    f"{TASKS}:copy_video",
    f"{TASKS}:key_picture",
    f"{TASKS}:encode_video",
    f"{TASKS}:copy_audio",
    f"{TASKS}:encode_audio",
)

router = APIRouter()
for _one in ROUTERS:
    router.include_router(_one)
SLICE = Slice(
    "hls",
    router=router,
    jobs=JOBS,
    settings=HlsSettings,
    worker_functions=WORKER_FUNCTIONS,
    ports={"subtitles": SubtitleProvider},
    parts=(subtitle_store,),
    body_limits=UPLOADS,
)
