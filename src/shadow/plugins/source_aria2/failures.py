"""aria2's exit codes in words for people (aria2c(1), EXIT STATUS)."""

from collections.abc import Mapping

from shadow.ingest.ports import (
    NoRoom,
    SourceRefused,
    SourceUnavailable,
    WrongContent,
)
from shadow.kit.errors import ShadowError

REFUSED = {
    3: "The server has no such file.",
    4: "The server has no such file.",
    8: "The server cannot go on where the download was.",
    22: "The server refuses the download, or answers with an error.",
    23: "The server redirects too often.",
    24: "The server wants a user name and password.",
    25: "The torrent file cannot be read.",
    26: "The torrent is damaged or holds what it must not.",
    27: "The magnet link is malformed.",
}
PASSING = {
    2: "The server did not answer in time.",
    5: "The server is too slow.",
    6: "The server cannot be reached or broke off.",
    7: "The download was not finished.",
    19: "The server's name cannot be looked up.",
    29: "The server is overloaded.",
}


def failure(status: Mapping[str, str]) -> ShadowError:
    """Return the error that a failed download's status means."""
    code = int(status.get("errorCode") or 1)
    if code == 32:
        return WrongContent("The file that came does not have the hash that it must have.")
    if code in {9, 15, 16, 17, 18}:
        return NoRoom("The download cannot be written: the disk is full or refuses.")
    if code in REFUSED and "status=5" not in status.get("errorMessage", ""):
        return SourceRefused(f"{REFUSED[code]}{_said(status)}")
    text = PASSING.get(code, "The download failed.")
    return SourceUnavailable(f"{text}{_said(status)}")


def _said(status: Mapping[str, str]) -> str:
    message = " ".join(status.get("errorMessage", "").split())[:200]
    return f" (aria2: {message})" if message else ""
