"""What storage can do, for other slices and for the plugins that fill its ports."""

from shadow.storage.choosing import (
    default_storage,
    delete_at,
    local_path,
    managed_folder,
    managed_root,
    mirror_storage,
    open_at,
    writable,
)
from shadow.storage.content import file_content, object_content, of_size
from shadow.storage.growing import GrowingHash
from shadow.storage.hashing import sha256_of, sha256_of_object
from shadow.storage.names import RESERVED, checked_name, numbered
from shadow.storage.ranges import RangeReader
from shadow.storage.sharing import store_trouble
from shadow.storage.slices.cache import CacheStats, SliceCache
from shadow.storage.storing import Stored, copy_name, store_copy, store_file
from shadow.storage.tee import Teed, tee

__all__ = [
    "RESERVED",
    "CacheStats",
    "GrowingHash",
    "RangeReader",
    "SliceCache",
    "Stored",
    "Teed",
    "checked_name",
    "copy_name",
    "default_storage",
    "delete_at",
    "file_content",
    "local_path",
    "managed_folder",
    "managed_root",
    "mirror_storage",
    "numbered",
    "object_content",
    "of_size",
    "open_at",
    "sha256_of",
    "sha256_of_object",
    "store_copy",
    "store_file",
    "store_trouble",
    "tee",
    "writable",
]
