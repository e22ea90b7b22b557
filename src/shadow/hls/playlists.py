"""The playlists of a file, and the renditions they list: worked out once and remembered."""

import asyncio
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Final

from shadow.hls.errors import FileChanged
from shadow.hls.externals import Externals
from shadow.hls.files import IndexedFile
from shadow.hls.ladder import granted, step_of
from shadow.hls.lanes import Urgency
from shadow.hls.making import SegmentMaker
from shadow.hls.memory import Recent
from shadow.hls.offering import Offer
from shadow.hls.renditions import (
    AAC,
    INIT,
    Rendition,
    audio_rung,
    may_copy,
    may_copy_sound,
    rendition,
)
from shadow.hls.segments.codecs import codec_strings
from shadow.hls.segments.facts import AudioTrack, VideoTrack
from shadow.hls.segments.orders import VideoRung
from shadow.hls.segments.plan import target_duration
from shadow.hls.segments.playlist import (
    Bandwidth,
    Sound,
    Subtitles,
    Variant,
    copied_sound_bandwidth,
    copy_bandwidth,
    key_bandwidth,
    master_playlist,
    media_playlist,
    rung_bandwidth,
    sound_bandwidth,
)
from shadow.hls.sending import Text
from shadow.hls.subtitles.tracks import subtitle_tracks
from shadow.hls.tokens import Grant
from shadow.kit.languages import language_tag
from shadow.runtime.context import Runtime

TEXTS: Final = 64
RENDITIONS: Final = 512
WORTH_ENCODING: Final = Fraction(7, 10)
"""A rung as large as the copied source is listed if it takes less than this part of its bits."""
STEREO: Final = 2
ATTEMPTS: Final = 3


@dataclass(frozen=True, slots=True)
class Figures:
    """What of a file takes milliseconds to work out. Bandwidths are None without pictures."""

    target: int
    copy: Bandwidth | None
    keys: Bandwidth | None


