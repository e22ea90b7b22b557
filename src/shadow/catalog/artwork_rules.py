"""Which pictures are taken. Apart from the decoders, which only worker processes load."""

from shadow.kit.errors import Kind, ShadowError

MAX_BYTES = 30_000_000
MAX_PIXELS = 50_000_000


class PictureRefused(ShadowError):
    """It is no JPEG, PNG or WebP picture, or too large, or broken."""

    kind = Kind.invalid
    code = "catalog.picture_refused"


def looks_like_picture(head: bytes) -> bool:
    """Tell by the first 12 bytes whether this is a JPEG, PNG or WebP file."""
    if head.startswith((b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n")):
        return True
    return head[:4] == b"RIFF" and head[8:12] == b"WEBP"
