"""What playback can do for others: the door to this slice."""

from shadow.hls.files import IndexedFile
from shadow.hls.serving import Hls
from shadow.runtime.context import Runtime

__all__ = ["IndexedFile", "index_of"]


async def index_of(runtime: Runtime, file_id: str) -> IndexedFile:
    """Return a file (public id) with its index and plan, making the index first if need be.

    Raises:
        FileMissing: there is no such file, or it is not where it was.
        FileChanged: its content is not what the library knows.
        Indexing: reading it takes long; ask again after `retry_after` seconds.
        NotIndexed: its packets cannot be read; the message says why.
        NotLocal: it lies in a storage without paths.
    """
    return await runtime.part(Hls).files.get(file_id)
