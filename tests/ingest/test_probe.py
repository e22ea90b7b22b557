import contextlib
import os
import shutil
import socket
import threading
from pathlib import Path

import pytest
from tests.support.media import ffmpeg_made, film, rich_film, song

from shadow.ingest.probe import probe
from shadow.ingest.probe_facts import MediaFacts
from shadow.kit.languages import language_tag
from shadow.runtime.media_errors import (
    MediaEmpty,
    MediaError,
    MediaForbidden,
    MediaGone,
    NotAFile,
    NotMedia,
)

HDR_TAGS = "colorprim=bt2020:transfer={}:colormatrix=bt2020nc:log-level=error"
TEST_PICTURE = ("-f", "lavfi", "-i", "testsrc2=size=192x108:rate=25:duration=1")


def facts_of(path: Path) -> MediaFacts:
    return probe(os.fsencode(path))


def hdr_film(transfer: str) -> Path:
    return ffmpeg_made(
        f"{transfer}.mkv",
        *TEST_PICTURE,
        *("-c:v", "libx265", "-preset", "ultrafast", "-pix_fmt", "yuv420p10le"),
        *("-x265-params", HDR_TAGS.format(transfer)),
    )


def test_a_film_tells_container_length_and_streams() -> None:
    facts = facts_of(film())
    assert (facts.container, facts.duration, facts.truncated) == ("mp4", 2.0, False)
    assert facts.bitrate == pytest.approx(film().stat().st_size * 8 / 2, rel=0.01)
    video, audio = facts.streams
    assert (video.index, video.type, video.codec) == (0, "video", "h264")
    assert (video.width, video.height, video.fps, video.bit_depth) == (320, 180, 25.0, 8)
    assert video.profile == "Constrained Baseline"
    assert video.level is not None
    assert video.details["pixel_format"] == "yuv420p"
    assert video.details["codec_tag"] == "avc1"
    assert video.details["aspect"] == "16:9"
    assert (audio.index, audio.type, audio.codec, audio.profile) == (1, "audio", "aac", "LC")
    assert (audio.channels, audio.sample_rate, audio.language) == (1, 44100, "en")
    assert audio.details["channel_layout"] == "mono"
    assert audio.default


def test_a_rich_matroska_file_tells_everything_it_holds() -> None:
    facts = facts_of(rich_film())
    assert facts.container == "matroska"
    assert facts.tags["title"] == "The Rich Film"
    assert [(one.start, one.end, one.title) for one in facts.chapters] == [
        (0.0, 1.0, "Opening"),
        (1.0, 2.0, "The End"),
    ]
    german, portuguese = facts.of_type("audio")
    assert (german.language, german.default) == ("de", True)
    assert (portuguese.language, portuguese.title) == ("pt-BR", "Commentary")
    assert portuguese.details["comment"] is True
    [words] = facts.of_type("subtitle")
    assert (words.codec, words.language, words.forced) == ("subrip", "en", True)
    assert words.details["hearing_impaired"] is True
    assert words.details["text"] is True
    [font] = facts.attachments
    assert (font.name, font.media_type, font.size) == (
        "font.ttf",
        "application/x-truetype-font",
        64,
    )
    assert not facts.cover


@pytest.mark.parametrize(
    ("name", "codecs", "container"),
    [
        ("a.webm", ("-c:v", "libvpx", "-b:v", "200k", "-deadline", "realtime"), "webm"),
        ("a.mkv", ("-c:v", "libsvtav1", "-preset", "12"), "matroska"),
        ("a.mov", ("-c:v", "mpeg4"), "mov"),
        ("a.avi", ("-c:v", "mpeg4", "-vtag", "XVID"), "avi"),
        ("a.ts", ("-c:v", "mpeg2video"), "mpegts"),
        ("a.mpg", ("-c:v", "mpeg2video"), "mpeg"),
        ("a.wmv", ("-c:v", "wmv2"), "asf"),
        ("a.flv", ("-c:v", "flv1"), "flv"),
        ("a.ogv", ("-c:v", "libtheora"), "ogg"),
    ],
)
def test_common_containers_tell_their_picture(
    name: str, codecs: tuple[str, ...], container: str
) -> None:
    facts = facts_of(ffmpeg_made(name, *TEST_PICTURE, *codecs))
    assert facts.container == container
    [video] = facts.of_type("video")
    assert (video.width, video.height, video.fps) == (192, 108, 25.0)
    assert facts.duration == pytest.approx(1.0, abs=0.1)


