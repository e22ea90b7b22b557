"""Ingestion as the composition root sees it."""

from shadow.ingest.events import LibraryFolderAdded
from shadow.ingest.examined import EXAMINE
from shadow.ingest.fetching import filter_proxy_open
from shadow.ingest.jobs import SCAN
from shadow.ingest.leech_settings import LeechSettings
from shadow.ingest.leeching.workflow import LEECH
from shadow.ingest.pictures import PICTURES
from shadow.ingest.ports import Mirror, Resolver, Source
from shadow.ingest.probing import WORKER_FUNCTIONS
from shadow.ingest.routes import router
from shadow.ingest.sandbox import sandboxes_open
from shadow.ingest.service import scan_new_folder
from shadow.ingest.settings import LibrarySettings
from shadow.ingest.watching import library_watched
from shadow.runtime.slices import Slice

SLICE = Slice(
    "ingest",
    router=router,
    jobs=(SCAN, PICTURES, LEECH),
    handlers={LibraryFolderAdded: (scan_new_folder,)},
    settings=LibrarySettings,
    settings_prefix="library",
    more_settings={"ingest": LeechSettings},
    ports={"source": Source, "resolver": Resolver, "mirror": Mirror},
    parts=(filter_proxy_open, sandboxes_open),
    services=(library_watched,),
    worker_functions=(EXAMINE, *WORKER_FUNCTIONS),
)
