"""Picture and sound stay together: the beep of each second is heard at that second."""

import array
import functools
import subprocess
from collections.abc import Callable, Sequence
from fractions import Fraction

import pytest

from shadow.runtime.processes import find_ffmpeg
from tests.support.hls_fixtures import NAMES
from tests.support.hls_player import Rendition, Screening

RATE = 8000
BEEP_FILTER = (
    "aresample=async=1:first_pts=0,aformat=channel_layouts=mono,"
    "bandpass=f={pitch}:width_type=h:w=300"
)
BEEP_SECONDS = 0.04
END = Fraction(1, 10)
"""Seconds at the end that a codec's last packet may stay short of, or go past."""
SILENT = {"no_audio", "hevc_hdr_mkv", "h264_avi"}
EARLY = {"mpeg4_avi": 0.020}
"""Seconds by which a file is off by itself: AVI shows pictures late, MP3 plays a little late."""
DAMAGED = {"corrupt_middle", "corrupt_ts"}
PITCHES = {"a2": 4 * 330}
"""The second track of `two_audio` has beeps of its own; all others are four times 220 Hz."""


@functools.cache
def heard(url: str, pitch: int) -> Sequence[int]:
    """All sound of a rendition from time 0 on, where only the beeps are loud.

    FFmpeg must not find anything to complain about.
    """
    command = [
        str(find_ffmpeg()), "-nostdin", "-v", "error", "-xerror", "-copyts", "-i", url,
        "-map", "0:a", "-af", BEEP_FILTER.format(pitch=pitch), "-ar", str(RATE), "-f", "s16le", "-",
    ]  # fmt: skip
    done = subprocess.run(command, capture_output=True, timeout=60, check=False)
    assert (done.returncode, done.stderr) == (0, b""), done.stderr[-1500:]
    return array.array("h", done.stdout)


def sound_of(rendition: Rendition) -> Sequence[int]:
    """What is heard of a rendition."""
    return heard(rendition.url, PITCHES.get(rendition.name[:2], 4 * 220))


def onsets(samples: Sequence[int]) -> list[float]:
    """Seconds at which beeps begin."""
    threshold = max(map(abs, samples)) // 3
    found: list[float] = []
    loud_until = -1.0
    for place, value in enumerate(samples):
        if abs(value) >= threshold:
            now = place / RATE
            if now > loud_until:
                found.append(now)
            loud_until = now + BEEP_SECONDS
    return found


@pytest.mark.parametrize("name", [one for one in NAMES if one not in SILENT])
def test_all_sound_is_decoded_without_complaint(
    name: str, watched: Callable[[str], Screening]
) -> None:
    for rendition in watched(name).audio:
        if name in DAMAGED and rendition.name.endswith("source"):
            continue  # a copy has the source's own damage
        seconds = len(sound_of(rendition)) / RATE
        assert seconds == pytest.approx(float(rendition.spans[-1][1]), abs=0.05), rendition.name


@pytest.mark.parametrize("name", [one for one in NAMES if one not in SILENT | DAMAGED])
def test_each_beep_is_heard_at_its_second(name: str, watched: Callable[[str], Screening]) -> None:
    for rendition in watched(name).audio:
        found = onsets(sound_of(rendition))
        last = int(rendition.playlist.starts[-1] - END)
        inside = [one for one in found if 0.5 < one < last + 0.5]  # the tone's own ends click
        late = [one - round(one) for one in inside]
        assert [round(one) for one in inside] == list(range(1, last + 1)), rendition.name
        assert -0.002 - EARLY.get(name, 0) < min(late) <= max(late) < 0.010, (rendition.name, late)
        assert max(late) - min(late) < 0.002, (rendition.name, late)
