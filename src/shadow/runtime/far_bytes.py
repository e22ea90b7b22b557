"""Read pieces of a lent file by its address. Runs in a worker process only, and blocks.

See `runtime.range_server` for what lends it.
"""

import http.client
from collections import OrderedDict
from collections.abc import Mapping
from typing import Final

from shadow.runtime.media_errors import MediaForbidden
from shadow.runtime.range_requests import ADDRESS

SECONDS: Final = 90.0
"""How long a far storage may be silent; it gives up by itself before that."""
MOST_AT_ONCE: Final = 64 << 20
BLOCK: Final = 64 << 10
KEPT_BLOCKS: Final = 64
AWAY: Final = "The storage that holds this file did not send it. Try again later."


class FarBytes:
    """A lent file; `size` in bytes. Small reads near each other cost one request."""

    def __init__(self, address: bytes) -> None:
        """Ask for its size.

        Raises:
            MediaForbidden: nothing answers there.
        """
        found = ADDRESS.fullmatch(address)
        if found is None:
            raise MediaForbidden("This is no address of a lent file.")
        self._token = found[2].decode()
        self._connection = http.client.HTTPConnection("127.0.0.1", int(found[1]), timeout=SECONDS)
        self._blocks: OrderedDict[int, bytes] = OrderedDict()
        self.fetched = 0
        """Bytes that were asked for."""
        self.size = int(self._asked("HEAD", None, 200)[0])

    def pread(self, length: int, offset: int) -> bytes:
        """Return up to `length` bytes from `offset`, fewer only at the end.

        Raises:
            MediaForbidden: the file cannot be read.
        """
        stop = min(offset + min(length, MOST_AT_ONCE), self.size)
        if offset >= stop:
            return b""
        if stop - offset > BLOCK:
            return self._range(offset, stop)
        first, last = offset // BLOCK, (stop - 1) // BLOCK
        joined = b"".join(self._block(number) for number in range(first, last + 1))
        return joined[offset - first * BLOCK : stop - first * BLOCK]

    def close(self) -> None:
        """Let go of the connection."""
        self._connection.close()

    def _block(self, number: int) -> bytes:
        kept = self._blocks.pop(number, None)
        if kept is None:
            start = number * BLOCK
            kept = self._range(start, min(start + BLOCK, self.size))
        self._blocks[number] = kept
        if len(self._blocks) > KEPT_BLOCKS:
            self._blocks.popitem(last=False)
        return kept

    def _range(self, start: int, stop: int) -> bytes:
        _, content = self._asked("GET", f"bytes={start}-{stop - 1}", 206)
        if len(content) != stop - start:
            raise MediaForbidden(AWAY)
        self.fetched += len(content)
        return content

    def _asked(self, method: str, span: str | None, wanted: int) -> tuple[str, bytes]:
        headers = {} if span is None else {"Range": span}
        kept = self._connection.sock is not None
        try:
            status, length, content = self._answer(method, headers)
        except (OSError, http.client.HTTPException) as error:
            self._connection.close()
            if not kept or isinstance(error, TimeoutError):
                raise MediaForbidden(AWAY) from error
            # The server lets go of connections that were silent for long: a new one tells.
            return self._asked(method, span, wanted)
        if status != wanted:
            raise MediaForbidden(AWAY)
        return length, content

    def _answer(self, method: str, headers: Mapping[str, str]) -> tuple[int, str, bytes]:
        self._connection.request(method, f"/{self._token}", headers=dict(headers))
        answer = self._connection.getresponse()
        return answer.status, answer.headers.get("Content-Length", ""), answer.read()
