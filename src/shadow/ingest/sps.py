"""Read an H.264 sequence parameter set: what a decoder would tell, without decoding a picture.

ITU-T H.264 sections 7.3.2.1.1 (sequence parameter set), 7.4.1 (NAL units), E.1.1 (VUI); ISO/IEC
14496-15 section 5.3.3.1 (avcC). Runs in a worker process, on hostile bytes.
"""

from dataclasses import dataclass
from fractions import Fraction

WITH_CHROMA = frozenset({100, 110, 122, 244, 44, 83, 86, 118, 128, 138, 139, 134, 135})
SAMPLE_ASPECTS = (
    *((0, 1), (1, 1), (12, 11), (10, 11), (16, 11), (40, 33), (24, 11), (20, 11), (32, 11)),
    *((80, 33), (18, 11), (15, 11), (64, 33), (160, 99), (4, 3), (3, 2), (2, 1)),
)  # table E-1
EXTENDED_ASPECT = 255
CHROMA = {1: "yuv420p", 2: "yuv422p", 3: "yuv444p"}
UNSPECIFIED = 2


@dataclass(frozen=True, slots=True)
class Sequence:
    """What the parameter set says. Colours are code points of H.273, 2 where it does not say."""

    pixel_format: str
    bit_depth: int
    sample_aspect: Fraction | None
    full_range: bool | None
    primaries: int = UNSPECIFIED
    transfer: int = UNSPECIFIED
    matrix: int = UNSPECIFIED


def sequence_of(extradata: bytes | None) -> Sequence | None:
    """Read the first parameter set in a stream's extra bytes (avcC or start codes), if any."""
    unit = _first_unit(extradata or b"")
    if unit is None:
        return None
    try:
        return _sequence(_Bits(unit.replace(b"\0\0\3", b"\0\0")))
    except (IndexError, ValueError):
        return None


def _first_unit(extradata: bytes) -> bytes | None:
    if len(extradata) > 8 and extradata[0] == 1 and extradata[5] & 31:
        length = int.from_bytes(extradata[6:8], "big")
        return extradata[8 : 8 + length]
    for part in extradata.split(b"\0\0\1"):
        if part and part[0] & 31 == 7:
            return part
    return None


class _Bits:
    """Reads bits from the front; IndexError at the end."""

    def __init__(self, content: bytes) -> None:
        self._left = len(content) * 8
        self._value = int.from_bytes(content, "big")

    def take(self, count: int) -> int:
        self._left -= count
        if self._left < 0:
            raise IndexError
        return self._value >> self._left & ((1 << count) - 1)

    def golomb(self) -> int:
        """Read an unsigned Exp-Golomb number (section 9.1)."""
        zeros = 0
        while not self.take(1):
            zeros += 1
            if zeros > 32:
                raise ValueError
        return (1 << zeros) - 1 + self.take(zeros)

    def signed(self) -> int:
        number = self.golomb()
        return (number + 1) // 2 if number % 2 else -(number // 2)


def _sequence(bits: _Bits) -> Sequence:
    bits.take(8)
    profile = bits.take(8)
    bits.take(16)
    bits.golomb()
    chroma, depth = _format(bits) if profile in WITH_CHROMA else (1, 8)
    _skip_to_vui(bits)
    aspect: Fraction | None = None
    full_range: bool | None = None
    colours = (UNSPECIFIED,) * 3
    if bits.take(1):
        aspect, full_range, colours = _vui(bits)
    name = CHROMA[chroma]
    if depth > 8:
        name += f"{depth}le"
    elif full_range:
        name = name.replace("yuv", "yuvj")
    return Sequence(name, depth, aspect, full_range, *colours)


def _format(bits: _Bits) -> tuple[int, int]:
    """Read chroma and bit depth; skip the scaling lists."""
    chroma = bits.golomb()
    if chroma not in CHROMA or (chroma == 3 and bits.take(1)):
        raise ValueError("grey or separate planes: rare, and left to the decoder")
    depth = 8 + bits.golomb()
    if depth > 14 or depth != 8 + bits.golomb():
        raise ValueError
    bits.take(1)
    if bits.take(1):
        for number in range(12 if chroma == 3 else 8):
            if bits.take(1):
                _skip_scaling(bits, 16 if number < 6 else 64)
    return chroma, depth


def _skip_scaling(bits: _Bits, size: int) -> None:
    last = following = 8
    for _ in range(size):
        if following:
            following = (last + bits.signed()) % 256
        last = following or last


def _skip_to_vui(bits: _Bits) -> None:
    bits.golomb()
    order = bits.golomb()
    if order == 0:
        bits.golomb()
    elif order == 1:
        bits.take(1)
        bits.golomb()
        bits.golomb()
        for _ in range(min(bits.golomb(), 255)):
            bits.golomb()
    bits.golomb()
    bits.take(1)
    bits.golomb()
    bits.golomb()
    if not bits.take(1):
        bits.take(1)
    bits.take(1)
    if bits.take(1):
        for _ in range(4):
            bits.golomb()


def _vui(bits: _Bits) -> tuple[Fraction | None, bool | None, tuple[int, int, int]]:
    aspect: Fraction | None = None
    if bits.take(1):
        kind = bits.take(8)
        wide, high = (0, 0)
        if kind == EXTENDED_ASPECT:
            wide, high = bits.take(16), bits.take(16)
        elif kind < len(SAMPLE_ASPECTS):
            wide, high = SAMPLE_ASPECTS[kind]
        aspect = Fraction(wide, high) if wide and high else None
    if bits.take(1):
        bits.take(1)
    full_range: bool | None = None
    colours = (UNSPECIFIED,) * 3
    if bits.take(1):
        bits.take(3)
        full_range = bool(bits.take(1))
        if bits.take(1):
            colours = (bits.take(8), bits.take(8), bits.take(8))
    return aspect, full_range, colours
