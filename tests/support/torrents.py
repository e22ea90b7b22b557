"""Torrent files whose content nobody has: enough to choose from."""

import hashlib
from collections.abc import Mapping

PIECE = 1 << 20


def torrent_of(files: Mapping[str, int], *, name: str) -> bytes:
    """Return a .torrent of files by path, each with its size in bytes."""

    def text(value: str) -> bytes:
        return b"%d:%s" % (len(value.encode()), value.encode())

    listed = b"".join(
        b"d6:lengthi%de4:pathl%see" % (size, b"".join(text(part) for part in path.split("/")))
        for path, size in files.items()
    )
    count = -(-sum(files.values()) // PIECE)
    pieces = hashlib.sha1(name.encode(), usedforsecurity=False).digest() * count
    info = b"d5:filesl%se4:name%s12:piece lengthi%de6:pieces%d:%se" % (
        listed, text(name), PIECE, len(pieces), pieces,
    )  # fmt: skip
    return b"d8:announce%s4:info%se" % (text("http://127.0.0.1:9/announce"), info)
