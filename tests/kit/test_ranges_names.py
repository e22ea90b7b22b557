"""File names and media types in headers."""

import re
from urllib.parse import unquote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shadow.kit.content_disposition import content_disposition
from shadow.kit.media_types import UNKNOWN, media_type

NAMES = [
    ("Film (2019).mkv", 'inline; filename="Film (2019).mkv"'),
    ('a"b.mkv', "inline; filename=\"a_b.mkv\"; filename*=UTF-8''a%22b.mkv"),
    ("a%22b.mkv", "inline; filename=\"a_22b.mkv\"; filename*=UTF-8''a%2522b.mkv"),
    ("a\\b/c.mkv", 'inline; filename="a_b_c.mkv"'),
    ("a\r\nSet-Cookie: x=1",
     "inline; filename=\"a  Set-Cookie_ x=1\"; filename*=UTF-8''a%20%20Set-Cookie%3A%20x%3D1"),
    ("Amélie.mkv", "inline; filename=\"Amelie.mkv\"; filename*=UTF-8''Am%C3%A9lie.mkv"),
    ("東京.mkv", "inline; filename=\"file.mkv\"; filename*=UTF-8''%E6%9D%B1%E4%BA%AC.mkv"),
    ("bad\udcff.mkv",
     "inline; filename=\"bad.mkv\"; filename*=UTF-8''bad%EF%BF%BD.mkv"),
    ("photo\u202egpj.exe", 'inline; filename="photogpj.exe"'),
    ("..", 'inline; filename="file"'),
    ("", 'inline; filename="file"'),
    ("\x00\x1b[31m.mkv", 'inline; filename="[31m.mkv"'),
]  # fmt: skip


@pytest.mark.parametrize(("name", "header"), NAMES)
def test_a_hostile_name_is_offered_harmlessly(name: str, header: str) -> None:
    assert content_disposition(name) == header


def test_a_download_is_offered_as_an_attachment() -> None:
    assert content_disposition("a.mkv", inline=False) == 'attachment; filename="a.mkv"'


def test_a_long_name_keeps_its_extension() -> None:
    header = content_disposition("é" * 300 + ".mkv")
    name = unquote(header.partition("''")[2])
    assert name.endswith("é.mkv")
    assert 250 <= len(name.encode()) <= 255


@given(st.text(alphabet=st.characters(), max_size=300))
def test_any_name_gives_one_line_of_ascii_in_the_grammar(name: str) -> None:
    header = content_disposition(name)
    assert re.fullmatch(
        r"inline; filename=\"[^\"\\%\x00-\x1f\x7f-\uffff]+\""
        r"(; filename\*=UTF-8''[\w%!#$&+.^`|~-]+)?",
        header,
        re.ASCII,
    )


@pytest.mark.parametrize(
    ("name", "container", "expected"),
    [
        ("a.mkv", None, "video/x-matroska"),
        ("a.MP4", "mov,mp4,m4a,3gp,3g2,mj2", "video/mp4"),
        ("a.m4b", "mov,mp4,m4a,3gp,3g2,mj2", "audio/mp4"),
        ("a.flac", None, "audio/flac"),
        ("a.vtt", None, "text/vtt; charset=utf-8"),
        ("no extension", "matroska,webm", "video/x-matroska"),
        ("a.bin", "mp4", "video/mp4"),
        ("a.html", None, UNKNOWN),
        ("a.svg", None, UNKNOWN),
        ("", "", UNKNOWN),
    ],
)
def test_media_types_come_from_the_name_then_the_container(
    name: str, container: str | None, expected: str
) -> None:
    assert media_type(name, container) == expected
