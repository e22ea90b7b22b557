"""Files lent over loopback: to who has the address, and no broken body as a whole one."""

import asyncio
import socket
from contextlib import suppress

import av
import pytest

from shadow.kit.errors import Kind, ShadowError
from shadow.runtime import range_server
from shadow.runtime.far_bytes import FarBytes
from shadow.runtime.media_errors import MediaError, MediaForbidden
from shadow.runtime.media_file import opened
from shadow.runtime.media_formats import FAR_SILENCE
from shadow.runtime.processes import ProgramFailed, find_ffmpeg, media_input, run_ffmpeg
from shadow.runtime.range_requests import ADDRESS, is_address
from shadow.runtime.range_server import TooSlow
from tests.support.canary import canary
from tests.support.lent_files import FarFile, Reading, far, lending
from tests.support.media import film

CONTENT = bytes(range(256)) * 4000


class Away(ShadowError):
    kind = Kind.unavailable
    code = "test.away"


class Gone(ShadowError):
    kind = Kind.missing
    code = "test.gone"


async def asked(address: bytes, head: str, *, path: str | None = None) -> bytes:
    """Send a request as it is written and return all that comes."""
    found = ADDRESS.fullmatch(address)
    assert found is not None
    reader, writer = await asyncio.open_connection("127.0.0.1", int(found[1]))
    target = f"/{found[2].decode()}" if path is None else path
    writer.write(head.replace("TARGET", target).encode())
    try:
        return await asyncio.wait_for(reader.read(), 10)
    except ConnectionResetError:
        return b""
    finally:
        writer.close()


GET = "GET TARGET HTTP/1.1\r\nConnection: close\r\n{fields}\r\n"


@pytest.mark.parametrize(
    ("wanted", "status", "body"),
    [
        (None, 200, CONTENT),
        ("bytes=0-", 206, CONTENT),
        ("bytes=0-0", 206, CONTENT[:1]),
        ("bytes=700-1000699", 206, CONTENT[700:1_000_700]),
        ("bytes=-7", 206, CONTENT[-7:]),
        (f"bytes={len(CONTENT) - 3}-99999999", 206, CONTENT[-3:]),
        (f"bytes={len(CONTENT)}-", 416, b""),
        ("bytes=5-3", 200, CONTENT),
        ("items=0-4", 200, CONTENT),
        ("bytes=0-1,5-8", 200, CONTENT),
    ],
)
async def test_ranges_are_answered(wanted: str | None, status: int, body: bytes) -> None:
    file = FarFile(CONTENT)
    async with lending() as server, server.lend("a", file.open, size=len(CONTENT)) as address:
        fields = "" if wanted is None else f"Range: {wanted}\r\n"
        answer = await asked(address, GET.format(fields=fields))
    head, _, sent = answer.partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 %d " % status)
    assert sent == body
    assert f"Content-Length: {len(body)}".encode() in head


async def test_one_connection_is_good_for_many_requests() -> None:
    file = FarFile(CONTENT)
    async with lending() as server, server.lend("a", file.open, size=len(CONTENT)) as address:

        def read() -> list[bytes]:
            content = FarBytes(address)
            try:
                return [content.pread(100, at) for at in (0, 900_000, 131_000, 1_023_990)]
            finally:
                content.close()

        found = await asyncio.to_thread(read)
    assert found == [CONTENT[at : at + 100] for at in (0, 900_000, 131_000, 1_023_990)]
    assert file.opened == 1, "the next request reads from what the last one opened"
    assert file.open_now == 0


async def test_only_who_knows_the_address_gets_anything() -> None:
    file = FarFile(CONTENT)
    async with lending() as server, server.lend("a", file.open, size=len(CONTENT)) as address:
        assert is_address(address)
        head = GET.format(fields="")
        for path in ("/", "/" + "A" * 43, "/" + "A" * 42, "//", "http://127.0.0.1/" + "A" * 43):
            answer = await asked(address, head, path=path)
            assert answer == b"" or answer.startswith(b"HTTP/1.1 404 "), path
        found = ADDRESS.fullmatch(address)
        assert found is not None
        token = found[2].decode()
        for path in (f"/{token}/", f"/{token}/../x", f"/{token}?x", f"/{token[:-1]}"):
            assert not (await asked(address, head, path=path)).startswith(b"HTTP/1.1 2"), path
        assert file.opened == 0
        for method in ("POST", "PUT", "DELETE", "OPTIONS", "CONNECT", "TRACE"):
            body = head.replace("GET", method)
            assert await asked(address, body) == b"", method
        assert await asked(address, "GET TARGET HTTP/1.1\r\nContent-Length: 4\r\n\r\nabcd") == b""
        assert await asked(address, "GET TARGET HTTP/1.1\r\nX: " + "a" * 9000 + "\r\n\r\n") == b""
        assert file.opened == 0
        assert (await asked(address, head)).startswith(b"HTTP/1.1 200 ")


