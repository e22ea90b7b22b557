"""The messages between a worker pool and its child processes.

Both ways: 4 bytes big-endian length of what follows, 1 byte kind, then the payload. Requests are
JSON `[function, [argument, …]]`. Answers are a JSON value, raw bytes, or a JSON error object.
"""

import base64
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Any

import orjson

from shadow.kit.errors import Kind

REQUEST_LIMIT = 1 << 20  # bytes; arguments are paths and numbers
ANSWER_LIMIT = 8 << 20  # bytes; the largest honest answer is a picture
HEADER = 5
READY, JSON, RAW, ERROR = b"R", b"J", b"B", b"E"
_BYTES_KEY = "$bytes"


class BadAnswer(Exception):
    """Say that a child broke the protocol."""


class TaskOutcome(Enum):
    """What a child's message means."""

    ready = "ready"
    returned = "returned"
    failed = "failed"


@dataclass(frozen=True, slots=True)
class Answer:
    """One message of a child: a value if it `returned`, code, kind and detail if it `failed`."""

    outcome: TaskOutcome
    value: Any = None
    code: str = ""
    kind: Kind | None = None
    detail: str = ""


def frame(kind: bytes, payload: bytes) -> bytes:
    """Put the header before a payload."""
    return (len(payload) + 1).to_bytes(4, "big") + kind + payload


def encode_request(function: str, args: Sequence[Any]) -> bytes:
    """Encode a call. Raises ValueError if an argument is no JSON value nor bytes, or too long."""
    packed = [
        {_BYTES_KEY: base64.b64encode(arg).decode()} if isinstance(arg, bytes) else arg
        for arg in args
    ]
    try:
        payload = orjson.dumps([function, packed])
    except TypeError as error:
        raise ValueError(f"arguments for {function} are not JSON values: {error}") from error
    if len(payload) > REQUEST_LIMIT:
        raise ValueError(f"arguments for {function} are {len(payload)} bytes long")
    return frame(JSON, payload)


def decode_request(payload: bytes) -> tuple[str, list[Any]]:
    """Decode what `encode_request` made, without its header."""
    function, packed = orjson.loads(payload)
    return function, [
        base64.b64decode(arg[_BYTES_KEY]) if isinstance(arg, dict) and _BYTES_KEY in arg else arg
        for arg in packed
    ]


class AnswerReader:
    """Cut a child's output into answers, trusting nothing in it."""

    def __init__(self) -> None:
        self._buffer = bytearray()

    def feed(self, received: bytes) -> Iterator[Answer]:
        """Add received bytes and yield each answer now complete. Raises BadAnswer."""
        self._buffer += received
        while len(self._buffer) >= HEADER:
            end = 4 + int.from_bytes(self._buffer[:4], "big")
            if not HEADER <= end <= ANSWER_LIMIT:
                raise BadAnswer(f"an answer of {end} bytes")
            if len(self._buffer) < end:
                return
            kind, payload = bytes(self._buffer[4:HEADER]), bytes(self._buffer[HEADER:end])
            del self._buffer[:end]
            yield _decode_answer(kind, payload)


def _decode_answer(kind: bytes, payload: bytes) -> Answer:
    if kind == READY:
        return Answer(TaskOutcome.ready)
    if kind == RAW:
        return Answer(TaskOutcome.returned, value=payload)
    try:
        value = orjson.loads(payload)
    except orjson.JSONDecodeError as error:
        raise BadAnswer("an answer that is not JSON") from error
    if kind == JSON:
        return Answer(TaskOutcome.returned, value=value)
    try:
        code, kind_name, detail = value
        return Answer(
            TaskOutcome.failed,
            code=str(code)[:80],
            kind=Kind[kind_name],
            detail=str(detail)[:500],
        )
    except (TypeError, ValueError, KeyError) as error:
        raise BadAnswer("an error without code, kind and detail") from error
