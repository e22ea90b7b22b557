"""Look at pictures and make smaller ones. Runs in worker processes only: decoders are attacked.

The formats are JPEG, PNG and WebP, told by their first bytes and again by the decoder chosen.
"""

from collections import Counter
from pathlib import Path
from typing import Any

import pyvips

from shadow.catalog.artwork_rules import (
    MAX_BYTES,
    MAX_PIXELS,
    PictureRefused,
    looks_like_picture,
)

LOADERS = frozenset({"jpegload", "pngload", "webpload"})
SAMPLE = 48  # pixels a side, for the dominant colour
QUALITY = {"full": 80, "saver": 28}
SAVER_SCALE = 0.5
"""A saver picture also has fewer pixels: together about a fifth of the bytes."""

pyvips.block_untrusted_set(state=True)
pyvips.cache_set_max(0)


def inspect(path: str) -> dict[str, Any]:
    """Return width and height as shown, and the dominant colour (`#rrggbb`) of a picture file.

    Raises:
        PictureRefused: it is not one of ours, or too large to be decoded safely.
    """
    picture = _opened(path)
    try:
        small = _srgb(pyvips.Image.thumbnail(path, SAMPLE, height=SAMPLE, size="down"))
        pixels = bytes(small.write_to_memory())
    except pyvips.Error as error:
        raise PictureRefused("The picture is broken.") from error
    turned = picture.get_typeof("orientation") and picture.get("orientation") in {5, 6, 7, 8}
    width, height = picture.width, picture.height
    if turned:
        width, height = height, width
    return {"width": width, "height": height, "colour": dominant_colour(pixels)}


def render(path: str, width: int, quality: str) -> bytes:
    """Return the picture as WebP, at most `width` pixels wide, never enlarged, without metadata.

    `quality` is `full`, or `saver`: about 80 % fewer bytes.
    """
    source = _opened(path)
    shown = min(width, max(source.width, 1))
    if quality == "saver":
        shown = max(1, round(shown * SAVER_SCALE))
    try:
        small = pyvips.Image.thumbnail(
            path, shown, height=10 * shown, size="down", export_profile="srgb"
        )
        packed = small.webpsave_buffer(Q=QUALITY[quality], effort=4, keep="none")
    except pyvips.Error as error:
        raise PictureRefused("The picture is broken.") from error
    return bytes(packed)


def dominant_colour(pixels: bytes) -> str:
    """Return the commonest colour of RGB pixels, lively ones counting more, as `#rrggbb`."""
    weights: Counter[tuple[int, int, int]] = Counter()
    sums: dict[tuple[int, int, int], list[int]] = {}
    for at in range(0, len(pixels) - 2, 3):
        red, green, blue = pixels[at : at + 3]
        bucket = (red >> 5, green >> 5, blue >> 5)
        weights[bucket] += 32 + max(red, green, blue) - min(red, green, blue)
        total = sums.setdefault(bucket, [0, 0, 0, 0])
        for channel, value in enumerate((red, green, blue, 1)):
            total[channel] += value
    if not weights:
        return "#000000"
    best = sums[weights.most_common(1)[0][0]]
    return "#" + "".join(f"{best[channel] // best[3]:02x}" for channel in range(3))


def _opened(path: str) -> Any:
    file = Path(path)
    try:
        with file.open("rb") as content:
            head = content.read(12)
        if not looks_like_picture(head) or file.stat().st_size > MAX_BYTES:
            raise PictureRefused("Only JPEG, PNG and WebP pictures of up to 30 MB are taken.")
        picture = pyvips.Image.new_from_file(path, access="sequential")
    except (OSError, pyvips.Error) as error:
        raise PictureRefused("The picture cannot be read.") from error
    if picture.get("vips-loader") not in LOADERS:
        raise PictureRefused("Only JPEG, PNG and WebP pictures are taken.")
    if picture.width * picture.height > MAX_PIXELS:
        raise PictureRefused("The picture has more than 50 million pixels.")
    return picture


def _srgb(picture: Any) -> Any:
    if picture.hasalpha():
        picture = picture.flatten()
    return picture.colourspace("srgb").cast("uchar").extract_band(0, n=3)
