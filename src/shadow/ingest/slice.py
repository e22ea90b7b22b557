"""Ingestion as the composition root sees it."""

from shadow.runtime.slices import Slice

SLICE = Slice("ingest", settings_prefix="library")
