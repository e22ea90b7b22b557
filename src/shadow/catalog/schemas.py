"""What the catalogue answers over HTTP. Images are URLs relative to the server."""

from datetime import date, datetime
from typing import Literal

from pydantic import BaseModel, Field

from shadow.catalog.cards import ImageOut, TitleCard, TitleKind


class TitlePage(BaseModel):
    """A page of titles."""

    items: list[TitleCard]
    next_cursor: str | None
    total: int


class StreamOut(BaseModel):
    """One stream of a file."""

    index: int
    type: str
    codec: str | None
    profile: str | None
    level: int | None
    width: int | None
    height: int | None
    fps: float | None
    bit_depth: int | None
    hdr: str | None
    channels: int | None
    sample_rate: int | None
    bitrate: int | None
    language: str | None
    title: str | None
    default: bool
    forced: bool


class ChapterOut(BaseModel):
    """A chapter, in seconds from the start."""

    start: float
    end: float
    title: str | None


class MediaFileOut(BaseModel):
    """One file: a version of a title or an episode, or an extra."""

    id: str
    path: str
    size: int
    container: str | None
    duration: float | None
    bitrate: int | None
    streams: list[StreamOut]
    title_id: str | None
    season: int | None
    episode: int | None = Field(description="Number of the first episode it holds.")
    episodes: list[int]
    state: Literal["present", "missing", "failed", "removed"]
    role: Literal["main", "extra", "trailer", "sample"]
    error: str | None
    part: str | None
    edition: str | None
    resolution: str | None
    source: str | None
    group: str | None
    chapters: list[ChapterOut]
    added_at: datetime


class MediaFilePage(BaseModel):
    """A page of files."""

    items: list[MediaFileOut]
    next_cursor: str | None
    total: int


class EpisodeOut(BaseModel):
    """An episode and the files that hold it; no file means that it is known and not here."""

    id: str
    number: int
    absolute: int | None
    title: str | None
    overview: str | None
    air_date: date | None
    runtime_minutes: int | None
    still: ImageOut | None
    file_ids: list[str]


class SeasonOut(BaseModel):
    """A season; number 0 is the specials."""

    number: int
    title: str | None
    overview: str | None
    poster: ImageOut | None
    episodes: list[EpisodeOut]


class CreditOut(BaseModel):
    """A person's part in a title."""

    id: str = Field(description="Public id of the person.")
    name: str
    job: str
    character: str | None
    photo: str | None


class CollectionRef(BaseModel):
    """A collection the title belongs to."""

    id: str
    name: str


class TitleOut(TitleCard):
    """A title with all that its page shows."""

    original_title: str | None
    overview: str | None
    tagline: str | None
    certification: str | None
    released: date | None
    external_ids: dict[str, str]
    locked: list[str]
    confidence: float
    review_reason: str | None
    backdrop_image: ImageOut | None
    season_list: list[SeasonOut]
    files: list[MediaFileOut]
    people: list[CreditOut]
    collections: list[CollectionRef]


class TitleEdit(BaseModel):
    """Fields a person changes; each becomes locked against refreshes. Absent ones stay."""

    title: str | None = Field(default=None, min_length=1, max_length=400)
    sort_title: str | None = Field(default=None, min_length=1, max_length=400)
    original_title: str | None = Field(default=None, max_length=400)
    year: int | None = Field(default=None, ge=1870, le=2200)
    overview: str | None = Field(default=None, max_length=20_000)
    tagline: str | None = Field(default=None, max_length=1_000)
    certification: str | None = Field(default=None, max_length=16)
    genres: list[str] | None = Field(default=None, max_length=30)
    unlock: list[str] = Field(default=[], description="Fields to hand back to refreshes.")


class SearchHit(TitleCard):
    """A title found, and by what: its own name, a person in it, or an episode's name."""

    matched: Literal["title", "person", "episode"]
    because: str | None = Field(description="The person's or episode's name, for those.")


class SearchOut(BaseModel):
    """Best first."""

    items: list[SearchHit]


class PersonOut(BaseModel):
    """A person and every title here with them."""

    id: str
    name: str
    photo: str | None
    titles: list[TitleCard]


class GenreOut(BaseModel):
    """A genre and how many visible titles of the kind have it."""

    name: str
    count: int


class GenreList(BaseModel):
    """Genres, most used first."""

    items: list[GenreOut]


class CandidateOut(BaseModel):
    """What a provider offers as a match; `provider` and `id` are sent back to choose it."""

    provider: str
    id: str
    kind: TitleKind
    title: str
    year: int | None
    overview: str | None
    poster_url: str | None = Field(description="Proxied; may be absent.")
    confidence: float


class CandidateList(BaseModel):
    """Best first."""

    items: list[CandidateOut]
    provider_configured: bool = Field(description="False: no metadata provider has a key.")


class MatchIn(BaseModel):
    """Choose a provider's entry for a title."""

    provider: str = Field(max_length=40)
    id: str = Field(max_length=80)


class ReviewItem(TitleCard):
    """A title whose match is missing or doubtful."""

    reason: str | None
    confidence: float
    files: list[str] = Field(description="Paths of its files, for recognising it.")


class ReviewPage(BaseModel):
    """Oldest first."""

    items: list[ReviewItem]
    next_cursor: str | None
    total: int


class ReviewIn(BaseModel):
    """Settle a review: `accept` keeps the title as it stands."""

    decision: Literal["accept"]
