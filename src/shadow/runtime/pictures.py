"""Turn decoded pictures of a film into ordinary ones. Runs in a worker process only.

Importing it also keeps `pyvips` from loaders that are not fit for hostile files, and uncached.
"""

from typing import Any

import pyvips
from av.video.frame import VideoFrame

from shadow.runtime.tone_mapping import to_standard_range

HIGH_RANGE = {16, 18}
"""Transfer codes of ITU-T H.273 for PQ and HLG."""

pyvips.block_untrusted_set(state=True)
pyvips.cache_set_max(0)


def upright_picture(
    frame: VideoFrame,
    size: tuple[int, int],
    *,
    transfer: int | None,
    scaling: str | None = None,
) -> Any:
    """Return a frame as an 8-bit sRGB `pyvips` image: scaled, in standard range, turned upright.

    Args:
        frame: The decoded picture; its rotation is undone.
        size: Width and height in pixels before that turn.
        transfer: The stream's transfer code (ITU-T H.273): PQ and HLG are tone mapped.
        scaling: A name of `av`'s `Interpolation`, `None` for its default.
    """
    scaled: dict[str, Any] = {"width": size[0], "height": size[1], "interpolation": scaling}
    if transfer in HIGH_RANGE:
        deep = frame.reformat(**scaled, format="rgb48le")
        picture = to_standard_range(plane_image(deep, bands=3, depth="ushort"), transfer)
    else:
        picture = plane_image(frame.reformat(**scaled, format="rgb24"), bands=3)
    if frame.rotation:
        picture = picture.rot(f"d{-frame.rotation % 360}")
    return picture.copy(interpretation="srgb")


def plane_image(frame: VideoFrame, *, bands: int, depth: str = "uchar") -> Any:
    """View a frame of one packed plane as a picture, without the padding at the end of rows."""
    plane = frame.planes[0]
    sample = 1 if depth == "uchar" else 2
    padded = pyvips.Image.new_from_memory(
        bytes(plane), plane.line_size // sample, frame.height, 1, depth
    )
    rows = padded.crop(0, 0, frame.width * bands, frame.height).write_to_memory()
    return pyvips.Image.new_from_memory(rows, frame.width, frame.height, bands, depth)
