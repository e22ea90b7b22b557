"""What playback can do for others: the door to this slice."""

from shadow.hls.encoders import EncoderFinding, self_test
from shadow.hls.files import IndexedFile
from shadow.hls.preparing import start_preparing
from shadow.hls.serving import Hls
from shadow.hls.settings import HlsSettings
from shadow.runtime.context import Runtime

__all__ = ["EncoderFinding", "IndexedFile", "index_of", "start_preparing", "try_encoders"]


async def index_of(runtime: Runtime, file_id: str) -> IndexedFile:
    """Return a file (public id) with its index and plan, making the index first if need be.

    Raises:
        FileMissing: there is no such file, or it is not where it was.
        FileChanged: its content is not what the library knows.
        Indexing: reading it takes long; ask again after `retry_after` seconds.
        NotIndexed: its packets cannot be read; the message says why.
    """
    return await runtime.part(Hls).files.get(file_id)


async def try_encoders(runtime: Runtime) -> list[EncoderFinding]:
    """Try each encoder and filter that playback may use; takes a few seconds."""
    return await self_test(runtime.settings.group(HlsSettings))
