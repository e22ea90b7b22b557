"""How x264 is told to encode a segment, by whichever program runs it."""

import functools
from pathlib import Path
from typing import Final

from shadow.hls.segments.orders import VideoRung

CPU: Final = Path("/proc/cpuinfo")
COLOURS: Final = "colorprim=bt709:transfer=bt709:colormatrix=bt709"
# With AVX-512, x264 reads memory it never wrote (in `mbtree_propagate_list`, at the end of a row
# whose macroblocks are not a multiple of 8), and the bytes differ from run to run. Up to AVX2 they
# are always the same, at a tenth more processor time.
WITHOUT_AVX512: Final = ":asm=AVX2,FMA3,BMI2,LZCNT"


def options(rung: VideoRung, *, encoders: int = 1) -> dict[str, str]:
    """Return the encoder's options for a segment of a rung that `encoders` make together.

    Each has its share of the buffer. With one thread each the bytes are the same every time.
    """
    return {
        "preset": rung.preset,
        "crf": str(rung.crf),
        "maxrate": str(rung.maxrate),
        "bufsize": str(rung.bufsize // encoders),
        "g": "100000",  # a fresh encoder begins with an IDR picture; no other is wanted
        "bf": "3",
        "x264-params": f"scenecut=0:open-gop=0:{COLOURS}{_instructions(rung.width)}",
    }


def _instructions(width: int) -> str:
    """Return the parameter that keeps x264 from AVX-512, where that is needed."""
    macroblocks = (width + 15) // 16
    return WITHOUT_AVX512 if macroblocks % 8 and _has_avx512() else ""


@functools.cache
def _has_avx512() -> bool:
    try:
        return "avx512" in CPU.read_text()
    except OSError:  # not Linux
        return False
