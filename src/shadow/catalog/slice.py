"""The catalogue as the composition root sees it."""

from fastapi import APIRouter

from shadow.catalog import image_routes, metadata_routes, routes
from shadow.catalog.events import FilesRecorded
from shadow.catalog.jobs import METADATA, lookups_kept_up, on_files_recorded
from shadow.catalog.lending import range_server_open
from shadow.catalog.ports import MetadataProvider
from shadow.catalog.reading import failed_places_open
from shadow.catalog.settings import CatalogSettings
from shadow.runtime.slices import Slice

router = APIRouter()
router.include_router(routes.router)
router.include_router(image_routes.router)
router.include_router(metadata_routes.router)

SLICE = Slice(
    "catalog",
    router=router,
    jobs=(METADATA,),
    handlers={FilesRecorded: (on_files_recorded,)},
    ports={"metadata": MetadataProvider},
    settings=CatalogSettings,
    worker_functions=("shadow.catalog.images:inspect", "shadow.catalog.images:render"),
    services=(lookups_kept_up,),
    parts=(failed_places_open, range_server_open),
)
