"""Read an AAC AudioSpecificConfig: what a decoder would tell, without decoding a frame.

ISO/IEC 14496-3 section 1.6.2.1. Runs in a worker process, on hostile bytes.
"""

LOW_COMPLEXITY = 2
ABOVE_24_KHZ = 5
"""Frequency indices up to this one are 32 kHz and more: spectral band replication, which may come
unannounced and doubles the rate, is not used there."""
LAYOUTS = {1: "mono", 2: "stereo", 6: "5.1"}
EXTENSION = 0x2B7


def plain_layout(extradata: bytes | None) -> str | None:
    """Return the channel layout of plain AAC-LC; None for anything rarer, which needs a decoder."""
    if extradata is None or not 2 <= len(extradata) <= 16:
        return None
    bits = f"{int.from_bytes(extradata, 'big'):0{8 * len(extradata)}b}"
    kind, frequency, channels = int(bits[:5], 2), int(bits[5:9], 2), int(bits[9:13], 2)
    if kind != LOW_COMPLEXITY or frequency > ABOVE_24_KHZ or bits[13:16] != "000":
        return None
    announced = len(bits) >= 27 and int(bits[16:27], 2) == EXTENSION
    # FFmpeg's muxers announce in so many words that there is none.
    if announced and (len(bits) < 33 or int(bits[27:32], 2) != 5 or bits[32] == "1"):
        return None
    return LAYOUTS.get(channels)
