"""Films in a bucket, put into the catalogue as they lie there."""

import hashlib
import itertools
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from shadow.catalog.service import Copied, file_row, note_sha256, record_copy
from shadow.ingest.service import Lying, catalogue_object
from shadow.runtime.context import Runtime
from shadow.storage.slices.cache import SliceCache
from tests.support.storages import blocks, s3_client


@dataclass
class Bucket:
    """The storage `s3` of a Runtime, and the bucket behind it."""

    runtime: Runtime
    settings: dict[str, Any]
    numbers: Iterator[int] = field(default_factory=itertools.count)
    keys: dict[str, bytes] = field(default_factory=dict)

    async def add(self, path: Path) -> str:
        """Store and catalogue a film; returns its public id."""
        name = f"Films/Film {next(self.numbers)} (1922)/{path.name}"
        storage = self.runtime.plugins.get("storage", "s3")
        stored = await storage.put(name, blocks(path.read_bytes()))
        found = await catalogue_object(self.runtime, Lying("s3", stored.key, name))
        self.keys[found.public_id] = stored.key
        return found.public_id

    async def remove(self, file_id: str) -> None:
        """Delete a film behind the storage's back, and what this machine kept of it."""
        client, bucket = s3_client(self.settings["endpoint"]), self.settings["bucket"]
        wanted = self.keys[file_id].decode()
        held = [one["Key"] for one in client.list_objects_v2(Bucket=bucket)["Contents"]]
        (key,) = [one for one in held if one.endswith(wanted)]
        client.delete_object(Bucket=bucket, Key=key)
        await self.runtime.part(SliceCache).purge("s3", self.keys[file_id])

    async def copy(self, file_id: str, path: Path) -> None:
        """Have a film lie on the storage `local` too, known to be the same."""
        content, runtime = path.read_bytes(), self.runtime
        sha256 = hashlib.sha256(content).hexdigest()
        storage = runtime.plugins.get("storage", "local")
        stored = await storage.put(f"Copies/{file_id}{path.suffix}", blocks(content))
        copied = Copied("storage", "local", stored.key, len(content), sha256)
        async with runtime.database.transaction() as session:
            row = await file_row(session, file_id)
            await note_sha256(session, row.id, sha256)
            await record_copy(session, file_id=row.id, copied=copied)
