"""Segments that the FFmpeg program makes: which grants need it, and what it is told.

Those are the ones with subtitles drawn into the picture, HDR shown as SDR, or a graphics card's
encoder. See `segments.external` for how one is made.
"""

import asyncio
import os
import secrets
import time
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from shadow.hls.encoders import Burn, EncoderSettings, external_wish
from shadow.hls.errors import SubtitleMissing
from shadow.hls.lanes import Lane
from shadow.hls.lending import Lend
from shadow.hls.segments.external import ExternalWish, encode_externally, external_init
from shadow.hls.segments.orders import VideoRung, VideoSource, VideoSpan
from shadow.hls.subtitles.cues import srt
from shadow.hls.subtitles.showing import Embedded, fonts_of, locate
from shadow.hls.subtitles.store import SubtitleStore
from shadow.hls.tokens import Grant
from shadow.runtime.context import Runtime
from shadow.runtime.processes import find_ffmpeg

KEPT_SECONDS: Final = 7 * 86_400.0

Prepare = Callable[[], Awaitable[ExternalWish]]


@dataclass(frozen=True, slots=True)
class ExternalOrder:
    """A task for the FFmpeg program. `span` None asks for the init segment, made from `first`."""

    ffmpeg: Path
    lend: Lend
    source: VideoSource
    first: VideoSpan
    span: VideoSpan | None
    rung: VideoRung
    prepare: Prepare

    async def carry_out(self, lane: Lane, part: Path, *, seconds: float) -> int:
        """Make it at `part`; the lane's own process rests meanwhile.

        Raises:
            ProgramMissing, EncodingFailed, SubtitleMissing.
        """
        wish = await self.prepare()
        async with self.lend() as path:
            if self.span is None:
                content = await external_init(
                    self.ffmpeg, path, self.source, self.first, self.rung, wish
                )
            else:
                content = await encode_externally(
                    self.ffmpeg, path, self.source, self.span, self.rung, wish
                )
        await asyncio.to_thread(part.write_bytes, content)
        return len(content)


class Externals:
    """What this process has the FFmpeg program make. `folder` keeps texts that are drawn."""

    def __init__(self, runtime: Runtime, settings: EncoderSettings, folder: Path) -> None:
        self._runtime = runtime
        self._settings = settings
        self._folder = folder

    def decisive(self, grant: Grant) -> dict[str, Any] | None:
        """Return what of a grant and the settings decides the bytes; None: a worker makes them."""
        wish = external_wish(
            self._settings,
            burn=None if grant.burn is None else Burn(),
            tone_map=grant.tone_map,
        )
        if wish is None:
            return None
        program = find_ffmpeg(self._settings.ffmpeg)
        return {
            "burn": grant.burn,
            "tone_map": grant.tone_map,
            "hardware": self._settings.hardware,
            "program": f"{program.name} {program.stat().st_size}",
        }

    def order(
        self, file: "Encoded", source: VideoSource, rung: VideoRung, grant: Grant, number: int
    ) -> ExternalOrder:
        """Return how a segment is made; number -1 is the init segment."""
        spans = file.spans
        return ExternalOrder(
            ffmpeg=find_ffmpeg(self._settings.ffmpeg),
            lend=file.lend,
            source=source,
            first=spans[0],
            span=None if number < 0 else spans[number],
            rung=rung,
            prepare=lambda: self._wish(file, grant),
        )

    async def _wish(self, file: "Encoded", grant: Grant) -> ExternalWish:
        burn = None if grant.burn is None else await self._burn(file, grant.burn)
        wish = external_wish(self._settings, burn=burn, tone_map=grant.tone_map)
        assert wish is not None, "a worker could make this"
        return wish

    async def _burn(self, file: "Encoded", stream: int) -> Burn:
        located = await locate(self._runtime, file.public_id, f"e{stream}")
        assert isinstance(located, Embedded)
        try:
            return await self._text(file, located)
        except SubtitleMissing:  # made of pictures: FFmpeg reads those out of the film
            return Burn(stream=stream)

    async def _text(self, file: "Encoded", located: Embedded) -> Burn:
        entry = await self._runtime.part(SubtitleStore).embedded(
            located.lend, located.file_key, "text"
        )
        index = located.index
        if entry.has(index, "ass"):
            text, ending = await asyncio.to_thread(entry.text, index, "ass"), "ass"
        elif entry.has(index, "cues"):
            text, ending = await asyncio.to_thread(lambda: srt(entry.cues(index))), "srt"
        else:
            raise SubtitleMissing("This subtitle is made of pictures.")
        fonts = await fonts_of(self._runtime, file.public_id)
        name = f"{file.file_key.replace('/', '_')}-{index}.{ending}"
        path = await asyncio.to_thread(self._write, name, text)
        return Burn(
            file=os.fsencode(path),
            fonts=os.fsencode(fonts.folder),
            offset=entry.manifest.origin / 1000,
        )

    def _write(self, name: str, text: str) -> Path:
        path = self._folder / name
        if not path.exists():
            self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            fresh = path.with_name(f".{name}.{secrets.token_hex(4)}")
            fresh.write_text(text, encoding="utf-8")
            fresh.rename(path)
            self._tidy()
        return path

    def _tidy(self) -> None:
        """Drop texts that nobody has drawn for long; they are written again when wanted."""
        oldest = time.time() - KEPT_SECONDS
        for one in self._folder.iterdir():
            with suppress(FileNotFoundError):
                if one.stat().st_mtime < oldest:
                    one.unlink()


@dataclass(frozen=True, slots=True)
class Encoded:
    """Of a file what encoding needs: its id, signature, segments and how it is had."""

    public_id: str
    file_key: str
    lend: Lend
    spans: tuple[VideoSpan, ...]
