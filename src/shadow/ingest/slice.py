"""Ingestion as the composition root sees it."""

from shadow.ingest.examined import EXAMINE
from shadow.ingest.jobs import SCAN
from shadow.ingest.probing import WORKER_FUNCTIONS
from shadow.ingest.settings import LibrarySettings
from shadow.runtime.slices import Slice

SLICE = Slice(
    "ingest",
    jobs=(SCAN,),
    settings=LibrarySettings,
    settings_prefix="library",
    worker_functions=(EXAMINE, *WORKER_FUNCTIONS),
)