@pytest.mark.parametrize(("transfer", "kind"), [("smpte2084", "hdr10"), ("arib-std-b67", "hlg")])
def test_high_dynamic_range_is_told(transfer: str, kind: str) -> None:
    [video] = facts_of(hdr_film(transfer)).streams
    assert (video.hdr, video.bit_depth, video.profile) == (kind, 10, "Main 10")
    assert (video.details["primaries"], video.details["transfer"]) == ("bt2020", transfer)


def test_rotation_turns_the_display_size() -> None:
    turned = ffmpeg_made("turned.mp4", "-display_rotation", "90", "-i", str(film()), "-c", "copy")
    video = facts_of(turned).streams[0]
    assert video.details["rotation"] == 270
    assert (video.width, video.height) == (320, 180)
    assert (video.details["display_width"], video.details["display_height"]) == (180, 320)


def test_pixels_that_are_not_square_widen_the_display_size() -> None:
    wide = ffmpeg_made("wide.mkv", *TEST_PICTURE, "-vf", "setsar=4/3", "-c:v", "mpeg4")
    video = facts_of(wide).streams[0]
    assert (video.details["display_width"], video.details["aspect"]) == (256, "64:27")


def test_a_song_with_a_cover_tells_tags_and_no_video() -> None:
    covered = ffmpeg_made(
        "covered.mp3",
        *("-i", str(song()), *TEST_PICTURE, "-map", "0", "-map", "1", "-frames:v", "1"),
        *("-c:v", "mjpeg", "-c:a", "copy", "-disposition:v", "attached_pic"),
    )
    facts = facts_of(covered)
    assert (facts.container, facts.cover) == ("mp3", True)
    assert (facts.tags["title"], facts.tags["artist"]) == ("A Tone", "Nobody")
    assert [stream.type for stream in facts.streams] == ["audio", "cover"]
    assert not facts_of(song()).cover


