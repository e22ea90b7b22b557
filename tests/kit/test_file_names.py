"""Names from outside, made safe to write."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shadow.kit.file_names import (
    looks_like_a_page,
    name_of_disposition,
    name_of_url,
    safe_file_name,
    safe_relative_path,
)


@given(st.text(max_size=400))
def test_whatever_the_text_a_safe_name_is_one_name_that_disks_hold(text: str) -> None:
    name = safe_file_name(text)
    assert name
    assert name not in {".", ".."}
    assert not name.startswith((".", " "))
    assert not name.endswith((".", " "))
    assert not set(name) & set('/\\\0<>:"|?*\r\n\t')
    assert len(name.encode()) <= 200
    assert safe_file_name(name) == name


@given(st.lists(st.text(max_size=60), min_size=1, max_size=20))
def test_a_safe_path_stays_below_where_it_begins(parts: list[str]) -> None:
    path = safe_relative_path(parts)
    assert not path.startswith("/")
    assert ".." not in path.split("/")
    assert len(path.split("/")) <= 8


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("Film (2020) – über.mkv", "Film (2020) – über.mkv"),
        ("con", "_con"),
        ("NUL.txt", "_NUL.txt"),
        ("console.txt", "console.txt"),
        ("a\u202egpj.exe", "agpj.exe"),
        ("...", "file"),
        ("é" * 300 + ".mkv", "é" * 98 + ".mkv"),
    ],
)
def test_names_are_changed_no_more_than_needed(text: str, name: str) -> None:
    assert safe_file_name(text) == name


@pytest.mark.parametrize(
    ("header", "name"),
    [
        ("attachment", None),
        ("", None),
        ('inline; filename="a b.mkv"', "a b.mkv"),
        ('attachment; filename="d\xc3\xa9j\xc3\xa0.mkv"', "déjà.mkv"),
        ("attachment; filename*=utf-8''a%2Fb%2F..%2Fc.mkv; filename=x", "c.mkv"),
        ("attachment; filename*=utf-8''%ff; filename=plain.mkv", "plain.mkv"),
        ('attachment; filename="/"', None),
        ("a" * 100_000, None),
    ],
)
def test_a_content_disposition_offers_a_safe_name(header: str, name: str | None) -> None:
    assert name_of_disposition(header) == name


@given(st.text(max_size=200))
def test_no_header_and_no_address_makes_an_unsafe_name(text: str) -> None:
    for name in (name_of_disposition(f"attachment; {text}"), name_of_url(f"http://h/{text}")):
        assert name is None or name == safe_file_name(name)


def test_pages_are_told_from_films() -> None:
    assert looks_like_a_page(b"<!-- x --><html>")
    assert looks_like_a_page(b"plain words", "text/html")
    assert not looks_like_a_page(b"<?xml version='1.0'?><nfo/>", "text/xml")
    assert not looks_like_a_page(b"\0\0\0\x18ftyp", "text/html")