class Playlists:
    """The playlists that this process sends."""

    def __init__(
        self, runtime: Runtime, maker: SegmentMaker, externals: Externals, offer: Offer
    ) -> None:
        self._runtime = runtime
        self._maker = maker
        self._externals = externals
        self._offer = offer
        self._renditions: Recent[tuple[str, str, Grant, str], Rendition] = Recent(RENDITIONS)
        self._texts: Recent[tuple[str, str, str], Text] = Recent(TEXTS)
        self._figures: Recent[tuple[str, str], Figures] = Recent(TEXTS)
        self._codecs: Recent[str, str] = Recent(RENDITIONS)
        self._listed: Recent[tuple[str, str, Grant, tuple[int, ...]], list[Variant]] = Recent(TEXTS)

    def rendition(self, file: IndexedFile, grant: Grant, name: str) -> Rendition:
        """Return a rendition by its name in addresses.

        Raises:
            RenditionMissing: the file has none of that name, or the grant does not give it.
        """
        key = (file.public_id, file.file_key, grant, name)
        found = self._renditions.get(key)
        if found is None:
            found = rendition(file, grant, name, self._externals)
            self._renditions.put(key, found)
        return found

    def check_version(self, file: IndexedFile, version: str | None) -> None:
        """Return if an address is of a playlist of the file as it is now.

        Raises:
            FileChanged: the playlist was made from other content.
        """
        if version is not None and version != file.version:
            raise FileChanged(
                "The file was replaced while it played. Press play again to see the new one."
            )

    async def media(self, file: IndexedFile, grant: Grant, name: str) -> Text:
        """Return the playlist of a rendition: complete, whatever has been made of it.

        Raises:
            RenditionMissing: the file has none of that name, or the grant does not give it.
        """
        what = self.rendition(file, grant, name)
        return await self._text(file, what.recipe, what.durations, iframes=what.kind == "keys")

    async def subtitles(self, file: IndexedFile) -> Text:
        """Return the playlist that every subtitle of a file has."""
        return await self._text(file, "subtitles", file.plan.durations)

    async def master(self, file: IndexedFile, grant: Grant) -> Text:
        """Return the list of all that a grant gives of a file.

        Raises:
            HlsBusy, EncodingFailed: what an encoder will write could not be found out.
        """
        figures = await self._figures_of(file)
        video = file.index.video
        variants: list[Variant] = []
        keys = None
        if video is not None:
            variants = await self._variants(file, grant, video, figures)
            if may_copy(file, grant) and figures.keys is not None:
                assert video.codecs is not None
                keys = _variant(file, "vkeys", video, video.codecs, figures.keys)
        text = master_playlist(
            variants,
            sounds=_sounds(file, grant),
            subtitles=await self._subtitles_of(file),
            key_pictures=keys,
        )
        return Text.of(text.encode())

    async def _text(
        self,
        file: IndexedFile,
        recipe: str,
        durations: tuple[Fraction, ...],
        *,
        iframes: bool = False,
    ) -> Text:
        key = (file.public_id, file.file_key, recipe)
        found = self._texts.get(key)
        if found is None:
            target = (await self._figures_of(file)).target
            version = file.version
            ending = "vtt" if recipe == "subtitles" else "m4s"

            def written() -> Text:
                text = media_playlist(
                    durations,
                    target,
                    segment_name=lambda number: f"{number}.{ending}?v={version}",
                    init=None if recipe == "subtitles" else f"init.mp4?v={version}",
                    iframes=iframes,
                )
                return Text.of(text.encode())

            found = await asyncio.to_thread(written)
            self._texts.put(key, found)
        return found

    async def _figures_of(self, file: IndexedFile) -> Figures:
        key = (file.public_id, file.file_key)
        found = self._figures.get(key)
        if found is None:
            found = await asyncio.to_thread(_worked_out, file)
            self._figures.put(key, found)
        return found

    async def _variants(
        self, file: IndexedFile, grant: Grant, video: VideoTrack, figures: Figures
    ) -> list[Variant]:
        """Return what a master lists of pictures, worked out once for each offer."""
        ladder = tuple(granted(video, grant))
        prepared = [one for one in ladder if self._is_prepared(file, grant, one)]
        heights = self._offer.heights(ladder, rate=video.rate, prepared=prepared)
        key = (file.public_id, file.file_key, grant, heights)
        found = self._listed.get(key)
        if found is None:
            found = await self._worked_out(file, grant, figures, heights)
            self._listed.put(key, found)
        return found

    def _is_prepared(self, file: IndexedFile, grant: Grant, height: int) -> bool:
        return self._maker.is_prepared(self.rendition(file, grant, f"v{height}"))

    async def _worked_out(
        self, file: IndexedFile, grant: Grant, figures: Figures, heights: tuple[int, ...]
    ) -> list[Variant]:
        video = file.index.video
        assert video is not None
        variants = []
        own_step, worth = 0, 0.0
        if may_copy(file, grant) and figures.copy is not None:
            assert video.codecs is not None
            variants.append(_variant(file, "vsource", video, video.codecs, figures.copy))
            own_step, worth = step_of(video), figures.copy.peak * float(WORTH_ENCODING)
        ladder = granted(video, grant)
        for height in heights:
            rung = ladder[height]
            bandwidth = rung_bandwidth(rung, file.plan, figures.target)
            if height >= own_step > 0 and bandwidth.peak > worth:
                continue
            name = f"v{height}"
            codecs = await self._codecs_of(self.rendition(file, grant, name))
            variants.append(_variant(file, name, rung, codecs, bandwidth))
        return variants

    async def make_ready(self, file: IndexedFile) -> None:
        """Find out now what a master playlist would have to ask a worker.

        Raises:
            ShadowError: it could not be; the master will ask again.
        """
        grant = Grant()
        for height in granted(file.index.video, grant) if file.index.video is not None else ():
            await self._codecs_of(self.rendition(file, grant, f"v{height}"), Urgency.someday)

    async def _codecs_of(self, what: Rendition, urgency: Urgency = Urgency.now) -> str:
        """Return the RFC 6381 string that an encoder writes, read from its init segment."""
        key = what.key(INIT)
        found = self._codecs.get(key)
        if found is None:
            (found,) = codec_strings(await self._init_of(what, urgency))
            self._codecs.put(key, found)
        return found

    async def _init_of(self, what: Rendition, urgency: Urgency) -> bytes:
        for left in reversed(range(ATTEMPTS)):
            kept = await self._maker.get(what, INIT, viewer="playlists", urgency=urgency)
            try:
                return await asyncio.to_thread(Path(kept.path).read_bytes)
            except FileNotFoundError:  # swept from the cache, perhaps by another process
                self._maker.forget(what, INIT)
                if not left:
                    raise
        raise AssertionError("the last attempt returns or raises")

    async def _subtitles_of(self, file: IndexedFile) -> list[Subtitles]:
        async with self._runtime.database.session() as session:
            tracks = await subtitle_tracks(session, file.row_id)
        return [
            Subtitles(
                name=one.title or one.language or "Subtitles",
                language=one.language,
                uri=_address(file, f"s{one.id}"),
                default=one.default,
                forced=one.forced,
                sdh=one.sdh,
            )
            for one in tracks
            if one.text
        ]


