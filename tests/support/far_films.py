"""Films in a bucket, put into the catalogue as they lie there."""

import itertools
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from shadow.ingest.service import Lying, catalogue_object
from shadow.runtime.context import Runtime
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

    def remove(self, file_id: str) -> None:
        """Delete a film behind the storage's back."""
        client, bucket = s3_client(self.settings["endpoint"]), self.settings["bucket"]
        wanted = self.keys[file_id].decode()
        held = [one["Key"] for one in client.list_objects_v2(Bucket=bucket)["Contents"]]
        (key,) = [one for one in held if one.endswith(wanted)]
        client.delete_object(Bucket=bucket, Key=key)
