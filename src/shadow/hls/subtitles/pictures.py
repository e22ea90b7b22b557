"""Picture subtitles in the forms that players read from files: `.sup`, and `.sub` with `.idx`.

Containers keep the contents and lose the wrapping. Pure functions over bytes.
"""

import re
from collections.abc import Iterable, Iterator
from typing import Final

SUP_MARK: Final = b"PG"
SUP_HEADER: Final = 13  # mark, PTS and DTS (90 kHz), then the segment's own type and length
CLOCK: Final = 90  # ticks of MPEG time a millisecond
SECTOR: Final = 2048
SCR_MARK: Final = b"\x00\x00\x01\xba"
PES_MARK: Final = b"\x00\x00\x01\xbd"
PADDING_MARK: Final = b"\x00\x00\x01\xbe"
MUX_RATE: Final = 25_200  # of a DVD, in units of 50 bytes a second
FIRST_SUBSTREAM: Final = 0x20
IDX_LINE: Final = re.compile(
    r"(?:size|org|scale|alpha|smooth|fadein/out|align|time offset|forced subs|palette"
    r"|custom colors|langidx):[\x20-\x7e]{0,400}"
)

IDX_TIME: Final = re.compile(rb"timestamp: (\d{1,3}):(\d\d):(\d\d):(\d{3})")


def sup_segments(packet: bytes, ms: int) -> Iterator[bytes]:
    """Wrap the segments of one PGS packet for a `.sup` stream, all at the time `ms`.

    A segment is type (1 byte), length (2) and content; what does not fit that ends the packet.
    """
    ticks = (max(0, ms) * CLOCK) & 0xFFFFFFFF
    stamps = ticks.to_bytes(4, "big") * 2
    at = 0
    while at + 3 <= len(packet):
        end = at + 3 + int.from_bytes(packet[at + 1 : at + 3], "big")
        if end > len(packet):
            return
        yield SUP_MARK + stamps + packet[at:end]
        at = end


def is_sup(head: bytes) -> bool:
    """Tell whether a file begins as a `.sup` stream does."""
    return len(head) >= SUP_HEADER and head[:2] == SUP_MARK and head[10] in range(0x14, 0x81)


def moved_sup(blocks: Iterable[bytes], shift: int) -> Iterator[bytes]:
    """Yield a `.sup` stream, given in blocks, with all times moved by `shift` ms, none below 0."""
    blocks = iter(blocks)
    held = bytearray()
    at = 0  # of the next header, from the start of what is held
    for block in blocks:
        held += block
        while at + SUP_HEADER <= len(held) and held[at : at + 2] == SUP_MARK:
            for field in (at + 2, at + 6):
                ticks = int.from_bytes(held[field : field + 4], "big") + shift * CLOCK
                held[field : field + 4] = (max(0, ticks) & 0xFFFFFFFF).to_bytes(4, "big")
            at += SUP_HEADER + int.from_bytes(held[at + 11 : at + 13], "big")
        if at + SUP_HEADER <= len(held):
            break  # no header where one should be
        done = min(at, len(held))
        yield bytes(held[:done])
        del held[:done]
        at -= done
    yield bytes(held)
    yield from blocks


def vobsub_sectors(packet: bytes, ms: int) -> bytes:
    """Wrap one DVD subtitle in sectors of an MPEG program stream (ISO/IEC 13818-1, 2.5)."""
    ticks = max(0, ms) * CLOCK
    sectors = []
    rest = packet
    first = True
    while rest or first:
        header = _pts(ticks) if first else b""
        room = SECTOR - 14 - 9 - len(header) - 1
        part, rest = rest[:room], rest[room:]
        sectors.append(_sector(ticks, header, part))
        first = False
    return b"".join(sectors)


def _sector(ticks: int, header: bytes, part: bytes) -> bytes:
    flags = bytes((0x81, 0x80 if header else 0x00, len(header)))
    content = flags + header + bytes((FIRST_SUBSTREAM,)) + part
    free = SECTOR - 14 - 6 - len(content)
    if 0 < free < 6:  # too small for a padding packet: stuff the header instead
        flags = bytes((0x81, flags[1], len(header) + free))
        content = flags + header + b"\xff" * free + bytes((FIRST_SUBSTREAM,)) + part
        free = 0
    pes = PES_MARK + len(content).to_bytes(2, "big") + content
    padding = PADDING_MARK + (free - 6).to_bytes(2, "big") + b"\xff" * (free - 6) if free else b""
    return _pack(ticks) + pes + padding


def _pack(ticks: int) -> bytes:
    """Return a pack header whose clock is `ticks` (90 kHz)."""
    clock = ticks & 0x1FFFFFFFF
    bits = 0b01 << 46 | (clock >> 30) << 43 | 1 << 42 | (clock >> 15 & 0x7FFF) << 27 | 1 << 26
    bits |= (clock & 0x7FFF) << 11 | 1 << 10 | 1
    return SCR_MARK + bits.to_bytes(6, "big") + (MUX_RATE << 2 | 3).to_bytes(3, "big") + b"\xf8"


def _pts(ticks: int) -> bytes:
    clock = ticks & 0x1FFFFFFFF
    top, middle, low = clock >> 30, clock >> 15 & 0x7FFF, clock & 0x7FFF
    words = (middle << 1 | 1).to_bytes(2, "big") + (low << 1 | 1).to_bytes(2, "big")
    return bytes((0x20 | top << 1 | 1,)) + words


def idx_text(private: bytes, language: str | None, places: list[tuple[int, int]]) -> str:
    """Write the `.idx` of a `.sub`: size and colours as the container says, then (ms, offset)s."""
    said = private.decode("latin-1").replace("\r", "\n").split("\n")
    kept = [line.strip() for line in said if IDX_LINE.fullmatch(line.strip())]
    top = ["# VobSub index file, v7 (do not modify this line!)", *kept]
    two = (language or "")[:2] or "--"
    lines = [f"timestamp: {_idx_time(ms)}, filepos: {offset:09x}" for ms, offset in places]
    return "\n".join([*top, "", f"id: {two}, index: 0", *lines, ""])


def moved_idx(content: bytes, shift: int) -> bytes:
    """Return an `.idx` with all times moved by `shift` ms, none below 0."""

    def move(found: re.Match[bytes]) -> bytes:
        hours, minutes, seconds, thousandths = (int(one) for one in found.groups())
        ms = ((hours * 60 + minutes) * 60 + seconds) * 1000 + thousandths
        return f"timestamp: {_idx_time(ms + shift)}".encode()

    return IDX_TIME.sub(move, content)


def _idx_time(ms: int) -> str:
    seconds, thousandths = divmod(max(0, ms), 1000)
    minutes, seconds = divmod(seconds, 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours:02}:{minutes:02}:{seconds:02}:{thousandths:03}"
