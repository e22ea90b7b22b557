"""How a file is played on a player, and why: one pure function.

`direct`: the file as it is. `remux`: HLS with the pictures as they are; the sound of each track as
it is or converted, which each track says. `transcode`: HLS with the pictures encoded again.
There is no reason when the file is played directly, but where nothing else can be done with it.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from shadow.catalog.service import StreamFacts
from shadow.streaming.capabilities import Capabilities
from shadow.streaming.encoding import highest_encoding, plays_encoded_audio, plays_encoded_video
from shadow.streaming.errors import NothingPlayable
from shadow.streaming.faults import audio_faults, bitrate_faults, tag_faults, video_faults
from shadow.streaming.media import (
    Record,
    Wish,
    audio_of,
    colours_of,
    lines_of,
    played_unasked,
    subtitle_format,
    subtitle_of,
    video_of,
)
from shadow.streaming.reasons import ORDER, Reason, reason, shown

COPIED_VIDEO = frozenset({"h264", "hevc", "av1", "vp9"})
COPIED_AUDIO = frozenset({"aac", "ac3", "eac3", "flac", "opus", "mp3", "alac"})
"""What fits into fMP4 segments as it is."""

SHARE_OF_SOUND = 4
"""Sound beside pictures may take a quarter of what the player takes, else it is converted."""

Method = Literal["direct", "remux", "transcode"]
Picture = Literal["direct", "copy", "transcode", "none"]
METHODS: Mapping[Picture, Method] = {
    "direct": "direct",
    "copy": "remux",
    "none": "remux",
    "transcode": "transcode",
}


@dataclass(frozen=True, slots=True)
class Known:
    """What an index of the file's packets already told; nothing yet by default.

    `why_no_copy` is a sentence, where the video cannot be cut into segments as it is, and
    `why_no_segments` where the file cannot be cut at all, so that it is sent as it is or not;
    `uncopied_audio` are the streams whose packets do not lie on an even grid; `duration` is in
    seconds.
    """

    why_no_copy: str | None = None
    uncopied_audio: frozenset[int] = frozenset()
    duration: float | None = None
    why_no_segments: str | None = None


@dataclass(frozen=True, slots=True)
class AudioDelivery:
    """One sound track: sent as it is (`copied`) or converted. The `selected` one is begun with."""

    stream: int
    copied: bool
    selected: bool


@dataclass(frozen=True, slots=True)
class SubtitleDelivery:
    """One subtitle of the file. `form` is `vtt`, `ass`, `pgs`, `vobsub`, or None: not at all."""

    stream: int
    form: str | None
    burned: bool


@dataclass(frozen=True, slots=True)
class Decision:
    """How a file is played. Streams are numbers in the file; `reasons` are in a fixed order.

    `max_height` is the most lines (`media.lines_of`) an encoded picture may have, if bound, and
    `max_bitrate` the bits a second that all renditions must keep to.
    """

    method: Method
    video: Picture
    video_stream: int | None
    audio: tuple[AudioDelivery, ...]
    subtitles: tuple[SubtitleDelivery, ...]
    reasons: tuple[Reason, ...]
    burn: int | None
    tone_map: bool
    max_height: int | None
    max_bitrate: int | None

    @property
    def summary(self) -> str:
        """One sentence for people: what is done with the file."""
        chosen = next((one for one in self.audio if one.selected), None)
        if self.method == "direct":
            return "The file is played as it is."
        picture = {
            "copy": "The picture is sent unchanged",
            "transcode": "The picture is encoded again",
        }.get(self.video, "Only sound is sent")
        if chosen is None:
            return f"{picture}."
        return f"{picture}, the sound {'unchanged' if chosen.copied else 'converted to AAC'}."


@dataclass(frozen=True, slots=True)
class _Case:
    """Everything a decision looks at; a track is None where it is not to be played."""

    record: Record
    client: Capabilities
    wish: Wish
    known: Known
    video: StreamFacts | None
    audio: StreamFacts | None
    subtitle: StreamFacts | None

    @property
    def limits(self) -> tuple[int | None, int | None]:
        return self.client.max_bitrate, self.wish.max_bitrate

    def copies(self, audio: StreamFacts) -> bool:
        """Tell whether a sound track goes into segments as it is, for a player that plays it."""
        even = audio.index not in self.known.uncopied_audio
        return audio.codec in COPIED_AUDIO and even and not self.sound_faults(audio)

    def sound_faults(self, audio: StreamFacts) -> list[Reason]:
        """Return why this player cannot be sent the sound as it is, whatever carries it."""
        share = 1 if self.video is None else SHARE_OF_SOUND
        limits = [None if limit is None else limit // share for limit in self.limits]
        faults = audio_faults(audio, self.client)
        return faults + bitrate_faults("audio_bitrate", audio.bitrate, limits)


def decide(
    record: Record, client: Capabilities, wish: Wish = Wish(), known: Known = Known()
) -> Decision:
    """Decide how the player plays the file, with every reason against playing it as it is.

    Raises:
        NothingPlayable: there is neither picture nor sound, or the player takes neither what is
            in the file nor what this server could make of it.
    """
    case = _Case(
        record,
        client,
        wish,
        known,
        video_of(record) if client.video else None,
        audio_of(record, wish, client.audio_languages) if client.audio else None,
        subtitle_of(record, wish) if client.video else None,
    )
    if case.video is None and case.audio is None:
        raise NothingPlayable("There is nothing in this file that this player could play.")
    burn = _burn(case)
    of_video = _video_reasons(case) + burn
    reasons = _file_reasons(case) + of_video + _audio_reasons(case)
    if not reasons:
        return _decision(case, "direct", [])
    if known.why_no_segments is not None:
        return _decision(
            case, "direct", [*reasons, reason("direct_only", why=known.why_no_segments)]
        )
    encoded = bool(of_video)
    if case.video is not None and not encoded:
        of_video = _copy_reasons(case, case.video)
        encoded = bool(of_video)
        reasons += of_video
    reasons += _sound_copy_reasons(case)
    _refuse_the_impossible(case, encoded=encoded, reasons=reasons)
    picture: Picture = "transcode" if encoded else "copy"
    return _decision(case, "none" if case.video is None else picture, reasons, burned=bool(burn))


def _file_reasons(case: _Case) -> list[Reason]:
    """Return what keeps the file as a whole from being opened, whatever its tracks are."""
    record, client, found = case.record, case.client, []
    if not client.plays_container(record.container):
        found.append(reason("container", container=shown(record.container)))
    if case.audio and not client.switches_audio and not played_unasked(record, case.audio):
        found.append(reason("secondary_audio"))
    if case.video is not None:
        found += bitrate_faults("container_bitrate", record.bitrate, case.limits)
        found += tag_faults(case.video, client)
    elif video_of(record) is not None:
        found.append(reason("no_screen"))
    if client.prefer == "hls":
        found.append(reason("client_prefers_hls"))
    return found


def _video_reasons(case: _Case) -> list[Reason]:
    """Return why the pictures have to be encoded again, however they are sent."""
    video = case.video
    if video is None:
        return []
    needed = case.record.bitrate
    if video.bitrate:
        needed = video.bitrate + ((case.audio and case.audio.bitrate) or 0)
    found = video_faults(video, case.client)
    found += bitrate_faults("video_bitrate", needed, case.limits)
    lines, most = lines_of(video), case.wish.max_height
    if lines is not None and most is not None and lines > most:
        found.append(reason("quality_asked", most=most, have=lines))
    return found


def _audio_reasons(case: _Case) -> list[Reason]:
    return case.sound_faults(case.audio) if case.audio else []


def _copy_reasons(case: _Case, video: StreamFacts) -> list[Reason]:
    """Return why pictures that the player can show cannot be cut into segments as they are."""
    if video.codec not in COPIED_VIDEO:
        return [reason("video_no_copy", codec=shown(video.codec))]
    if case.known.why_no_copy is not None:
        return [reason("key_pictures", why=case.known.why_no_copy)]
    return []


def _sound_copy_reasons(case: _Case) -> list[Reason]:
    audio = case.audio
    if audio is None or case.copies(audio) or case.sound_faults(audio):
        return []
    return [reason("audio_no_copy", codec=shown(audio.codec))]


def _burn(case: _Case) -> list[Reason]:
    """Return the reason to draw the chosen subtitle into the pictures: nobody else can."""
    if case.subtitle is None or case.video is None or not plays_encoded_video(case.client):
        return []
    if subtitle_format(case.subtitle.codec, case.client.subtitles) is not None:
        return []
    return [reason("subtitle_burn", codec=shown(case.subtitle.codec))]


def _refuse_the_impossible(case: _Case, *, encoded: bool, reasons: list[Reason]) -> None:
    lacks_video = encoded and not plays_encoded_video(case.client)
    converted = case.audio is not None and not case.copies(case.audio)
    if lacks_video or (converted and not plays_encoded_audio(case.client)):
        made = "H.264 video" if lacks_video else "AAC sound"
        why = " ".join(one.text for one in reasons)
        raise NothingPlayable(f"{why} It does not play {made} either, which it would be sent.")


def _decision(
    case: _Case, picture: Picture, reasons: list[Reason], *, burned: bool = False
) -> Decision:
    client, video = case.client, case.video
    ceilings = [case.wish.max_height, highest_encoding(video, client) if video else None]
    rates = [limit for limit in case.limits if limit is not None]
    burn = case.subtitle.index if burned and case.subtitle else None
    return Decision(
        method=METHODS[picture],
        video="none" if video is None else picture,
        video_stream=video.index if video else None,
        audio=_sound(case, direct=picture == "direct"),
        subtitles=tuple(
            SubtitleDelivery(
                one.index, subtitle_format(one.codec, client.subtitles), one.index == burn
            )
            for one in case.record.of_type("subtitle")
        ),
        reasons=tuple(sorted(reasons, key=lambda one: ORDER[one.code])),
        burn=burn,
        tone_map=picture != "direct" and video is not None and colours_of(video) is not None,
        max_height=min((one for one in ceilings if one is not None), default=None),
        max_bitrate=min(rates, default=None),
    )


def _sound(case: _Case, *, direct: bool) -> tuple[AudioDelivery, ...]:
    """Return every sound track that the player can be sent."""
    converts = plays_encoded_audio(case.client)
    chosen = case.audio.index if case.audio else None
    found = []
    for one in case.record.of_type("audio") if case.client.audio else []:
        copied = case.copies(one) or (direct and one.index == chosen)
        if copied or converts:
            found.append(AudioDelivery(one.index, copied, one.index == chosen))
    return tuple(found)
