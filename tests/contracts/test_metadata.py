"""What every metadata provider promises, whichever service it speaks to."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from shadow.catalog.ports import EntryMissing, MetadataProvider, MetadataQuery, TitlePatch
from tests.support.tmdb import running_tmdb
from tests.support.tmdb_provider import tmdb_provider


@pytest.fixture(params=["tmdb"])
async def provider(
    request: pytest.FixtureRequest, tmp_path: Path
) -> AsyncIterator[MetadataProvider]:
    """Open each provider with a film “The Matrix” (1999) and a show “Breaking Bad” (2008)."""
    assert request.param == "tmdb"
    async with running_tmdb() as tmdb:
        tmdb.film(603, "The Matrix", 1999)
        tmdb.show(1396, "Breaking Bad", 2008, [7, 13])
        async with tmdb_provider(tmdb, tmp_path) as built:
            yield built


def test_it_fills_the_port(provider: MetadataProvider) -> None:
    assert isinstance(provider, MetadataProvider)
    assert provider.name.isidentifier()
    assert provider.kinds <= {"movie", "show", "book", "audio"}


async def test_candidates_carry_its_name_and_an_id_that_it_can_fetch(
    provider: MetadataProvider,
) -> None:
    for query in (
        MetadataQuery("movie", "The Matrix", 1999),
        MetadataQuery("show", "Breaking Bad", 2008),
    ):
        if query.kind not in provider.kinds:
            continue
        first = (await provider.search(query))[0]
        assert (first.provider, first.kind) == (provider.name, query.kind)
        assert (first.title, first.year) == (query.title, query.year)
        patch = await provider.fetch(first.kind, first.id)
        assert patch.title == query.title
        assert patch.external_ids[provider.name] == first.id


async def test_a_stated_id_is_found_by_that_id_alone(provider: MetadataProvider) -> None:
    named = (await provider.search(MetadataQuery("movie", "The Matrix", 1999)))[0]
    (found,) = await provider.search(
        MetadataQuery("movie", "Something else", external_ids={provider.name: named.id})
    )
    assert (found.id, found.by_id) == (named.id, True)


async def test_an_unknown_name_and_an_empty_one_find_nothing(provider: MetadataProvider) -> None:
    for title in ("Qwxz Vbnm Plgh", "", "   ", "x" * 5_000, "\u202e\u200b"):
        assert await provider.search(MetadataQuery("movie", title)) == []


async def test_an_unknown_id_is_missing(provider: MetadataProvider) -> None:
    with pytest.raises(EntryMissing):
        await provider.fetch("movie", "999999999")


async def test_seasons_are_given_when_asked_for_and_unknown_ones_left_out(
    provider: MetadataProvider,
) -> None:
    if "show" not in provider.kinds:
        pytest.skip("it knows no shows")
    found = (await provider.search(MetadataQuery("show", "Breaking Bad")))[0]
    whole = await provider.fetch("show", found.id, seasons=[1, 2, 77])
    assert sorted(whole.seasons) == [1, 2]
    assert sorted(whole.seasons[1].episodes) == list(range(1, 8))
    assert (await provider.fetch("show", found.id)).seasons == {}


async def test_a_kind_it_does_not_know_finds_nothing(provider: MetadataProvider) -> None:
    for kind in ("movie", "show", "book", "audio"):
        if kind not in provider.kinds:
            assert await provider.search(MetadataQuery(kind, "The Matrix")) == []  # type: ignore[arg-type]  # a Literal in a loop
            with pytest.raises(EntryMissing):
                await provider.fetch(kind, "603")  # type: ignore[arg-type]  # a Literal in a loop


async def test_a_patch_says_nothing_by_default() -> None:
    assert not any(getattr(TitlePatch(), name) for name in TitlePatch.__dataclass_fields__)
