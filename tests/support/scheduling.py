"""How tests are given to the processes that run them."""

from typing import Final

from xdist.scheduler import LoadScopeScheduling

SHARING: Final = ("tests/hls/conformance", "tests/gateway")
"""Folders whose files share one costly server, which is then started in one process only."""


class ByFile(LoadScopeScheduling):
    """Keeps the tests of a file in one process, and those of a folder that shares a server."""

    def _split_scope(self, nodeid: str) -> str:
        file = nodeid.partition("::")[0]
        folder = file.rpartition("/")[0]
        return folder if folder in SHARING else file
