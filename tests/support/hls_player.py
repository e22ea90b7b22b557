"""An outside player of HLS: it knows addresses from playlists only, and reads every byte itself."""

import random
import re
import subprocess
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from fractions import Fraction
from functools import cached_property
from pathlib import Path
from typing import Any

import httpx

from shadow.runtime.processes import find_ffmpeg
from tests.support.hls_playlists import Master, MediaPlaylist, read_master, read_media
from tests.support.mp4_boxes import Fragment, Init, fragment

FFPROBE = "/usr/bin/ffprobe"
PLAYS_ALL: dict[str, Any] = {
    "prefer": "hls",
    "containers": ["mp4"],
    "video": [
        {"codec": "h264", "max_level": 62},
        {"codec": "hevc", "bit_depth": 10},
        {"codec": "vp9", "bit_depth": 10},
        {"codec": "av1", "bit_depth": 10},
    ],
    "audio": [
        {"codec": codec, "max_channels": 8}
        for codec in ("aac", "ac3", "eac3", "flac", "opus", "mp3")
    ],
    "subtitles": ["webvtt"],
    "hdr": True,
}
ENCODED_ONLY: dict[str, Any] = {
    "prefer": "hls",
    "video": [{"codec": "h264", "profiles": ["high"]}],
    "audio": [{"codec": "aac", "max_channels": 1}],
    "audio_languages": ["en"],
}
"""With `max_height` below the fixtures' own, nothing can be copied for this player."""
FEW_LINES = 144
CLIENTS = 3


@dataclass
class Rendition:
    """One media playlist and all that it names, as fetched."""

    name: str
    url: str
    playlist: MediaPlaylist
    text: str
    init: Init
    segments: list[bytes]
    types: set[str]

    @cached_property
    def fragments(self) -> list[Fragment]:
        """The segments, taken apart."""
        return [fragment(one) for one in self.segments]

    def seconds(self, ticks: int) -> Fraction:
        """Ticks of the track in seconds."""
        return Fraction(ticks, self.init.timescale)

    @cached_property
    def spans(self) -> list[tuple[Fraction, Fraction]]:
        """When each segment really begins and ends: the next picture's time, or its own last."""
        firsts = [one.first for one in self.fragments]
        ends = [*firsts[1:], self.fragments[-1].end]
        return [(self.seconds(a), self.seconds(b)) for a, b in zip(firsts, ends, strict=True)]

    def peak(self) -> float:
        """Bits a second of the worst run of segments of half to one and a half target durations."""
        target = int(self.playlist.tags["#EXT-X-TARGETDURATION"])
        sizes = [8 * len(one) for one in self.segments]
        worst = 0.0
        for first in range(len(sizes)):
            bits, seconds = 0, Fraction(0)
            for size, duration in zip(sizes[first:], self.playlist.durations[first:], strict=True):
                bits, seconds = bits + size, seconds + duration
                if seconds > target * Fraction(3, 2):
                    break
                if seconds >= Fraction(target, 2):
                    worst = max(worst, bits / float(seconds))
        return worst

    def average(self) -> float:
        """Bits a second over all."""
        return 8 * sum(map(len, self.segments)) / float(sum(self.playlist.durations))


@dataclass
class Viewing:
    """Everything fetched of one file."""

    answer: dict[str, Any]
    master_url: str
    master: Master
    renditions: dict[str, Rendition] = field(default_factory=dict)


@dataclass
class Screening:
    """A file as two players got it: one that plays everything, one that needs it all encoded."""

    viewings: tuple[Viewing, Viewing]

    @property
    def answer(self) -> dict[str, Any]:
        """What the player that plays everything was told."""
        return self.viewings[0].answer

    @cached_property
    def renditions(self) -> dict[str, Rendition]:
        """All that were fetched, by name."""
        return self.viewings[1].renditions | self.viewings[0].renditions

    @property
    def video(self) -> list[Rendition]:
        """The renditions of pictures, the source's own first."""
        named = re.compile(r"v(?!keys)")
        return [
            one for name, one in sorted(self.renditions.items(), reverse=True) if named.match(name)
        ]

    @property
    def audio(self) -> list[Rendition]:
        """The renditions of sound."""
        return [one for name, one in self.renditions.items() if name.startswith("a")]


def fetched(client: httpx.Client, url: str) -> httpx.Response:
    """Fetch an address; anything but 200 is an error that shows the answer."""
    answer = client.get(url)
    assert answer.status_code == 200, (
        url.rpartition("/")[2],
        answer.status_code,
        answer.text[:500],
    )
    return answer


