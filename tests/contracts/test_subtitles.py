"""What every provider of subtitles promises, whichever service it speaks to."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from shadow.hls.ports import SubtitleGone, SubtitleProvider, SubtitleQuery
from tests.support.opensubtitles import opensubtitles, running_opensubtitles

CONTENT = b"1\n00:00:01,000 --> 00:00:02,000\nHi\n"


@pytest.fixture(params=["opensubtitles"])
async def provider(
    request: pytest.FixtureRequest, tmp_path: Path
) -> AsyncIterator[SubtitleProvider]:
    """Open each provider with an English and a German subtitle of “The Matrix” (1999)."""
    assert request.param == "opensubtitles"
    async with running_opensubtitles() as server:
        server.add(1, CONTENT)
        server.add(2, CONTENT, language="de")
        async with opensubtitles(server, tmp_path) as built:
            yield built


def test_it_fills_the_port(provider: SubtitleProvider) -> None:
    assert isinstance(provider, SubtitleProvider)
    assert provider.name.isidentifier()


async def test_a_find_has_the_language_asked_for_and_can_be_fetched(
    provider: SubtitleProvider,
) -> None:
    for language in ("en", "de"):
        (found,) = await provider.search(SubtitleQuery((language,), "The Matrix", 1999))
        assert (found.provider, found.language) == (provider.name, language)
        assert 0 < len(found.id) <= 200
        fetched = await provider.fetch(found.id)
        assert (fetched.content, fetched.language) == (CONTENT, language)


async def test_what_it_does_not_know_is_not_found(provider: SubtitleProvider) -> None:
    for title in ("Qwxz Vbnm", "", "x" * 5_000, "\u202e\u200b"):
        assert await provider.search(SubtitleQuery(("en",), title)) == []
    assert await provider.search(SubtitleQuery(("fr",), "The Matrix", 1999)) == []


async def test_an_unknown_id_is_gone(provider: SubtitleProvider) -> None:
    for subtitle_id in ("999999999", "not one of its", ""):
        with pytest.raises(SubtitleGone):
            await provider.fetch(subtitle_id)
