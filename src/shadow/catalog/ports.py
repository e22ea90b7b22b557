"""What a metadata plugin fills: search, then a patch. The catalogue decides what it applies.

Everything in a patch comes from outside: text is stored as text and escaped where it is shown,
URLs are fetched by the address-checked client only.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Literal, Protocol, runtime_checkable

from shadow.kit.errors import Kind, ShadowError

MetadataKind = Literal["movie", "show", "book", "audio"]


class ProviderUnavailable(ShadowError):
    """The provider does not answer, is too slow, or asks for a pause: worth another try later."""

    kind = Kind.unavailable
    code = "catalog.provider_unavailable"


class ProviderRefused(ShadowError):
    """The provider refuses the request or the key, or answers nonsense: trying again is no use."""

    kind = Kind.upstream
    code = "catalog.provider_refused"


class EntryMissing(ShadowError):
    """The provider has no entry with this id."""

    kind = Kind.missing
    code = "catalog.entry_missing"


@dataclass(frozen=True, slots=True)
class MetadataQuery:
    """What is known of a title, for looking it up.

    `external_ids` maps a provider's name (`tmdb`, `imdb`, `tvdb`) to an id that a person or a file
    name stated: a provider that knows the id answers with that entry alone. `fresh` asks anew
    instead of using a cache.
    """

    kind: MetadataKind
    title: str
    year: int | None = None
    external_ids: Mapping[str, str] = field(default_factory=dict)
    fresh: bool = False


@dataclass(frozen=True, slots=True)
class Candidate:
    """An entry of a provider that may be the title. Absent facts are None or empty."""

    provider: str
    id: str
    kind: MetadataKind
    title: str
    original_title: str | None = None
    alternative_titles: tuple[str, ...] = ()
    year: int | None = None
    overview: str | None = None
    poster_url: str | None = None
    runtime_minutes: int | None = None
    season_sizes: Mapping[int, int] = field(default_factory=dict)
    """Number of episodes by season number; empty when the search does not say."""
    popularity: float = 0.0
    """Any scale of the provider's own, larger is better known: it breaks ties only."""
    by_id: bool = False
    """True when it was found by an id of the query, not by its name."""


@dataclass(frozen=True, slots=True)
class CreditPatch:
    """A person's part. `job` is `actor`, `director`, `writer` and so on, in lower case.

    `provider_key` names the person for good (`tmdb:287`); `position` orders the billing.
    """

    name: str
    job: str
    character: str = ""
    position: int = 0
    provider_key: str | None = None
    photo_url: str | None = None


@dataclass(frozen=True, slots=True)
class EpisodePatch:
    """What a provider says of one episode."""

    name: str | None = None
    overview: str | None = None
    air_date: date | None = None
    runtime_minutes: int | None = None
    still_url: str | None = None
    absolute: int | None = None


@dataclass(frozen=True, slots=True)
class SeasonPatch:
    """What a provider says of one season; `episodes` by number within it."""

    name: str | None = None
    overview: str | None = None
    poster_url: str | None = None
    episodes: Mapping[int, EpisodePatch] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class CollectionPatch:
    """A set the title belongs to. `provider_key` names it for good (`tmdb:2344`)."""

    name: str
    provider_key: str


@dataclass(frozen=True, slots=True)
class TitlePatch:
    """What a provider says of a title. None and empty mean "does not say", never "clear it".

    `rating` is 0 to 10. `external_ids` maps provider names to ids, the provider's own included.
    `seasons` holds the seasons that were asked for; `season_sizes` the episode count of all.
    """

    title: str | None = None
    original_title: str | None = None
    alternative_titles: tuple[str, ...] = ()
    year: int | None = None
    overview: str | None = None
    tagline: str | None = None
    runtime_minutes: int | None = None
    rating: float | None = None
    certification: str | None = None
    released: date | None = None
    genres: tuple[str, ...] = ()
    external_ids: Mapping[str, str] = field(default_factory=dict)
    credits: tuple[CreditPatch, ...] = ()
    seasons: Mapping[int, SeasonPatch] = field(default_factory=dict)
    season_sizes: Mapping[int, int] = field(default_factory=dict)
    poster_url: str | None = None
    backdrop_url: str | None = None
    collection: CollectionPatch | None = None


@runtime_checkable
class MetadataProvider(Protocol):
    """A source of metadata. Instances are safe to call from many tasks at once.

    Both methods raise `ProviderUnavailable` for what may pass and `ProviderRefused` for what will
    not, and never anything else of the provider's making.
    """

    @property
    def name(self) -> str:
        """Return the name that `external_ids` and `Candidate.provider` carry: `tmdb`."""
        ...

    @property
    def kinds(self) -> frozenset[MetadataKind]:
        """Return the kinds of title it knows."""
        ...

    async def search(self, query: MetadataQuery) -> list[Candidate]:
        """Return entries that may be the title, the provider's best first, at most 20.

        An empty list means that it knows none.
        """
        ...

    async def fetch(
        self,
        kind: MetadataKind,
        entry_id: str,
        *,
        seasons: Sequence[int] = (),
        fresh: bool = False,
    ) -> TitlePatch:
        """Return all it says of an entry; of a show, with the episodes of these seasons.

        Seasons that it does not know are left out. `fresh` asks anew instead of using a cache.

        Raises:
            EntryMissing: it has no such entry.
        """
        ...


class PublicLinks:
    """Addresses under which the outside world can fetch files for a while, without signing in.

    Held by every process as a part; the slice that streams fills it.
    """

    def __init__(self, make: Callable[[str], str | None]) -> None:
        """Take what makes the address of a file's public id, or None where there is none."""
        self._make = make

    def to(self, file_id: str) -> str | None:
        """Return an address for the file of a public id, if this server has one people can use."""
        return self._make(file_id)