async def test_it_listens_on_loopback_alone_and_only_when_something_is_lent() -> None:
    async with lending() as server:
        assert server.lent == 0
        async with server.lend("a", FarFile(CONTENT).open, size=len(CONTENT)) as address:
            found = ADDRESS.fullmatch(address)
            assert found is not None
            port = int(found[1])
            with pytest.raises(OSError):
                socket.create_connection(("127.0.0.2", port), 5)
            assert server.lent == 1
        assert (server.lent, await asked(address, GET.format(fields=""))) == (
            0,
            b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n",
        )


async def test_who_lends_the_same_file_shares_its_address_until_the_last_is_done() -> None:
    file = FarFile(CONTENT)
    size = len(CONTENT)
    async with lending() as server:
        async with server.lend("a", file.open, size=size) as first:
            async with server.lend("a", file.open, size=size) as again:
                assert first == again
            async with server.lend("b", file.open, size=size) as other:
                assert first != other
            assert (await asked(first, GET.format(fields=""))).endswith(CONTENT)
        async with server.lend("a", file.open, size=size, linger=60) as later:
            assert later != first
        async with server.lend("a", file.open, size=size) as lingering:
            assert lingering == later
        assert server.lent == 0, "the last one wanted no delay"
    assert file.open_now == 0


async def test_taking_a_file_back_ends_what_is_being_sent() -> None:
    file = FarFile(CONTENT, gate=asyncio.Event())
    async with lending() as server:
        async with server.lend("a", file.open, size=len(CONTENT)) as address:
            asking = asyncio.create_task(asked(address, GET.format(fields="")))
            await asyncio.wait_for(file.waiting.wait(), 10)
        answer = await asking
    assert len(answer) < 1000
    assert file.open_now == 0


async def test_a_failure_is_told_whatever_the_borrower_made_of_the_file() -> None:
    file = FarFile(CONTENT, fails_at=500_000, error=Gone("It was deleted."))
    async with lending() as server:
        with pytest.raises(Gone, match="deleted"):
            async with server.lend("a", file.open, size=len(CONTENT), linger=60) as address:
                answer = await asked(address, GET.format(fields=""))
                assert b"Content-Length: 1024000" in answer
                assert len(answer) < 500_000
        with pytest.raises(Gone):
            async with server.lend("a", file.open, size=len(CONTENT)) as other:
                await asked(other, GET.format(fields=""))
                raise MediaError("FFmpeg says that it is damaged.")
        assert other != address, "what failed is opened anew"
        file.error = None
        async with server.lend("a", file.open, size=len(CONTENT)) as address:
            assert (await asked(address, GET.format(fields=""))).endswith(CONTENT)
    assert file.open_now == 0


async def test_a_place_that_does_not_answer_once_is_opened_again() -> None:
    file = FarFile(CONTENT, error=Away("Try again."))
    opening = file.open

    async def mended() -> Reading:
        if file.opened == 1:
            file.error = None
        return await opening()

    lent = "a", mended
    async with lending() as server, server.lend(*lent, size=len(CONTENT)) as address:
        assert (await asked(address, GET.format(fields=""))).endswith(CONTENT)
    assert (file.opened, file.open_now) == (2, 0)


