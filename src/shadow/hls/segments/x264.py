"""How x264 is told to encode a segment, by whichever program runs it."""

import functools
from pathlib import Path
from typing import Final

from shadow.hls.segments.orders import VideoRung

CPU: Final = Path("/proc/cpuinfo")
COLOURS: Final = "colorprim=bt709:transfer=bt709:colormatrix=bt709"
# With AVX-512, x264 reads memory it never wrote (in `mbtree_propagate`, unless a row of macroblocks
# is a multiple of 16), and the bytes differ from run to run. Up to AVX2 they are always the same.
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
        "x264-params": f"scenecut=0:open-gop=0:{COLOURS}{_instructions()}",
    }


@functools.cache
def _instructions() -> str:
    """Return the parameter that keeps x264 from AVX-512, on machines that have it."""
    try:
        has_it = "avx512" in CPU.read_text()
    except OSError:  # not Linux
        has_it = False
    return WITHOUT_AVX512 if has_it else ""