def _address(file: IndexedFile, name: str) -> str:
    return f"{name}/index.m3u8?v={file.version}"


def _worked_out(file: IndexedFile) -> Figures:
    target = target_duration(file.plan, file.index)
    copy = keys = None
    if file.index.video is not None and file.plan.can_copy:
        copy = copy_bandwidth(file.index, file.plan, target)
        keys = key_bandwidth(file.index, file.plan, target)
    return Figures(target, copy, keys)


def _variant(
    file: IndexedFile, name: str, size: VideoTrack | VideoRung, codecs: str, bandwidth: Bandwidth
) -> Variant:
    video = file.index.video
    assert video is not None
    copied = isinstance(size, VideoTrack)
    return Variant(
        uri=_address(file, name),
        codecs=codecs,
        bandwidth=bandwidth,
        width=size.display_width if isinstance(size, VideoTrack) else size.width,
        height=size.display_height if isinstance(size, VideoTrack) else size.height,
        rate=video.rate,
        dynamic_range=video.dynamic_range if copied else "SDR",
    )


def _sounds(file: IndexedFile, grant: Grant) -> list[Sound]:
    """Return every sound track once as the client takes it best, and once as AAC stereo.

    The second group is left out where it would be the same.
    """
    tracks = file.index.audio
    default = next((one for one in tracks if one.stream == grant.audio), None)
    default = default or next((one for one in tracks if one.default), None)
    default = default or next(iter(tracks), None)
    best = {one.stream: may_copy_sound(one, grant) for one in tracks}
    plain = {
        one.stream: best[one.stream] and one.codec == "aac" and one.channels <= STEREO
        for one in tracks
    }
    groups = [("best", best), ("stereo", plain)] if best != plain else [("stereo", plain)]
    return [
        _sound(file, group, track, copied=copied[track.stream], default=track is default)
        for group, copied in groups
        for track in tracks
    ]


def _sound(
    file: IndexedFile, group: str, track: AudioTrack, *, copied: bool, default: bool
) -> Sound:
    name = f"a{track.stream}source" if copied else f"a{track.stream}"
    rung = None if copied else audio_rung(track)
    language = language_tag(track.language)
    return Sound(
        group=group,
        name=track.title or language or "Sound",
        language=language,
        uri=_address(file, name),
        codecs=AAC if rung is not None else track.codecs or "",
        channels=track.channels if rung is None else rung.channels,
        bandwidth=copied_sound_bandwidth(track) if rung is None else sound_bandwidth(rung),
        default=default,
    )
