"""What a worker is called for: make one piece of a rendition and write it to a file.

Runs in a worker process only. Each function takes orders as JSON objects (see `orders`), writes
its result to `target`, a path that must not exist yet, and returns `{"size": bytes written}`.
Nothing is left at `target` when it raises.
"""

import os
from collections.abc import Iterable
from contextlib import suppress
from typing import Any

from shadow.hls.segments import audio, copying, encode, initial
from shadow.hls.segments.opening import kept_open
from shadow.hls.segments.orders import (
    AudioRung,
    AudioSource,
    AudioSpan,
    VideoRung,
    VideoSource,
    VideoSpan,
)
from shadow.runtime.files import write_all
from shadow.runtime.media_file import opened

Order = dict[str, Any]
Content = bytes | bytearray | memoryview


def copied_init(path: bytes, stream: int, timescale: int, target: bytes) -> dict[str, int]:
    """Write the init segment of a video stream that is copied."""
    with opened(path) as (container, _):
        return _write(target, [initial.copied_init(container, stream, timescale)])


def video_init(source: Order, rung: Order, target: bytes) -> dict[str, int]:
    """Write the init segment of an encoded rung; the file itself is not read."""
    return _write(target, [encode.video_init(VideoSource(**source), VideoRung(**rung))])


def audio_init(rung: Order, target: bytes) -> dict[str, int]:
    """Write the init segment of an AAC rendition; the file itself is not read."""
    return _write(target, [audio.encoded_init(AudioRung(**rung))])


def copied_audio_init(path: bytes, source: Order, target: bytes) -> dict[str, int]:
    """Write the init segment of a sound track that is copied."""
    order = AudioSource(**source)
    with kept_open(path, order.file_key) as container:
        return _write(target, [audio.copied_init(container, order)])


def copy_video(path: bytes, source: Order, span: Order, target: bytes) -> dict[str, int]:
    """Write one segment of the source's own pictures."""
    order = VideoSource(**source)
    with kept_open(path, order.file_key) as container:
        return _write(target, copying.copy_segment(container, order, VideoSpan(**span)))


def key_picture(path: bytes, source: Order, span: Order, target: bytes) -> dict[str, int]:
    """Write the key picture that a segment of the source begins with, for the I-frame playlist."""
    order = VideoSource(**source)
    with kept_open(path, order.file_key) as container:
        return _write(target, copying.key_segment(container, order, VideoSpan(**span)))


def encode_video(
    path: bytes, source: Order, span: Order, rung: Order, target: bytes
) -> dict[str, int]:
    """Write one segment of an encoded rung."""
    pieces = encode.encode_segment(
        path, VideoSource(**source), VideoSpan(**span), VideoRung(**rung)
    )
    return _write(target, pieces)


def copy_audio(path: bytes, source: Order, span: Order, target: bytes) -> dict[str, int]:
    """Write one segment of the source's own sound."""
    order = AudioSource(**source)
    with kept_open(path, order.file_key) as container:
        return _write(target, audio.copy_segment(container, order, AudioSpan(**span)))


def encode_audio(
    path: bytes, source: Order, span: Order, rung: Order, target: bytes
) -> dict[str, int]:
    """Write one segment of an AAC rendition."""
    order = AudioSource(**source)
    with kept_open(path, order.file_key) as container:
        pieces = audio.encode_segment(container, order, AudioSpan(**span), AudioRung(**rung))
    return _write(target, pieces)


def _write(target: bytes, pieces: Iterable[Content]) -> dict[str, int]:
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
    fd = os.open(target, flags, 0o600)
    size = 0
    try:
        try:
            for piece in pieces:
                size += memoryview(piece).nbytes
                write_all(fd, piece)
        finally:
            os.close(fd)
    except BaseException:
        with suppress(OSError):
            os.unlink(target)  # noqa: PTH108 the name is bytes, which Path cannot hold
        raise
    return {"size": size}
