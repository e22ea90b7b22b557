"""The playlists of a file, built once and remembered, and the renditions they list."""

import hashlib
from typing import Final

from shadow.hls.errors import FileChanged
from shadow.hls.files import IndexedFile
from shadow.hls.memory import Recent
from shadow.hls.renditions import RECIPE_VERSION, Rendition, rendition
from shadow.hls.segments.facts import INDEX_VERSION
from shadow.hls.sending import Text
from shadow.hls.tokens import Grant
from shadow.runtime.context import Runtime

TEXTS: Final = 64
RENDITIONS: Final = 512


class Playlists:
    """The playlists that this process sends."""

    def __init__(self, runtime: Runtime) -> None:
        self._runtime = runtime
        self._renditions: Recent[tuple[str, str, Grant, str], Rendition] = Recent(RENDITIONS)
        self._texts: Recent[tuple[str, str, Grant | None, str], Text] = Recent(TEXTS)

    def rendition(self, file: IndexedFile, grant: Grant, name: str) -> Rendition:
        """Return a rendition by its name in addresses.

        Raises:
            RenditionMissing: the file has none of that name, or the grant does not give it.
        """
        key = (file.public_id, file.file_key, grant, name)
        found = self._renditions.get(key)
        if found is None:
            found = rendition(file, grant, name)
            self._renditions.put(key, found)
        return found

    def check_version(self, file: IndexedFile, version: str | None) -> None:
        """Return if an address is of a playlist of the file as it is now.

        Raises:
            FileChanged: the playlist was made from other content.
        """
        if version is not None and version != version_of(file):
            raise FileChanged(
                "The file was replaced while it played. Press play again to see the new one."
            )


def version_of(file: IndexedFile) -> str:
    """Return what stands in the addresses of a playlist: another one is of other content."""
    decisive = f"{file.file_key}/{INDEX_VERSION}/{RECIPE_VERSION}"
    return hashlib.sha256(decisive.encode()).hexdigest()[:10]
