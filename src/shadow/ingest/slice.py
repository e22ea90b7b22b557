"""Ingestion as the composition root sees it."""

from shadow.catalog.events import ReadingFailed
from shadow.ingest import link_routes
from shadow.ingest.events import LibraryFolderAdded, LinkBrought, SubmissionReceived
from shadow.ingest.examined import EXAMINE
from shadow.ingest.fetching import filter_proxy_open
from shadow.ingest.forwards.indexing import TELEGRAM_INDEX
from shadow.ingest.forwards.watching import channel_watched
from shadow.ingest.housekeeping import HOURLY, HOUSEKEEPING
from shadow.ingest.jobs import SCAN
from shadow.ingest.leech_settings import LeechSettings
from shadow.ingest.leeching.workflow import LEECH
from shadow.ingest.mirroring.copying import MIRROR
from shadow.ingest.mirroring.removing import UNMIRROR
from shadow.ingest.mirroring.repairing import REPAIR
from shadow.ingest.mirroring.scrubbing import SCRUB, WEEKLY
from shadow.ingest.mirroring.starting import look_after_failed_reading, mirror_what_was_brought
from shadow.ingest.moderation.deciding import alert_moderators
from shadow.ingest.pictures import PICTURES
from shadow.ingest.ports import Mirror, Resolver, Source
from shadow.ingest.probing import WORKER_FUNCTIONS
from shadow.ingest.routes import router
from shadow.ingest.sandbox import sandboxes_open
from shadow.ingest.screenshots import TAKE_STILLS
from shadow.ingest.service import scan_new_folder
from shadow.ingest.settings import LibrarySettings
from shadow.ingest.submission_settings import SubmissionSettings, UploadSettings
from shadow.ingest.takedown import TAKEDOWN
from shadow.ingest.uploads import routes as upload_routes
from shadow.ingest.watching import library_watched
from shadow.runtime.slices import Slice

SLICE = Slice(
    "ingest",
    router=router,
    jobs=(
        SCAN,
        PICTURES,
        LEECH,
        TELEGRAM_INDEX,
        MIRROR,
        UNMIRROR,
        REPAIR,
        SCRUB,
        TAKEDOWN,
        HOUSEKEEPING,
    ),
    handlers={
        LibraryFolderAdded: (scan_new_folder,),
        LinkBrought: (mirror_what_was_brought,),
        SubmissionReceived: (alert_moderators,),
        ReadingFailed: (look_after_failed_reading,),
    },
    schedules=(WEEKLY, HOURLY),
    settings=LibrarySettings,
    settings_prefix="library",
    more_settings={
        "ingest": LeechSettings,
        "uploads": UploadSettings,
        "submissions": SubmissionSettings,
    },
    ports={"source": Source, "resolver": Resolver, "mirror": Mirror},
    parts=(filter_proxy_open, sandboxes_open),
    services=(library_watched, channel_watched),
    body_limits={**link_routes.BODY_LIMITS, **upload_routes.BODY_LIMITS},
    worker_functions=(EXAMINE, TAKE_STILLS, *WORKER_FUNCTIONS),
)
