"""What a player takes of the video that this server encodes: H.264 High, 8 bits, and AAC stereo."""

from math import ceil

from shadow.catalog.service import StreamFacts
from shadow.streaming.capabilities import Capabilities, VideoCapability
from shadow.streaming.faults import size_fits
from shadow.streaming.media import displayed_size

HEIGHTS = (2160, 1440, 1080, 720, 576, 480, 360, 240, 144)
"""Heights that are tried, in lines; which of them are made is for `hls` to say."""
LEVELS = {
    10: (99, 1_485), 11: (396, 3_000), 12: (396, 6_000), 13: (396, 11_880), 20: (396, 11_880),
    21: (792, 19_800), 22: (1_620, 20_250), 30: (1_620, 40_500), 31: (3_600, 108_000),
    32: (5_120, 216_000), 40: (8_192, 245_760), 41: (8_192, 245_760), 42: (8_704, 522_240),
    50: (22_080, 589_824), 51: (36_864, 983_040), 52: (36_864, 2_073_600),
}  # fmt: skip
"""H.264 level → macroblocks a picture and a second (ITU-T H.264, table A-1)."""
ENOUGH = {"high", "high10", "high422", "high444", "high444predictive"}
UNKNOWN_RATE = 30.0


def plays_encoded_video(client: Capabilities) -> bool:
    """Tell whether the player can be sent encoded video at all."""
    return any(_is_high(one) for one in client.of_video("h264"))


def plays_encoded_audio(client: Capabilities) -> bool:
    """Tell whether the player can be sent converted sound."""
    return bool(client.of_audio("aac"))


def highest_encoding(video: StreamFacts, client: Capabilities) -> int | None:
    """Return how many lines (`lines_of`) an encoded picture may have; None: the source's fit."""
    size = displayed_size(video)
    decoders = [one for one in client.of_video("h264") if _is_high(one)]
    if size is None or not decoders:
        return None
    rate = video.fps or UNKNOWN_RATE
    if any(_fits(*size, rate, one) for one in decoders):
        return None
    for lines in HEIGHTS:
        scale = min(lines / min(size), lines * 16 / 9 / max(size))
        width, height = round(size[0] * scale), round(size[1] * scale)
        if scale < 1 and any(_fits(width, height, rate, one) for one in decoders):
            return lines
    return HEIGHTS[-1]


def _is_high(can: VideoCapability) -> bool:
    return not can.profiles or any(one.replace(" ", "") in ENOUGH for one in can.profiles)


def _fits(width: int, height: int, rate: float, can: VideoCapability) -> bool:
    if not size_fits(width, height, can) or (can.max_fps and rate > can.max_fps * 1.001):
        return False
    known = [level for level in LEVELS if can.max_level is None or level <= can.max_level]
    picture, second = LEVELS[max(known, default=10)]
    blocks = ceil(width / 16) * ceil(height / 16)
    return blocks <= picture and blocks * rate <= second
