"""What the filtering proxy changes in a server's answer: it says that the connection ends.

A connection through the proxy is for one request. Many servers do not say so when they are asked
to close, and a program that knows HTTP/1.1 would then send its next request into the closing
connection and lose it.
"""

import re

HEAD_LIMIT = 64 << 10  # bytes of an answer's head; a longer one is passed on as it is
HEAD_END = re.compile(rb"\r?\n\r?\n")
INTERIM = re.compile(rb"HTTP/1\.[01] 1(?!01)[0-9][0-9]")
OF_CONNECTION = re.compile(
    rb"^(?:connection|keep-alive|proxy-connection)[ \t]*:[^\n]*\n", re.IGNORECASE | re.MULTILINE
)


class ClosingAnswer:
    """Changes the head of an answer that comes in blocks."""

    def __init__(self) -> None:
        """Begin before the first byte."""
        self._held = bytearray()
        self.done = False
        """Whether the head has gone by, and the rest needs no look."""

    def __call__(self, block: bytes | memoryview) -> bytes:
        """Return what may be passed on after this block came in."""
        self._held += block
        ready = b""
        while not self.done and (end := HEAD_END.search(self._held)):
            head = bytes(self._held[: end.end()])
            del self._held[: end.end()]
            if INTERIM.match(head):
                ready += head
            else:
                ready += _closing(head)
                self.done = True
        if self.done or len(self._held) > HEAD_LIMIT:
            self.done = True
            ready += self.rest()
        return ready

    def rest(self) -> bytes:
        """Return what was held back: the answer ended within its head."""
        held = bytes(self._held)
        self._held.clear()
        return held


def _closing(head: bytes) -> bytes:
    first, newline, fields = head.partition(b"\n")
    return first + newline + b"Connection: close\r\n" + OF_CONNECTION.sub(b"", fields)
