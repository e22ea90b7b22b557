"""Storage as the composition root sees it."""

from shadow.runtime.slices import Slice
from shadow.storage.ports import Storage
from shadow.storage.routes import router
from shadow.storage.settings import StorageSettings
from shadow.storage.sharing import store_marked
from shadow.storage.slices.part import slice_cache_open

SLICE = Slice(
    "storage",
    router=router,
    ports={"storage": Storage},
    settings=StorageSettings,
    parts=(store_marked, slice_cache_open),
)
