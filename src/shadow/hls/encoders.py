"""Which encoder makes a rendition, and whether each works on this machine."""

import asyncio
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal

from pydantic import BaseModel, Field

from shadow.hls.segments.external import (
    FORMATS,
    HARDWARE,
    TONE_MAP,
    ExternalWish,
    Hardware,
    last_words,
    tiny_film,
)
from shadow.kit.errors import ShadowError
from shadow.runtime.processes import ProgramFailed, find_ffmpeg, run_ffmpeg

State = Literal["fine", "off", "broken"]
TEST_SECONDS: Final = 20.0
TINY_TEXT: Final = "1\n00:00:00,000 --> 00:00:00,300\nShadow\n"
ADVICE: Final[dict[str, str]] = {
    "libx264": "Clear the setting of the FFmpeg program, so that the one that comes along is used.",
    "subtitles": "That FFmpeg was built without libass; clear its setting, or install another.",
    "tone mapping": "That FFmpeg was built without zimg; clear its setting, or install another.",
    "vaapi": "Check that {device} exists and that the server's user is in its group (`render`), "
    "and that the graphics driver is installed. Films are encoded by the processor meanwhile.",
    "nvenc": "Check that the NVIDIA driver is loaded, and in a container that the graphics card is "
    "passed on with the `video` capability. Films are encoded by the processor meanwhile.",
    "qsv": "Check that {device} exists, that the server's user is in its group (`render`), and "
    "that Intel's media driver is installed. Films are encoded by the processor meanwhile.",
}


class EncoderSettings(BaseModel):
    """How pictures are encoded."""

    hardware: Literal["off", "vaapi", "nvenc", "qsv"] = Field(
        default="off",
        description="Encoder of the graphics card: quicker, larger files for the same picture, and "
        "not the same bytes each time. `shadow doctor` tells whether it works.",
    )
    device: str = Field(
        default="/dev/dri/renderD128",
        pattern=r"^/dev/[\w/.-]+$",
        description="Node of the graphics card for `vaapi` and `qsv`.",
    )
    ffmpeg: str = Field(
        default="",
        description="Absolute path of the FFmpeg program, 5.1 or newer, for hardware encoders, "
        "HDR and subtitles in the picture. Empty: the one that comes along.",
    )


@dataclass(frozen=True, slots=True)
class Burn:
    """Subtitles to draw into the picture: a `stream` of pictures, or a text `file`.

    `fonts` is a folder of the text's own fonts; `offset` is the second on the film's clock that is
    time 0 of the text.
    """

    stream: int | None = None
    file: bytes | None = None
    fonts: bytes | None = None
    offset: float = 0.0


@dataclass(frozen=True, slots=True)
class EncoderFinding:
    """What trying one encoder or filter showed; `detail` says what to do if it is broken."""

    name: str
    state: State
    detail: str


def external_wish(
    settings: EncoderSettings, *, burn: Burn | None, tone_map: bool
) -> ExternalWish | None:
    """Return what to ask of the FFmpeg program; `None` where a worker's own encoder will do."""
    hardware: Hardware | None = None if settings.hardware == "off" else settings.hardware
    if burn is None and not tone_map and hardware is None:
        return None
    burn = burn or Burn()
    return ExternalWish(
        burn_stream=burn.stream,
        burn_file=burn.file,
        fonts=burn.fonts,
        burn_offset=burn.offset,
        tone_map=tone_map,
        hardware=hardware,
        device=settings.device,
    )


async def self_test(settings: EncoderSettings) -> list[EncoderFinding]:
    """Try each encoder and filter that playback may use, on a few small pictures."""
    try:
        ffmpeg = find_ffmpeg(settings.ffmpeg)
    except ShadowError as error:
        return [EncoderFinding("FFmpeg for encoding", "broken", error.detail)]
    with tempfile.TemporaryDirectory(prefix="shadow-doctor-") as folder:
        words = Path(folder) / "words.srt"
        await asyncio.to_thread(words.write_text, TINY_TEXT)
        filters = {
            "libx264": "format=yuv420p",
            "subtitles": f"format=yuv420p,subtitles=filename={words}",
            "tone mapping": f"setparams=color_trc=smpte2084:color_primaries=bt2020:"
            f"colorspace=bt2020nc,{TONE_MAP},format=yuv420p",
        }
        findings = [
            await _tried(ffmpeg, settings, name, ["-vf", chain, "-c:v", "libx264"])
            for name, chain in filters.items()
        ]
    for name in HARDWARE:
        if settings.hardware == name:
            findings.append(await _tried(ffmpeg, settings, name, _hardware(settings, name)))
        else:
            findings.append(EncoderFinding(_title(name), "off", "Not chosen in the settings."))
    return findings


async def working(settings: EncoderSettings) -> EncoderSettings:
    """Return the settings without a hardware encoder that does not work on this machine."""
    if settings.hardware == "off":
        return settings
    try:
        ffmpeg = find_ffmpeg(settings.ffmpeg)
    except ShadowError:
        return settings.model_copy(update={"hardware": "off"})
    name = settings.hardware
    found = await _tried(ffmpeg, settings, name, _hardware(settings, name))
    return settings if found.state == "fine" else settings.model_copy(update={"hardware": "off"})


def _hardware(settings: EncoderSettings, name: Hardware) -> list[str]:
    device = ["-vaapi_device", settings.device] if name == "vaapi" else []
    options = [part for key, value in HARDWARE[name].items() for part in (f"-{key}", value)]
    return [*device, "-vf", FORMATS.get(name, "format=yuv420p"), *options, "-b:v", "500000"]


async def _tried(
    ffmpeg: Path, settings: EncoderSettings, name: str, arguments: list[str]
) -> EncoderFinding:
    advice = ADVICE[name].format(device=settings.device)
    try:
        await run_ffmpeg(ffmpeg, tiny_film(arguments), timeout=TEST_SECONDS)
    except ProgramFailed as error:
        return EncoderFinding(_title(name), "broken", f"{last_words(error).rstrip('.')}. {advice}")
    except ShadowError as error:
        return EncoderFinding(_title(name), "broken", f"{error.detail} {advice}")
    return EncoderFinding(_title(name), "fine", f"works with {ffmpeg}")


def _title(name: str) -> str:
    return f"encoder {name}" if name in HARDWARE or name == "libx264" else name
