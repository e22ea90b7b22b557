"""What a subtitle plugin fills: search, then the bytes of one find.

Everything a provider says comes from outside: texts are shown as text, and what it sends is
examined like any upload.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol, runtime_checkable

from shadow.kit.errors import Kind, ShadowError


class SubtitlesUnavailable(ShadowError):
    """The provider does not answer, is too slow, or asks for a pause: worth another try later."""

    kind = Kind.unavailable
    code = "hls.provider_unavailable"


class SubtitlesRefused(ShadowError):
    """The provider refuses the request or the key, or answers nonsense: trying again is no use."""

    kind = Kind.upstream
    code = "hls.provider_refused"


class SubtitleQuotaSpent(ShadowError):
    """The provider gives no more downloads today; `retry_after` says when again, if it told."""

    kind = Kind.exhausted
    code = "hls.provider_quota"


class SubtitleGone(ShadowError):
    """The provider has no subtitle of this id."""

    kind = Kind.missing
    code = "hls.subtitle_gone"


@dataclass(frozen=True, slots=True)
class SubtitleQuery:
    """What is known of a film or an episode. Absent facts are None or empty.

    `title` is the film's or the show's; `external_ids` (`imdb`, `tmdb`) are the film's or the
    show's too. `languages` are BCP 47 tags. `movie_hash` and `size` (bytes) are of the file.
    """

    languages: tuple[str, ...]
    title: str
    year: int | None = None
    season: int | None = None
    episode: int | None = None
    external_ids: Mapping[str, str] = field(default_factory=dict)
    file_name: str | None = None
    movie_hash: str | None = None
    size: int | None = None


@dataclass(frozen=True, slots=True)
class FoundSubtitle:
    """A subtitle that a provider has. `id` (200 characters at most) is all that `fetch` needs.

    `name` is the release it was made for. `exact`: it was made for a file with this very hash.
    `machine`: a program translated it.
    """

    provider: str
    id: str
    name: str
    language: str | None = None
    forced: bool = False
    sdh: bool = False
    exact: bool = False
    machine: bool = False
    downloads: int | None = None


@dataclass(frozen=True, slots=True)
class FetchedSubtitle:
    """The bytes of a subtitle, the name the provider gives it, and what it says of it."""

    name: str
    content: bytes
    language: str | None = None
    forced: bool = False
    sdh: bool = False


@runtime_checkable
class SubtitleProvider(Protocol):
    """A source of subtitles. Instances are safe to call from many tasks at once.

    Both methods raise `SubtitlesUnavailable` for what may pass and `SubtitlesRefused` for what
    will not, and never anything else of the provider's making.
    """

    @property
    def name(self) -> str:
        """Return the name that finds carry: `opensubtitles`."""
        ...

    async def search(self, query: SubtitleQuery) -> list[FoundSubtitle]:
        """Return what may fit, best first, at most 60; empty when it knows nothing."""
        ...

    async def fetch(self, subtitle_id: str) -> FetchedSubtitle:
        """Return the bytes of a find, 10 MiB at most.

        Raises:
            SubtitleGone: it has none of that id.
            SubtitleQuotaSpent: it gives no more today.
        """
        ...