def watch(base: str, answer: dict[str, Any], *, rungs: int = 1) -> Viewing:
    """Fetch what a master playlist names: source, sounds, key pictures, and the smallest rungs.

    Three players fetch everything at once, each in an order of its own; what they get must be the
    same to the byte.
    """
    with httpx.Client(base_url=base, timeout=60) as client:
        found = fetched(client, answer["url"])
        assert found.headers["content-type"] == "application/vnd.apple.mpegurl"
        viewing = Viewing(answer, answer["url"], read_master(found.text))
        urls = _worth_fetching(viewing, rungs)
        lists = {name: _playlist(client, url) for name, url in urls.items()}
    orders = [random.Random(number) for number in range(CLIENTS)]
    with ThreadPoolExecutor(CLIENTS) as pool:
        got = list(pool.map(lambda order: _everything(base, lists, order), orders))
    assert all(one == got[0] for one in got), "three players got different bytes"
    for name, (url, text, playlist) in lists.items():
        parts = got[0][name]
        viewing.renditions[name] = Rendition(
            name, base + url, playlist, text, Init(parts[0][0]),
            [content for content, _ in parts[1:]], {kind for _, kind in parts},
        )  # fmt: skip
    return viewing


def _worth_fetching(viewing: Viewing, rungs: int) -> dict[str, str]:
    """Return addresses of media playlists by the name of their folder."""
    master = viewing.master
    uris = [one.uri for one in master.variants]
    uris += [one["URI"] for one in master.group("AUDIO") if "URI" in one]
    uris += [one["URI"] for one in master.key_lists]
    named = {uri.partition("/")[0]: joined(viewing.master_url, uri) for uri in uris}
    encoded = sorted((int(one[1:]) for one in named if re.fullmatch(r"v\d+", one)), reverse=True)
    for lines in encoded[: max(0, len(encoded) - rungs)]:
        del named[f"v{lines}"]
    return named


def joined(url: str, uri: str) -> str:
    """Resolve an address that a playlist holds."""
    return httpx.URL(f"http://any{url}").join(uri).raw_path.decode("ascii")


def _playlist(client: httpx.Client, url: str) -> tuple[str, str, MediaPlaylist]:
    answer = fetched(client, url)
    assert answer.headers["content-type"] == "application/vnd.apple.mpegurl"
    return url, answer.text, read_media(answer.text)


Parts = dict[str, list[tuple[bytes, str]]]


Lists = dict[str, tuple[str, str, MediaPlaylist]]


def _everything(base: str, lists: Lists, order: random.Random) -> Parts:
    asked = []
    for name, (url, _, playlist) in lists.items():
        assert playlist.map_uri is not None
        for number, uri in enumerate([playlist.map_uri, *playlist.uris]):
            asked.append((name, number, joined(url, uri)))
    order.shuffle(asked)
    got: dict[tuple[str, int], tuple[bytes, str]] = {}
    with httpx.Client(base_url=base, timeout=60) as client:
        for name, number, url in asked:
            answer = fetched(client, url)
            got[name, number] = (answer.content, answer.headers["content-type"])
    return {
        name: [got[name, n] for n in range(len(one[2].uris) + 1)] for name, one in lists.items()
    }


@dataclass
class Frame:
    """A decoded picture or piece of sound: seconds at which it is shown, its bytes' hash."""

    pts: Fraction
    size: int
    checksum: str


def decoded(url: str | Path, *options: str) -> list[Frame]:
    """Decode all of an address with FFmpeg, which must not find anything to complain about."""
    command = [
        str(find_ffmpeg()), "-nostdin", "-v", "error", "-xerror", "-copyts", "-i", str(url),
        "-map", "0", *options, "-f", "framecrc", "-",
    ]  # fmt: skip
    done = subprocess.run(command, capture_output=True, text=True, timeout=100, check=False)
    assert (done.returncode, done.stderr) == (0, ""), done.stderr[-1500:]
    base, frames = Fraction(1), []
    for line in done.stdout.splitlines():
        if line.startswith("#tb 0:"):
            base = Fraction(line.partition(":")[2].strip())
        elif not line.startswith("#"):
            cells = [cell.strip() for cell in line.split(",")]
            frames.append(Frame(int(cells[2]) * base, int(cells[4]), cells[5]))
    return frames


def probed(source: str | Path, *entries: str) -> list[dict[str, str]]:
    """Return what ffprobe says, one mapping a line."""
    command = [FFPROBE, "-v", "error", "-of", "default=nw=1", *entries, str(source)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=True)
    return _records(done.stdout.splitlines())


def _records(lines: Sequence[str]) -> list[dict[str, str]]:
    found: list[dict[str, str]] = []
    for line in lines:
        name, equals, value = line.partition("=")
        if not equals:
            continue
        if not found or name in found[-1]:
            found.append({})
        found[-1][name] = value
    return found
