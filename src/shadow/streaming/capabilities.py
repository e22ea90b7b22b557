"""What a player says it can play: the field `client` of `POST /api/playback`."""

from typing import Annotated, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

MOST = 64  # entries of a list; nobody has more codecs
SAME_CONTAINER = {
    "mkv": "matroska",
    "ts": "mpegts",
    "m2ts": "mpegts",
    "m4v": "mp4",
    "quicktime": "mov",
    "aac": "adts",
    "oga": "ogg",
    "ogv": "ogg",
}


def _word(value: object) -> object:
    return value.strip().lower() if isinstance(value, str) else value


def _container(value: object) -> object:
    word = _word(value)
    return SAME_CONTAINER.get(word, word) if isinstance(word, str) else word


Word = Annotated[str, Field(max_length=40), BeforeValidator(_word)]
Container = Annotated[str, Field(max_length=40), BeforeValidator(_container)]
Words = Annotated[tuple[Word, ...], Field(max_length=MOST)]
Ceiling = Annotated[int | None, Field(ge=0, le=2**31 - 1)]


class VideoCapability(BaseModel):
    """One video codec, named as FFmpeg does. What is left out has no limit."""

    model_config = ConfigDict(frozen=True)
    codec: Word
    profiles: Words = Field(default=(), description="Such as `high`, `main 10`; empty: any.")
    max_level: Ceiling = Field(
        default=None, description="As ffprobe counts: 51 is H.264 5.1, 153 is HEVC 5.1."
    )
    max_width: Ceiling = None
    max_height: Ceiling = None
    max_fps: float | None = Field(default=None, gt=0)
    bit_depth: int = Field(default=8, ge=8, le=16)
    interlaced: bool = Field(default=False, description="It can show interlaced pictures well.")
    tags: Words = Field(default=(), description="MP4 sample entries, as `hvc1`; empty: any.")


class AudioCapability(BaseModel):
    """One audio codec, named as FFmpeg does; `pcm` stands for all of PCM."""

    model_config = ConfigDict(frozen=True)
    codec: Word
    max_channels: int = Field(default=2, ge=1, le=64)
    max_sample_rate: Ceiling = None


H264 = VideoCapability(codec="h264", profiles=("high",), max_level=51)
AAC = AudioCapability(codec="aac")


class Capabilities(BaseModel):
    """What a player plays. Whatever it says, it is taken to play HLS of fMP4 segments.

    A list left out means what every player of the last ten years has: MP4, H.264 High, AAC stereo,
    WebVTT. An empty `video` is a player without a screen.
    """

    model_config = ConfigDict(frozen=True)
    containers: Annotated[tuple[Container, ...], Field(max_length=MOST)] = ("mp4",)
    video: Annotated[tuple[VideoCapability, ...], Field(max_length=MOST)] = (H264,)
    audio: Annotated[tuple[AudioCapability, ...], Field(max_length=MOST)] = (AAC,)
    subtitles: Words = Field(
        default=("webvtt",), description="Which it draws itself: `webvtt`, `ass`, `pgs`, `vobsub`."
    )
    max_bitrate: int | None = Field(default=None, ge=1, description="Bits a second.")
    hdr: bool = Field(default=False, description="It shows HDR10 and HLG, or maps them itself.")
    dolby_vision: bool = Field(default=False, description="It shows Dolby Vision profile 5.")
    rotation: bool = Field(default=True, description="It turns pictures as the file says.")
    switches_audio: bool = Field(
        default=False, description="It can choose another sound track of a file by itself."
    )
    audio_languages: Words = Field(
        default=(), description="Languages that the person prefers, as BCP 47, best first."
    )
    prefer: Literal["direct", "hls"] = "direct"
    renews: bool = Field(
        default=False, description="It asks again before the address expires: that lives shorter."
    )

    def of_video(self, codec: str | None) -> list[VideoCapability]:
        """Return what it says of a video codec."""
        return [one for one in self.video if one.codec == codec]

    def of_audio(self, codec: str | None) -> list[AudioCapability]:
        """Return what it says of an audio codec."""
        family = "pcm" if (codec or "").startswith("pcm_") else codec
        return [one for one in self.audio if one.codec in {codec, family}]

    def plays_container(self, container: str | None) -> bool:
        """Tell whether it opens files of this container (`ingest`'s names)."""
        family = {"m4a": "mp4"}.get(container or "", container)
        return bool({container, family} & set(self.containers) - {None})
