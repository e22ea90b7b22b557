"""The place in the library where new files of one storage go."""

import os
from dataclasses import dataclass

from shadow.catalog.service import FoundFile
from shadow.ingest.folders import keep_folder, list_roots
from shadow.ingest.leeching.facts import Probed
from shadow.ingest.probing import facts_from_json
from shadow.ingest.sidecars import folder_names, shown
from shadow.kit.naming import ParsedName, understand
from shadow.runtime.context import Runtime
from shadow.storage.ports import ObjectFacts
from shadow.storage.service import default_storage, managed_root, writable


@dataclass(frozen=True, slots=True)
class Shelf:
    """A storage as the catalogue sees it.

    Files of `local` lie in a library folder too: `root_id` and its path `root`; `top` is the
    absolute path that relative names are below. Of other storages the key is the relative name.
    """

    storage: str
    root_id: int | None = None
    root: bytes = b""
    top: bytes = b""

    @property
    def is_local(self) -> bool:
        """Tell whether its files lie in a folder of this machine."""
        return self.root_id is not None

    def key_of(self, name: str) -> bytes:
        """Return the key under which a relative name is stored."""
        return os.path.join(self.top, name.encode())  # noqa: PTH118 bytes

    def name_of(self, key: bytes) -> str:
        """Return the relative name that a key stands for."""
        return key.removeprefix(self.top).lstrip(b"/").decode()

    def found(
        self, key: bytes, facts: ObjectFacts, probed: Probed, *, parsed: ParsedName | None = None
    ) -> FoundFile:
        """Describe a file as a scan that comes by would; `parsed` where its key is not its name."""
        relative = key.removeprefix(self.root).lstrip(b"/")
        folder, _, name = relative.rpartition(b"/")
        return FoundFile(
            storage=self.storage,
            root_id=self.root_id,
            folder=folder,
            path=key,
            shown_path=shown(key),
            size=facts.size,
            mtime_ns=facts.mtime_ns,
            head_tail=probed["head_tail"],
            parsed=parsed or understand(shown(name), folders=folder_names(folder)),
            facts=facts_from_json(probed["facts"]),
        )


async def shelf_of(runtime: Runtime, storage: str | None) -> Shelf:
    """Return the shelf of a storage, or of the one that new files go to.

    Raises:
        PluginMissing, StorageReadOnly: it takes no files here.
    """
    chosen = storage or default_storage(runtime)
    writable(runtime, chosen)
    if chosen != "local":
        return Shelf(chosen)
    top = managed_root(runtime)
    root_id = await keep_folder(runtime, top)
    async with runtime.database.session() as session:
        roots = {root.id: root.path for root in await list_roots(session)}
    return Shelf(chosen, root_id, roots[root_id], bytes(top))
