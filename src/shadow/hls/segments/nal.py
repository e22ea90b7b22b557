"""Take H.264 and HEVC apart into NAL units: which pictures are safe to start from, and Annex B.

Annex B (transport streams) puts a start code before each unit; MP4 and Matroska put its length.
"""

from collections.abc import Iterable, Iterator

START_CODE = b"\0\0\1"
# Parameter sets and access unit delimiters: in MP4 those are in the init segment, or nowhere.
PARAMETER_SETS = {"h264": frozenset({7, 8}), "hevc": frozenset({32, 33, 34})}
DELIMITERS = {"h264": 9, "hevc": 35}
IDR = 5
IRAP = range(16, 22)  # BLA, IDR and CRA: ITU-T H.265, 7.4.2.2
MOST_UNITS = 1000  # of a packet looked at; a picture has some dozens


def units(content: memoryview, length_size: int) -> Iterator[memoryview]:
    """Yield the units of a packet; `length_size` bytes say a unit's length, 0 means Annex B.

    Stops where the packet is damaged.
    """
    if length_size == 0:
        for unit in annex_b_units(bytes(content)):
            yield memoryview(unit)
        return
    position = 0
    while position + length_size < len(content):
        size = int.from_bytes(content[position : position + length_size], "big")
        position += length_size
        if not 0 < size <= len(content) - position:
            return
        yield content[position : position + size]
        position += size


def annex_b_units(content: bytes) -> Iterator[bytes]:
    """Yield the units between start codes."""
    for piece in content.split(START_CODE)[1:]:
        unit = piece.rstrip(b"\0")  # what follows belongs to the next start code, or is padding
        if unit:
            yield unit


def unit_type(unit: memoryview | bytes, codec: str) -> int:
    """Return the type of a unit of `h264` or `hevc`."""
    return unit[0] & 31 if codec == "h264" else unit[0] >> 1 & 63


def length_size(extradata: bytes | None, codec: str) -> int:
    """Return the bytes that tell a unit's length; 0 for Annex B."""
    place = 4 if codec == "h264" else 21
    if not extradata or extradata[0] != 1 or len(extradata) <= place:
        return 0
    return (extradata[place] & 3) + 1


def key_units(packet: Iterable[memoryview], codec: str) -> tuple[tuple[bytes, ...], bool]:
    """Return the parameter sets before a packet's picture, and whether any decoder may start here.

    H.264: an IDR picture; HEVC: any random access point.
    """
    found = []
    for _, unit in zip(range(MOST_UNITS), packet, strict=False):
        kind = unit_type(unit, codec)
        if kind in PARAMETER_SETS[codec]:
            found.append(bytes(unit))
        elif codec == "h264" and 1 <= kind <= 5:
            return tuple(found), kind == IDR
        elif codec == "hevc" and kind < 32:
            return tuple(found), kind in IRAP
    return tuple(found), False


def with_lengths(content: bytes, codec: str) -> bytes:
    """Turn a packet of Annex B into one with lengths of four bytes, without parameter sets."""
    left_out = PARAMETER_SETS[codec] | {DELIMITERS[codec]}
    kept = [unit for unit in annex_b_units(content) if unit_type(unit, codec) not in left_out]
    return b"".join(part for unit in kept for part in (len(unit).to_bytes(4, "big"), unit))
