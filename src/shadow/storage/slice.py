"""Storage as the composition root sees it."""

from shadow.runtime.slices import Slice
from shadow.storage.ports import Storage

SLICE = Slice("storage", ports={"storage": Storage})
