"""A look at headers alone tells what a look at decoded pictures tells, in a tenth of the time."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.support.media import AAC, PICTURE, TONE, ffmpeg_made, film, rich_film, song

from shadow.ingest import probe as probing
from shadow.ingest.asc import plain_layout
from shadow.ingest.probe import is_whole, lists_streams, look, probe
from shadow.ingest.sps import sequence_of

SOURCES = [part.format(seconds=1) for part in (*PICTURE, *TONE)]


def encoded(name: str, *options: str, pixels: str = "yuv420p") -> Path:
    return ffmpeg_made(name, *SOURCES, "-c:v", "libx264", "-pix_fmt", pixels, *options, *AAC)


FILMS = {
    "plain": lambda: film("hasty.mp4"),
    "matroska": lambda: film("hasty.mkv"),
    "quicktime": lambda: film("hasty.mov"),
    "avi": lambda: film("hasty.avi"),
    "many streams": rich_film,
    "high": lambda: encoded("high.mkv", "-preset", "medium", "-bf", "3"),
    "ten bits": lambda: encoded("ten.mp4", pixels="yuv420p10le"),
    "4:2:2": lambda: encoded("422.mkv", pixels="yuv422p"),
    "4:4:4": lambda: encoded("444.mkv", pixels="yuv444p"),
    "full range": lambda: encoded("full.mkv", pixels="yuvj420p"),
    "interlaced": lambda: encoded("tff.mkv", "-flags", "+ildct+ilme", "-x264opts", "tff=1"),
    "anamorphic": lambda: encoded("sar.mkv", "-vf", "setsar=64/45"),
    "anamorphic avi": lambda: encoded("sar.avi", "-vf", "setsar=64/45"),
    "scaling lists": lambda: encoded("cqm.mp4", "-x264opts", "cqm=jvt"),
    "coloured": lambda: encoded(
        *("colour.mp4", "-x264-params", "colorprim=bt709:transfer=bt709:colormatrix=bt709")
    ),
    "pq": lambda: encoded(
        *("pq.avi", "-x264-params", "colorprim=bt2020:transfer=smpte2084:colormatrix=bt2020nc"),
        pixels="yuv420p10le",
    ),
}


def sound(name: str, *options: str) -> Path:
    tone = [part.format(seconds=1) for part in TONE]
    return ffmpeg_made(name, *tone, "-c:a", "aac", *options)


SOUNDS = {
    "stereo": lambda: sound("stereo.m4a", "-ac", "2"),
    "surround": lambda: sound("surround.mka", "-ac", "6"),
    "32 kHz": lambda: sound("low.m4a", "-ar", "32000"),
}
FILMS |= SOUNDS


@pytest.mark.parametrize("name", FILMS)
def test_headers_alone_tell_the_same_facts(name: str) -> None:
    path = str(FILMS[name]())
    assert lists_streams(path)
    hasty = look(path, hasty=True)
    assert is_whole(hasty)
    assert hasty == look(path, hasty=False)


@pytest.mark.parametrize("name", ["hasty.ts", "hasty.flv", "hasty.mp3"])
def test_containers_without_a_list_of_streams_are_read_thoroughly(name: str) -> None:
    path = song(name) if name.endswith("mp3") else film(name)
    assert not lists_streams(str(path))
    assert probe(str(path)) == look(str(path), hasty=False)


def test_what_a_hasty_look_misses_is_looked_up(monkeypatch: pytest.MonkeyPatch) -> None:
    path = str(film("hasty.mp4"))
    thorough = look(path, hasty=False)
    monkeypatch.setattr(probing, "sequence_of", lambda extradata: None)
    assert not is_whole(look(path, hasty=True))
    assert probe(path) == thorough


@pytest.mark.parametrize("options", [("-ac", "4"), ("-ar", "24000"), ("-ac", "8")])
def test_rarer_sound_is_looked_at_thoroughly(options: tuple[str, str]) -> None:
    path = str(sound(f"rare {' '.join(options)}.m4a", *options))
    assert not is_whole(look(path, hasty=True))
    assert probe(path) == look(path, hasty=False)


@pytest.mark.parametrize(
    ("config", "layout"),
    [
        ("1208", "mono"),
        ("1190", "stereo"),
        ("121056e500", "stereo"),
        ("121056e580", None),  # spectral band replication announced
        ("2b920800", None),  # HE-AAC
        ("eb8a0800", None),  # HE-AAC v2
        ("1310", None),  # 24 kHz: replication may come unannounced
        ("1200", None),  # channels told elsewhere
        ("12", None),
        ("", None),
    ],
)
def test_only_plain_aac_is_understood_from_its_header(config: str, layout: str | None) -> None:
    assert plain_layout(bytes.fromhex(config)) == layout


def test_a_film_in_grey_is_looked_at_thoroughly() -> None:
    path = str(encoded("grey.mkv", pixels="gray"))
    assert not is_whole(look(path, hasty=True))
    assert probe(path) == look(path, hasty=False)


@given(st.binary(max_size=200))
def test_no_bytes_make_the_reader_of_parameter_sets_fail(content: bytes) -> None:
    plain_layout(content)
    sequence_of(content)
    sequence_of(b"\x01\x64\x00\x28\xff\xe1\x00\x40" + content)
    sequence_of(b"\0\0\0\1\x67\x64" + content)