@pytest.mark.parametrize("name", ["film.mp4", "film.mkv"])
def test_a_file_cut_short_says_so_if_its_headers_came_first(tmp_path: Path, name: str) -> None:
    whole = film(name)
    if name.endswith("mp4"):
        whole = ffmpeg_made("fast.mp4", "-i", str(whole), "-c", "copy", "-movflags", "+faststart")
    assert not facts_of(whole).truncated
    cut = tmp_path / name
    cut.write_bytes(whole.read_bytes()[: whole.stat().st_size * 3 // 4])
    assert facts_of(cut).truncated


def test_an_mp4_cut_before_its_headers_is_damaged(tmp_path: Path) -> None:
    cut = tmp_path / "cut.mp4"
    cut.write_bytes(film().read_bytes()[:20_000])
    with pytest.raises(MediaError, match="incomplete"):
        facts_of(cut)


@pytest.mark.parametrize(
    ("content", "error"),
    [
        (b"", MediaEmpty),
        (b"just some words\n" * 50, MediaError),
        (bytes(100_000), MediaError),
        (bytes(range(256)) * 400, MediaError),
        (b"\x1a\x45\xdf\xa3" + b"\xff" * 5000, MediaError),
        (b"\0\0\0\x18ftypisom" + b"\xff" * 5000, MediaError),
        (b"#EXTM3U\n#EXT-X-TARGETDURATION:9\n#EXTINF:9,\nfilm.ts\n#EXT-X-ENDLIST\n", MediaError),
        (b"ffconcat version 1.0\nfile film.mp4\n", NotMedia),
        (b"<?xml version='1.0'?><MPD xmlns='urn:mpeg:dash:schema:mpd:2011'/>", MediaError),
    ],
)
def test_what_is_no_media_is_refused_in_plain_words(
    tmp_path: Path, content: bytes, error: type[MediaError]
) -> None:
    path = tmp_path / "renamed.mkv"
    path.write_bytes(content)
    with pytest.raises(error) as refused:
        facts_of(path)
    assert refused.value.detail.endswith((".", "."))
    assert str(tmp_path) not in refused.value.detail


def test_a_playlist_opens_neither_network_nor_neighbours(tmp_path: Path) -> None:
    shutil.copyfile(film(), tmp_path / "film.mp4")
    visits: list[object] = []
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(0.5)
        port = server.getsockname()[1]

        def wait_for_visit() -> None:
            try:
                visits.append(server.accept())
            except TimeoutError:
                return

        waiting = threading.Thread(target=wait_for_visit)
        waiting.start()
        for line in (f"http://127.0.0.1:{port}/a.mp4", "film.mp4", f"{tmp_path}/film.mp4"):
            for text in (f"#EXTM3U\n#EXTINF:1,\n{line}\n", f"ffconcat version 1.0\nfile {line}\n"):
                path = tmp_path / "list.mkv"
                path.write_text(text)
                with pytest.raises(MediaError):
                    facts_of(path)
        waiting.join()
    assert visits == []


def test_special_files_are_refused_without_waiting(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe.mkv"
    os.mkfifo(pipe)
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(str(tmp_path / "socket.mkv"))
        for path in (pipe, tmp_path, tmp_path / "socket.mkv", Path("/dev/zero")):
            with pytest.raises(NotAFile):
                facts_of(path)


@pytest.mark.parametrize(
    "name", ["gone.mkv", "http://host/film.mkv", "concat:a|b", "pipe:0", "a\0b"]
)
def test_a_name_is_only_ever_a_local_file(name: str) -> None:
    with pytest.raises(MediaGone):
        probe(name)


def test_a_loop_of_links_is_told(tmp_path: Path) -> None:
    (tmp_path / "a.mkv").symlink_to(tmp_path / "b.mkv")
    (tmp_path / "b.mkv").symlink_to(tmp_path / "a.mkv")
    with pytest.raises(MediaForbidden, match="symbolic links"):
        facts_of(tmp_path / "a.mkv")


@pytest.mark.parametrize(
    "name",
    [
        b"-i.mp4",
        b"new\nline.mp4",
        b"\xff\xfe.mp4",
        "עברית\u200f.mp4".encode(),
        b"%d%s.mp4",
        b"x" * 251 + b".mp4",
    ],
)
def test_odd_names_are_only_names(tmp_path: Path, name: bytes) -> None:
    path = os.fsencode(tmp_path) + b"/" + name
    os.symlink(film(), path)  # noqa: PTH211 the name is bytes
    assert probe(path).container == "mp4"


@pytest.mark.parametrize("seed", range(40))
def test_damage_anywhere_is_an_error_or_an_answer(tmp_path: Path, seed: int) -> None:
    original = rich_film() if seed % 2 else film()
    content = bytearray(original.read_bytes())
    for step in range(30):
        content[(seed * 7919 + step * 104_729) % 6000] ^= 1 << (step % 8)
    path = tmp_path / "damaged"
    path.write_bytes(content)
    with contextlib.suppress(MediaError):
        assert isinstance(facts_of(path), MediaFacts)


@pytest.mark.parametrize(
    ("written", "tag"),
    [
        *[(code, "de") for code in ("ger", "deu", "de", "DE", "German", " Deutsch ")],
        *[(code, None) for code in (None, "", "und", "zxx", "not a language", "x" * 40, "1234")],
        ("pt_br", "pt-BR"),
        ("zh-hant-tw", "zh-Hant-TW"),
        ("jpn", "ja"),
        ("fil", "fil"),
    ],
)
def test_languages_become_bcp47_tags(written: str | None, tag: str | None) -> None:
    assert language_tag(written) == tag