async def test_a_storage_that_stands_still_is_told_before_ffmpeg_takes_the_file_for_ended(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    assert int(FAR_SILENCE) / 1e6 > range_server.BLOCK_SECONDS
    monkeypatch.setattr(range_server, "BLOCK_SECONDS", 0.05)
    file = FarFile(CONTENT, gate=asyncio.Event())
    async with lending() as server:
        with pytest.raises(TooSlow):
            async with server.lend("a", file.open, size=len(CONTENT)) as address:
                await asked(address, GET.format(fields=""))
    assert file.open_now == 0


async def test_a_connection_that_was_silent_for_long_is_made_anew(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(range_server, "HEAD_SECONDS", 0.2)
    file = FarFile(CONTENT)
    async with lending() as server, server.lend("a", file.open, size=len(CONTENT)) as address:
        content = await asyncio.to_thread(FarBytes, address)
        assert await asyncio.to_thread(content.pread, 10, 0) == CONTENT[:10]
        async with asyncio.timeout(60):
            while server.connected:
                await asyncio.sleep(0.01)
        assert await asyncio.to_thread(content.pread, 10, 900_000) == CONTENT[900_000:900_010]
        content.close()


async def test_a_file_that_ends_early_is_no_whole_one() -> None:
    file = FarFile(CONTENT[:-1])
    async with lending() as server:
        with pytest.raises(ShadowError, match="ended before its size"):
            async with server.lend("a", file.open, size=len(CONTENT)) as address:
                await asked(address, GET.format(fields=""))


@pytest.mark.parametrize("name", ["film.mkv", "film.mp4"])
async def test_ffmpeg_s_libraries_and_program_read_a_lent_film(name: str) -> None:
    file = far(film(name))
    async with (
        lending() as server,
        server.lend("a", file.open, size=len(file.content)) as address,
    ):

        def pictures() -> int:
            with opened(address) as (container, content):
                assert content.size == len(file.content)
                return sum(1 for _ in container.decode(video=0))

        assert await asyncio.to_thread(pictures) == 50
        args = [*media_input(address), "-frames:v", "1", "-f", "image2pipe", "-"]
        ended = await run_ffmpeg(find_ffmpeg(), args, timeout=60)
        assert ended.output.startswith(b"\xff\xd8")


async def test_what_is_no_address_of_ours_is_never_fetched() -> None:
    async with canary() as bird:
        for host in ("127.0.0.1", "localhost", "127.0.0.2"):
            address = f"http://{host}:{bird.port}/film.mp4".encode()
            assert not is_address(address)
            with pytest.raises(MediaError), opened(address):
                pass
            with pytest.raises(ValueError, match="absolute"):
                media_input(address)
            with pytest.raises(MediaForbidden):
                FarBytes(address)
    assert bird.knocks == []


PLAYLISTS = {
    "m3u8": "#EXTM3U\n#EXT-X-TARGETDURATION:9\n#EXTINF:9,\nhttp://127.0.0.1:{port}/x.ts\n",
    "ffconcat": "ffconcat version 1.0\nfile http://127.0.0.1:{port}/x.ts\n",
    "mpd": '<?xml version="1.0"?><MPD xmlns="urn:mpeg:dash:schema:mpd:2011" type="static">'
    "<Period><BaseURL>http://127.0.0.1:{port}/</BaseURL></Period></MPD>",
    "sdp": "v=0\nc=IN IP4 127.0.0.1\nm=video {port} RTP/AVP 96\n",
    "asx": '<asx><entry><ref href="http://127.0.0.1:{port}/x"/></entry></asx>',
}


@pytest.mark.parametrize("kind", sorted(PLAYLISTS))
async def test_a_lent_file_that_names_others_opens_none_of_them(kind: str) -> None:
    async with canary() as bird:
        file = FarFile(PLAYLISTS[kind].format(port=bird.port).encode())
        async with lending() as server:
            lent = server.lend("a", file.open, size=len(file.content))
            async with lent as address:

                def look() -> None:
                    with opened(address) as (container, _):
                        list(container.demux())

                with pytest.raises(MediaError):
                    await asyncio.to_thread(look)
                args = [*media_input(address), "-f", "null", "-"]
                with pytest.raises(ProgramFailed):
                    await run_ffmpeg(find_ffmpeg(), args, timeout=60)
    assert bird.knocks == []


def with_reference(content: bytes, url: bytes) -> bytes:
    """Make an MP4's data references name another place, which is where its pictures then are."""
    own = b"\0\0\0\x0curl \0\0\0\1"
    named = (13 + len(url)).to_bytes(4, "big") + b"url \0\0\0\0" + url + b"\0"
    changed = content
    while (at := changed.find(own)) >= 0:
        changed = changed[:at] + named + changed[at + len(own) :]
        # Every box around it grows; the header lies behind what it describes.
        for kind in (b"dref", b"dinf", b"minf", b"mdia", b"trak", b"moov"):
            place = changed.rindex(kind, 0, at) - 4
            size = int.from_bytes(changed[place : place + 4], "big") + len(named) - len(own)
            changed = changed[:place] + size.to_bytes(4, "big") + changed[place + 4 :]
    assert changed != content
    return changed


async def test_a_lent_film_whose_pictures_are_said_to_lie_elsewhere_opens_nothing() -> None:
    async with canary() as bird:
        url = f"http://127.0.0.1:{bird.port}/x".encode()
        file = FarFile(with_reference(film("moov.mp4").read_bytes(), url))
        async with (
            lending() as server,
            server.lend("a", file.open, size=len(file.content)) as address,
        ):

            def look() -> list[str]:
                with opened(address) as (container, _):
                    with suppress(av.FFmpegError):
                        list(container.demux())
                    return [one.type for one in container.streams]

            assert await asyncio.to_thread(look) == ["video", "audio"]
    assert bird.knocks == []
