"""Bring a picture of high dynamic range to the standard range of ordinary screens."""

from typing import Any

import pyvips

PQ = 16  # transfer codes of ITU-T H.273
REFERENCE_WHITE = 203.0  # candela per square metre, ITU-R BT.2408
# ITU-R BT.2087: linear BT.2020 to linear BT.709.
TO_BT709 = [[1.6605, -0.5876, -0.0728], [-0.1246, 1.1329, -0.0083], [-0.0182, -0.1006, 1.1187]]


def to_standard_range(picture: Any, transfer: int) -> Any:
    """Map a 16-bit RGB picture with PQ (16) or HLG (18) values to 8-bit sRGB.

    Bright parts are compressed with Reinhard's curve, so that lamps and skies keep their shape.
    """
    codes = pyvips.Image.identity(ushort=True).linear(1 / 65535, 0)
    light = pq_light(codes) if transfer == PQ else hlg_light(codes)
    linear = picture.maplut(light.cast("float"))
    linear = linear.recomb(pyvips.Image.new_from_array(TO_BT709))
    linear = (linear > 0).ifthenelse(linear, 0)
    shown = linear * (linear / 16 + 1) / (linear + 1)  # 4 times reference white becomes white
    shown = (shown * 1.25) ** (1 / 2.2) * 255
    return (shown < 255).ifthenelse(shown, 255).cast("uchar")


def pq_light(codes: Any) -> Any:
    """Turn PQ code values (0 to 1) into light relative to reference white (SMPTE ST 2084)."""
    m1, m2, c1, c2, c3 = 0.1593017578125, 78.84375, 0.8359375, 18.8515625, 18.6875
    power = codes ** (1 / m2)
    above = power - c1
    above = (above > 0).ifthenelse(above, 0)
    return (above / (power * -c3 + c2)) ** (1 / m1) * (10_000 / REFERENCE_WHITE)


def hlg_light(codes: Any) -> Any:
    """Turn HLG code values (0 to 1) into light relative to reference white (ITU-R BT.2100)."""
    a, b, c = 0.17883277, 0.28466892, 0.55991073
    scene = (codes <= 0.5).ifthenelse(codes**2 / 3, (((codes - c) / a).exp() + b) / 12)
    return scene**1.2 * (1000 / REFERENCE_WHITE)
