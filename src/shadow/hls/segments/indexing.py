"""Make a file's index in whatever way suits where it lies. Runs in a worker process only.

A file of this machine is read to its end. Of one that lies far away that would cost its whole
content: there the container's own index is taken, and checked against some samples.
"""

from typing import Final

from av.container import InputContainer

from shadow.hls.errors import FarUnindexed
from shadow.hls.segments.cued import cued_index
from shadow.hls.segments.facts import FileIndex
from shadow.hls.segments.index import main_video, make_index
from shadow.hls.segments.skeleton import skeleton_index
from shadow.runtime.media_file import LentBytes, LocalBytes, opened

SMALL: Final = 16 << 20
"""Bytes of a far file that is read to its end whatever it is: the samples would be most of it."""
BEARABLE: Final = 192 << 20
"""Bytes of one that is when it has no index of its own: some seconds of waiting."""


def index_file(path: bytes) -> bytes:
    """Return the index of a file, as `FileIndex.to_bytes` packs it.

    Args:
        path: Its absolute path, or the address that a far file is lent under.

    Raises:
        MediaError: The file cannot be read, or holds neither pictures nor sound.
        FarUnindexed: It lies far away, is long, and has no index of its own.
    """
    with opened(path) as (container, content):
        if isinstance(content, LocalBytes) or content.size <= SMALL:
            return make_index(container).to_bytes()
        try:
            return _by_own_index(container, content).to_bytes()
        except FarUnindexed:
            if content.size > BEARABLE:
                raise
    with opened(path) as (container, _):
        return make_index(container).to_bytes()


def _by_own_index(container: InputContainer, content: LentBytes) -> FileIndex:
    form = container.format.name
    if form.startswith("mov,"):
        return skeleton_index(container, content)
    if form.startswith("matroska") and main_video(container) is not None:
        return cued_index(container, content)
    raise FarUnindexed(
        "It lies in a storage far away, and a file of this kind has no list of its pictures: all "
        "of it would have to be fetched before it could be cut. Keep it on a disk of the server, "
        "or as MP4 or Matroska, to have it converted."
    )
