"""Read HLS playlists strictly (RFC 8216), as a player that the server does not know."""

import re
from dataclasses import dataclass, field
from fractions import Fraction

ATTRIBUTE = re.compile(r'([A-Z0-9-]+)=("[^"\r\n]*"|[^",\s][^,\s]*)(?:,|$)')


def attributes(text: str) -> dict[str, str]:
    """Read an attribute list; quoted values lose their quotes. Anything else is an error."""
    found: dict[str, str] = {}
    place = 0
    while place < len(text):
        one = ATTRIBUTE.match(text, place)
        assert one, f"no attribute list: {text[place:]!r}"
        assert one[1] not in found, f"twice: {one[1]}"
        found[one[1]] = one[2].strip('"')
        place = one.end()
    return found


@dataclass
class Variant:
    """A line of the master playlist that names a rendition of pictures."""

    uri: str
    attributes: dict[str, str]

    @property
    def codecs(self) -> list[str]:
        """CODECS, split."""
        return self.attributes["CODECS"].split(",")

    @property
    def resolution(self) -> tuple[int, int]:
        """RESOLUTION in pixels."""
        width, _, height = self.attributes["RESOLUTION"].partition("x")
        return int(width), int(height)


@dataclass
class Master:
    """A master playlist."""

    tags: list[str] = field(default_factory=list)
    variants: list[Variant] = field(default_factory=list)
    media: list[dict[str, str]] = field(default_factory=list)
    key_lists: list[dict[str, str]] = field(default_factory=list)

    def group(self, kind: str) -> list[dict[str, str]]:
        """The EXT-X-MEDIA lines of one type."""
        return [one for one in self.media if one["TYPE"] == kind]


def read_master(text: str) -> Master:
    """Read a master playlist."""
    lines = _lines(text)
    found = Master()
    waiting: dict[str, str] | None = None
    for line in lines[1:]:
        name, _, value = line.partition(":")
        if not line.startswith("#"):
            assert waiting is not None, f"a URI without EXT-X-STREAM-INF: {line}"
            found.variants.append(Variant(line, waiting))
            waiting = None
            continue
        assert waiting is None, f"EXT-X-STREAM-INF without a URI before {line}"
        if name == "#EXT-X-STREAM-INF":
            waiting = attributes(value)
        elif name == "#EXT-X-MEDIA":
            found.media.append(attributes(value))
        elif name == "#EXT-X-I-FRAME-STREAM-INF":
            found.key_lists.append(attributes(value))
        else:
            found.tags.append(line)
    assert waiting is None
    return found


@dataclass
class MediaPlaylist:
    """A media playlist: its segments in order, with the seconds it claims for each."""

    tags: dict[str, str] = field(default_factory=dict)
    map_uri: str | None = None
    uris: list[str] = field(default_factory=list)
    durations: list[Fraction] = field(default_factory=list)

    @property
    def starts(self) -> list[Fraction]:
        """Seconds at which each segment begins, and at which the last one ends."""
        found = [Fraction(0)]
        for one in self.durations:
            found.append(found[-1] + one)
        return found


def read_media(text: str) -> MediaPlaylist:
    """Read a media playlist."""
    found = MediaPlaylist()
    duration: Fraction | None = None
    lines = _lines(text)
    assert lines[-1] == "#EXT-X-ENDLIST"
    for line in lines[1:]:
        name, _, value = line.partition(":")
        if name == "#EXTINF":
            seconds, comma, _ = value.partition(",")
            assert comma, line
            duration = Fraction(seconds)
        elif name == "#EXT-X-MAP":
            assert found.map_uri is None
            found.map_uri = attributes(value)["URI"]
        elif line.startswith("#"):
            assert name not in found.tags, f"twice: {name}"
            found.tags[name] = value
        else:
            assert duration is not None, f"a segment without EXTINF: {line}"
            found.uris.append(line)
            found.durations.append(duration)
            duration = None
    return found


def _lines(text: str) -> list[str]:
    assert not text.startswith("\ufeff")
    lines = [line for line in text.splitlines() if line]
    assert lines[0] == "#EXTM3U"
    assert all(line == line.strip() for line in lines)
    return lines
