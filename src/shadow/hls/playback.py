"""Answer how a file is played: decide, and gather what the player needs to know beside."""

import asyncio
import dataclasses
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from shadow.catalog.models import File, Stream
from shadow.catalog.service import bytes_of, lies_here
from shadow.hls.errors import NotIndexed
from shadow.hls.indexing import signature_of
from shadow.hls.known_files import file_named
from shadow.hls.markers import markers_of
from shadow.hls.models import MediaIndex, PreparedRendition
from shadow.hls.playback_answer import Asked, answer_of, grant_of
from shadow.hls.playback_schemas import PlaybackIn, PlaybackMarker, PlaybackOut, PreviewsOut
from shadow.hls.previews.asking import want_previews
from shadow.hls.previews.showing import preview_facts
from shadow.hls.renditions import may_copy_sound
from shadow.hls.segments.facts import INDEX_VERSION, FileIndex
from shadow.hls.segments.plan import Plan, plan_file
from shadow.hls.serving import Hls
from shadow.hls.settings import HlsSettings
from shadow.hls.subtitles.tracks import subtitle_tracks
from shadow.hls.tokens import Grant, mint, token_secret
from shadow.runtime.context import Runtime
from shadow.streaming.service import (
    Decision,
    Known,
    Record,
    StreamingSettings,
    Wish,
    decide,
    link_secret,
    sign_file,
)

LEAST_LIFE: Final = timedelta(hours=4)
"""Of addresses for players that do not renew them: a film with its pauses."""


async def answer_playback(runtime: Runtime, asked: PlaybackIn, *, user_id: int) -> PlaybackOut:
    """Return how a file is played on a player, with an address unless only that was asked.

    Where the file is not played as it is, its index is made first if need be, so that what the
    packets tell is known.

    Raises:
        FileMissing: there is no such file, or it is not where it was.
        NothingPlayable: the player takes nothing of what could be sent.
        NotIndexed, Indexing, FileChanged: it cannot be cut into segments, or not yet. One that
            lies far away is then played as it is, with the reason.
    """
    async with runtime.database.session() as session:
        found = await _asked(session, asked.file_id)
    wish = Wish(asked.audio_index, asked.subtitle_index, asked.max_height)
    decision = decide(found.record, asked.client, wish, found.known)
    if decision.method != "direct":
        known = await _looked_up(runtime, found, preview=asked.preview)
        found = dataclasses.replace(found, known=known)
        decision = decide(found.record, asked.client, wish, known)
        if decision.method != "direct" and not asked.preview:
            runtime.part(Hls).warm(encodes=decision.video == "transcode")
    answer = answer_of(found, decision, asked.client)
    if asked.preview:
        return answer
    if answer.previews is None:
        await want_previews(runtime, found.file)
    if decision.method == "direct":
        url, expires = await _direct_url(runtime, asked.file_id)
    else:
        url, expires = _hls_url(runtime, asked, user_id, found, decision)
    return answer.model_copy(update={"url": url, "expires_at": expires})


async def _asked(session: AsyncSession, file_id: str) -> Asked:
    file = await file_named(session, file_id)
    query = select(Stream).where(Stream.file_id == file.id).order_by(Stream.index)
    streams = tuple(await session.scalars(query))
    previews = await preview_facts(session, file)
    known, index_error = await _stored(session, file)
    return Asked(
        file=file,
        record=Record(file.container, file.duration, file.bitrate, streams),
        known=known,
        index_error=index_error,
        subtitles=await subtitle_tracks(session, file.id),
        markers=[
            PlaybackMarker(kind=one.kind, start=one.start, end=one.end)
            for one in await markers_of(session, file)
        ],
        previews=PreviewsOut(**dataclasses.asdict(previews)) if previews else None,
        prepared=await _prepared(session, file),
    )


async def _looked_up(runtime: Runtime, found: Asked, *, preview: bool) -> Known:
    """Return what the packets of a file tell, reading them first unless it is only a preview.

    Raises:
        NotIndexed: they cannot be read, and the file is on this machine, whose player would fare
            no better.
    """
    if preview and found.index_error is None:
        return found.known
    why = found.index_error or ""
    if not preview:
        try:
            opened = await runtime.part(Hls).files.get(found.file.public_id)
            return _known(opened.index, opened.plan)
        except NotIndexed as error:
            why = error.detail
    if lies_here(bytes_of(found.file)):
        raise NotIndexed(why)
    return Known(why_no_segments=why)


async def _stored(session: AsyncSession, file: File) -> tuple[Known, str | None]:
    """Return what a stored index tells, or why there is none; nothing when nobody has looked."""
    found = await session.get(MediaIndex, file.id)
    if found is None or (found.signature, found.version) != (signature_of(file), INDEX_VERSION):
        return Known(), None
    if found.error is not None:
        return Known(), found.error
    try:
        return await asyncio.to_thread(_unpacked, found.content, found.signature), None
    except ValueError:  # spoiled: it is made anew when the file is played
        return Known(), None


def _unpacked(content: bytes, file_key: str) -> Known:
    index = FileIndex.from_bytes(content)
    return _known(index, plan_file(index, file_key))


def _known(index: FileIndex, plan: Plan) -> Known:
    every = Grant(audio_copies=tuple(track.stream for track in index.audio))
    lost = (track.stream for track in index.audio if not may_copy_sound(track, every))
    why = None if plan.can_copy or index.video is None else plan.why_no_copy or ""
    return Known(why_no_copy=why, uncopied_audio=frozenset(lost), duration=index.duration)


async def _prepared(session: AsyncSession, file: File) -> list[str]:
    query = select(PreparedRendition.rendition).where(
        PreparedRendition.file_id == file.id,
        PreparedRendition.signature == signature_of(file),
        PreparedRendition.ready.is_(True),
    )
    return list(await session.scalars(query.order_by(PreparedRendition.rendition)))


async def _direct_url(runtime: Runtime, file_id: str) -> tuple[str, datetime]:
    settings, now = runtime.settings.group(StreamingSettings), runtime.clock()
    async with runtime.database.session() as session:
        url = await sign_file(
            session,
            file_id=file_id,
            settings=settings,
            secret=link_secret(settings, runtime.secret_key),
            now=now,
        )
    return url, now + timedelta(hours=settings.link_hours)


def _hls_url(
    runtime: Runtime, asked: PlaybackIn, user_id: int, found: Asked, decision: Decision
) -> tuple[str, datetime]:
    minutes = runtime.settings.group(HlsSettings).token_minutes
    life = timedelta(minutes=minutes)
    if not asked.client.renews:
        life = max(LEAST_LIFE, timedelta(seconds=2 * (found.duration or 0)))
    expires = runtime.clock().replace(microsecond=0) + life
    grant = grant_of(decision)
    token = mint(
        token_secret(runtime.secret_key),
        file_id=asked.file_id,
        user_id=user_id,
        expires=int(expires.timestamp()),
        grant=grant,
    )
    # The master playlist of a file with pictures always has them: a speaker begins below it.
    sound_only = decision.video == "none" and found.record.of_type("video")
    copied = "source" if grant.audio in grant.audio_copies else ""
    path = f"a{grant.audio}{copied}/index.m3u8" if sound_only else "master.m3u8"
    return f"/hls/{asked.file_id}/{token}/{path}", expires
