"""Name codecs as RFC 6381 has it, from the sample entries of an init segment.

Guessed names make players refuse what they could play, or try what they cannot; what an init
segment says is what the decoder will get.
"""

import struct

from shadow.hls.segments.box import boxes, find_box

VISUAL_HEADER = 78  # bytes of a visual sample entry before its own boxes (ISO/IEC 14496-12, 12.1.3)
AUDIO_HEADER = 28
BARE = frozenset({b"ac-3", b"ec-3", b"fLaC", b"Opus", b"alac"})
VIDEO_ENTRIES = frozenset({b"avc1", b"avc3", b"hvc1", b"hev1", b"av01", b"vp09", b"mp4v"})
AAC = 0x40  # MPEG-4 audio among the object types of `esds`


def codec_strings(init: bytes) -> tuple[str, ...]:
    """Return the name of each sample entry of an init segment, such as `avc1.64001F`.

    Raises `ValueError` for an init segment that is damaged, or of a codec not known here.
    """
    names = []
    try:
        moov = find_box(init, b"moov")
        for trak in boxes(moov if moov is not None else b""):
            if trak.kind == b"trak":
                stsd = find_box(trak.body, b"mdia", b"minf", b"stbl", b"stsd")
                names += [_named(one.kind, one.body) for one in boxes((stsd or b"")[8:])]
    except (IndexError, struct.error) as error:
        raise ValueError(f"an init segment is cut off: {error}") from error
    if not names:
        raise ValueError("no sample entry in the init segment")
    return tuple(names)


def _named(kind: bytes, entry: memoryview) -> str:
    name = kind.decode("ascii", "replace")
    if kind in BARE:
        return name
    inner = entry[VISUAL_HEADER if kind in VIDEO_ENTRIES else AUDIO_HEADER :]
    if kind in {b"avc1", b"avc3"}:
        return f"{name}.{_box(inner, b'avcC')[1:4].hex().upper()}"
    if kind in {b"hvc1", b"hev1"}:
        return f"{name}.{_hevc(_box(inner, b'hvcC'))}"
    if kind == b"av01":
        return f"{name}.{_av1(_box(inner, b'av1C'))}"
    if kind == b"vp09":
        return f"{name}.{_vp9(_box(inner, b'vpcC')[4:])}"
    if kind in {b"mp4a", b"mp4v"}:
        return f"{name}.{_mpeg4(_box(inner, b'esds')[4:])}"
    raise ValueError(f"a codec not known: {name}")


def _box(content: memoryview, kind: bytes) -> memoryview:
    found = find_box(content, kind)
    if found is None:
        raise ValueError(f"no {kind.decode()} in the sample entry")
    return found


def _hevc(record: memoryview) -> str:
    """Name profile, compatibility, tier, level and constraints (ISO/IEC 14496-15, annex E)."""
    space = ("", "A", "B", "C")[record[1] >> 6]
    profile = record[1] & 31
    tier = "H" if record[1] & 32 else "L"
    (compatible,) = struct.unpack_from(">I", record, 2)
    turned = int(f"{compatible:032b}"[::-1], 2)
    constraints = bytes(record[6:12]).rstrip(b"\0")
    named = [f"{space}{profile}", f"{turned:X}", f"{tier}{record[12]}"]
    return ".".join([*named, *(f"{one:X}" for one in constraints)])


def _av1(record: memoryview) -> str:
    """Name profile, level, tier and depth (AV1 in ISOBMFF, 5)."""
    profile, level = record[1] >> 5, record[1] & 31
    flags = record[2]
    depth = (12 if flags & 0x20 else 10) if flags & 0x40 else 8
    return f"{profile}.{level:02d}{'H' if flags & 0x80 else 'M'}.{depth:02d}"


def _vp9(record: memoryview) -> str:
    """Name profile, level and depth, and colours where they are not the usual (VP9 in ISOBMFF)."""
    profile, level, packed, primaries, transfer, matrix = record[:6]
    depth, chroma, full = packed >> 4, packed >> 1 & 7, packed & 1
    short = f"{profile:02d}.{level:02d}.{depth:02d}"
    if transfer not in {16, 18}:  # PQ and HLG of ITU-T H.273
        return short
    return f"{short}.{chroma:02d}.{primaries:02d}.{transfer:02d}.{matrix:02d}.{full:02d}"


def _mpeg4(descriptors: memoryview) -> str:
    """Name the object type, and of AAC the audio object type (ISO/IEC 14496-1, 7.2.6)."""
    position = 0
    object_type = None
    while position < len(descriptors):
        tag, position = descriptors[position], position + 1
        size = 0
        while True:
            byte, position = descriptors[position], position + 1
            size = size << 7 | byte & 127
            if not byte & 128:
                break
        if tag == 3:
            position += _stream_header(descriptors[position + 2])
        elif tag == 4:
            object_type = descriptors[position]
            if object_type != AAC:
                return f"{object_type:02X}"
            position += 13
        elif tag == 5:
            return f"{object_type or AAC:02X}.{_audio_object(descriptors[position:])}"
        else:
            position += size
    raise ValueError("no object type in esds")


def _stream_header(flags: int) -> int:
    """Return the bytes of an ES descriptor before the descriptors inside it (no URL is written)."""
    return 3 + (2 if flags & 0x80 else 0) + (2 if flags & 0x20 else 0)


def _audio_object(config: memoryview) -> int:
    """Return the audio object type; 31 stands for 32 and more (ISO/IEC 14496-3, 1.6.2.1)."""
    first = config[0] >> 3
    return first if first != 31 else 32 + ((config[0] & 7) << 3 | config[1] >> 5)
