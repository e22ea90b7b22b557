"""The catalogue's tables. Only this slice writes them; others may read."""

from datetime import date, datetime
from typing import Any, Final, Literal

from sqlalchemy import (
    JSON,
    BigInteger,
    Computed,
    ForeignKey,
    Index,
    LargeBinary,
    String,
    UniqueConstraint,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column, relationship

from shadow.runtime.database import Base

ONE: Literal["raise"] = "raise"  # every relationship is loaded on purpose or not at all
ORDERED = String(400).with_variant(String(400, collation="C"), "postgresql")
"""Text that both databases must order alike, by code point: pages and prefixes rely on it."""
_ARRIVING: Final = text("arriving IS NOT NULL")


class Title(Base):
    """A film, a show, a book or an audio work: what a person looks for.

    `match_key` is kind + folded title + year (`catalog.identity`): two scans that understand two
    files alike meet in one row. `name_key` is the folded title alone. Both come from file names
    and stay when the shown title is edited. `sort_title` is folded and without a leading article;
    `search_text` holds the words of `catalog.folding`, kept in step with title, original title and
    year by whoever writes those. `season_count` and `episode_count` count what has a present file.
    `review` is `ok`, `unmatched` (no provider knows it) or `doubtful`.
    `locked` holds names of fields a person edited, which no refresh overwrites.
    """

    __tablename__ = "titles"
    __table_args__ = (
        UniqueConstraint("match_key"),
        Index("ix_titles_name", "name_key"),
        # The year at the end lets a list of one year be walked without looking at the rows.
        Index("ix_titles_kind_sort", "kind", "hidden", "sort_title", "id", "year_key"),
        Index("ix_titles_kind_added", "kind", "hidden", "added_at", "id", "year_key"),
        Index("ix_titles_kind_rating", "kind", "hidden", "rating_key", "id", "year_key"),
        Index("ix_titles_kind_year", "kind", "hidden", "year_key", "id"),
        Index("ix_titles_review", "review", "id"),
        Index("ix_titles_arriving", "arriving", sqlite_where=_ARRIVING, postgresql_where=_ARRIVING),
    )
    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = mapped_column(String(7), unique=True)
    kind: Mapped[str] = mapped_column(String(8))
    """`movie`, `show`, `book` or `audio`."""
    match_key: Mapped[str] = mapped_column(String(400))
    name_key: Mapped[str] = mapped_column(String(400))
    title: Mapped[str] = mapped_column(String(400))
    sort_title: Mapped[str] = mapped_column(ORDERED)
    search_text: Mapped[str]
    original_title: Mapped[str | None] = mapped_column(String(400))
    year: Mapped[int | None]
    year_key: Mapped[int] = mapped_column(Computed("coalesce(year, 0)", persisted=True))
    """What lists sort by: unknown years and ratings as 0, which both databases order alike."""
    overview: Mapped[str | None]
    tagline: Mapped[str | None]
    runtime_minutes: Mapped[int | None]
    rating: Mapped[float | None]
    """0 to 10."""
    rating_key: Mapped[float] = mapped_column(Computed("coalesce(rating, 0)", persisted=True))
    certification: Mapped[str | None] = mapped_column(String(16))
    released: Mapped[date | None]
    poster_id: Mapped[int | None] = mapped_column(ForeignKey("images.id", ondelete="SET NULL"))
    backdrop_id: Mapped[int | None] = mapped_column(ForeignKey("images.id", ondelete="SET NULL"))
    review: Mapped[str] = mapped_column(String(10), default="ok")
    review_reason: Mapped[str | None]
    confidence: Mapped[float] = mapped_column(default=0.0)
    """0 to 1: how sure the match with the provider, or else the reading of the name, is."""
    external_ids: Mapped[dict[str, str]] = mapped_column(JSON, default=dict)
    locked: Mapped[list[str]] = mapped_column(JSON, default=list)
    hidden: Mapped[bool] = mapped_column(default=False)
    """No file is present (missing or removed) nor arriving: kept for its identity and progress."""
    arriving: Mapped[str | None] = mapped_column(String(36))
    """The job that brings its first file: it is shown before there is anything to play."""
    season_count: Mapped[int] = mapped_column(default=0)
    episode_count: Mapped[int] = mapped_column(default=0)
    refreshed_at: Mapped[datetime | None]
    added_at: Mapped[datetime]
    updated_at: Mapped[datetime]
    genres: Mapped[list["Genre"]] = relationship(secondary="title_genres", lazy=ONE)


class Genre(Base):
    """A genre by its display name."""

    __tablename__ = "genres"
    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(80), unique=True)


class TitleGenre(Base):
    """Which titles are of which genre."""

    __tablename__ = "title_genres"
    title_id: Mapped[int] = mapped_column(
        ForeignKey("titles.id", ondelete="CASCADE"), primary_key=True
    )
    genre_id: Mapped[int] = mapped_column(
        ForeignKey("genres.id", ondelete="CASCADE"), primary_key=True, index=True
    )


class Season(Base):
    """A season of a show; number 0 is the specials."""

    __tablename__ = "seasons"
    __table_args__ = (UniqueConstraint("title_id", "number"),)
    id: Mapped[int] = mapped_column(primary_key=True)
    title_id: Mapped[int] = mapped_column(ForeignKey("titles.id", ondelete="CASCADE"))
    number: Mapped[int]
    name: Mapped[str | None] = mapped_column(String(400))
    overview: Mapped[str | None]
    poster_id: Mapped[int | None] = mapped_column(ForeignKey("images.id", ondelete="SET NULL"))


class Episode(Base):
    """An episode. `number` is within its season; a daily show's is its date as YYYYMMDD."""

    __tablename__ = "episodes"
    __table_args__ = (UniqueConstraint("season_id", "number"),)
    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = mapped_column(String(7), unique=True)
    title_id: Mapped[int] = mapped_column(ForeignKey("titles.id", ondelete="CASCADE"), index=True)
    season_id: Mapped[int] = mapped_column(ForeignKey("seasons.id", ondelete="CASCADE"))
    number: Mapped[int]
    absolute: Mapped[int | None]
    name: Mapped[str | None] = mapped_column(String(400))
    search_text: Mapped[str] = mapped_column(default="")
    """Words of the name; empty for names that say nothing (“Episode 3”)."""
    overview: Mapped[str | None]
    air_date: Mapped[date | None]
    runtime_minutes: Mapped[int | None]
    still_id: Mapped[int | None] = mapped_column(ForeignKey("images.id", ondelete="SET NULL"))


class File(Base):
    """One file of a library folder: a version of a title, an episode, or an extra.

    `path` is the exact bytes of the absolute path (names need not be UTF-8); `shown_path` is for
    people. The signature is `size`, `mtime_ns` and `head_tail` (hash of the size, the first and
    the last 64 KiB): equal signatures are one file that moved. `path_key` and `folder_key` are
    hashes of both paths (`catalog.identity`), because an index cannot hold 4,096 bytes.
    `understood` is the identity read from the name, `facts_key` a hash of all that the probe and
    the name told: a rescan that finds both unchanged writes nothing.
    """

    __tablename__ = "files"
    __table_args__ = (
        UniqueConstraint("storage", "path_key"),
        Index("ix_files_folder", "root_id", "folder_key"),
        Index("ix_files_head_tail", "head_tail"),
        Index("ix_files_title", "title_id", "state"),
        Index("ix_files_state", "state", "id"),
        Index("ix_files_sort_path", "sort_path", "id"),
        Index("ix_files_added", "added_at", "id"),
    )
    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = mapped_column(String(7), unique=True)
    title_id: Mapped[int | None] = mapped_column(ForeignKey("titles.id", ondelete="SET NULL"))
    storage: Mapped[str] = mapped_column(String(40), default="local")
    root_id: Mapped[int | None]
    """The library folder of `ingest` it was found in."""
    folder: Mapped[bytes] = mapped_column(LargeBinary)
    """The folder relative to the library folder, exact bytes; empty for the top."""
    folder_key: Mapped[bytes] = mapped_column(LargeBinary)
    path: Mapped[bytes] = mapped_column(LargeBinary)
    path_key: Mapped[bytes] = mapped_column(LargeBinary)
    shown_path: Mapped[str]
    sort_path: Mapped[str] = mapped_column(ORDERED)
    """The end of the path, folder and name, folded: what lists sort by."""
    size: Mapped[int] = mapped_column(BigInteger)
    mtime_ns: Mapped[int] = mapped_column(BigInteger)
    head_tail: Mapped[str] = mapped_column(String(32))
    state: Mapped[str] = mapped_column(String(8), default="present")
    """`present`, `missing` (vanished from the disk), `failed` (cannot be read as media) or
    `removed` (taken out by a person, kept so that the next scan does not bring it back)."""
    role: Mapped[str] = mapped_column(String(8), default="main")
    """`main`, `extra`, `trailer` or `sample`."""
    error: Mapped[str | None]
    container: Mapped[str | None] = mapped_column(String(40))
    duration: Mapped[float | None]
    bitrate: Mapped[int | None] = mapped_column(BigInteger)
    season_number: Mapped[int | None]
    part: Mapped[str | None] = mapped_column(String(40))
    edition: Mapped[str | None] = mapped_column(String(80))
    resolution: Mapped[str | None] = mapped_column(String(16))
    source: Mapped[str | None] = mapped_column(String(40))
    release_group: Mapped[str | None] = mapped_column(String(80))
    understood: Mapped[str] = mapped_column(default="")
    facts_key: Mapped[str] = mapped_column(String(32), default="")
    probe_facts: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    """`chapters`, `attachments`, `tags`, `cover` and `truncated` as `ingest.probe` gives them."""
    sha256: Mapped[str | None] = mapped_column(String(64), index=True)
    """Of the whole content, where it was computed: what came by a job has it, a scan does not."""
    oshash: Mapped[str | None] = mapped_column(String(16))
    """Size plus the sums of both ends, as OpenSubtitles defines it."""
    added_at: Mapped[datetime]
    updated_at: Mapped[datetime]
    streams: Mapped[list["Stream"]] = relationship(lazy=ONE, order_by="Stream.index")


class FileCopy(Base):
    """A further copy of a file's bytes: in another storage, or on a mirror.

    `place` is the name of a storage or mirror plugin, `key` its key or id there. `state` is `ok`,
    `missing`, `damaged` or `unchecked`; reading falls over to what is `ok`, in the order of `id`,
    as long as `sha256` is that of the file: a file that was replaced has no copies of worth.
    """

    __tablename__ = "file_copies"
    __table_args__ = (
        UniqueConstraint("file_id", "place"),
        Index("ix_file_copies_checked", "checked_at", "id"),
    )
    id: Mapped[int] = mapped_column(primary_key=True)
    file_id: Mapped[int] = mapped_column(ForeignKey("files.id", ondelete="CASCADE"))
    kind: Mapped[str] = mapped_column(String(8))
    """`storage` or `mirror`."""
    place: Mapped[str] = mapped_column(String(40))
    key: Mapped[bytes] = mapped_column(LargeBinary)
    url: Mapped[str | None]
    """The public address, where the mirror gives one."""
    size: Mapped[int] = mapped_column(BigInteger)
    sha256: Mapped[str | None] = mapped_column(String(64))
    """Of the content that was copied."""
    state: Mapped[str] = mapped_column(String(10), default="unchecked")
    added_at: Mapped[datetime]
    checked_at: Mapped[datetime | None]


class FileEpisode(Base):
    """Which episodes a file holds, in order (a double episode holds two)."""

    __tablename__ = "file_episodes"
    file_id: Mapped[int] = mapped_column(
        ForeignKey("files.id", ondelete="CASCADE"), primary_key=True
    )
    episode_id: Mapped[int] = mapped_column(
        ForeignKey("episodes.id", ondelete="CASCADE"), primary_key=True, index=True
    )
    position: Mapped[int] = mapped_column(default=0)


class Stream(Base):
    """One video, audio, subtitle or attachment stream of a file."""

    __tablename__ = "streams"
    file_id: Mapped[int] = mapped_column(
        ForeignKey("files.id", ondelete="CASCADE"), primary_key=True
    )
    index: Mapped[int] = mapped_column(primary_key=True)
    type: Mapped[str] = mapped_column(String(12))
    codec: Mapped[str | None] = mapped_column(String(40))
    profile: Mapped[str | None] = mapped_column(String(40))
    level: Mapped[int | None]
    width: Mapped[int | None]
    height: Mapped[int | None]
    fps: Mapped[float | None]
    bit_depth: Mapped[int | None]
    hdr: Mapped[str | None] = mapped_column(String(16))
    channels: Mapped[int | None]
    sample_rate: Mapped[int | None]
    bitrate: Mapped[int | None] = mapped_column(BigInteger)
    language: Mapped[str | None] = mapped_column(String(16))
    title: Mapped[str | None] = mapped_column(String(400))
    default: Mapped[bool] = mapped_column(default=False)
    forced: Mapped[bool] = mapped_column(default=False)
    details: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    """Rarer facts: rotation, pixel format, colour, channel layout, dispositions."""


class Person(Base):
    """Somebody in cast or crew."""

    __tablename__ = "people"
    __table_args__ = (Index("ix_people_name", "name"),)
    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = mapped_column(String(7), unique=True)
    match_key: Mapped[str] = mapped_column(String(400), unique=True)
    """`provider:id` where a provider named the person, else `name:` + folded name."""
    name: Mapped[str] = mapped_column(String(400))
    search_text: Mapped[str]
    photo_id: Mapped[int | None] = mapped_column(ForeignKey("images.id", ondelete="SET NULL"))


class Credit(Base):
    """A person's part in a title: `job` is `actor`, `director`, `writer` and so on."""

    __tablename__ = "credits"
    __table_args__ = (UniqueConstraint("title_id", "person_id", "job", "character"),)
    id: Mapped[int] = mapped_column(primary_key=True)
    title_id: Mapped[int] = mapped_column(ForeignKey("titles.id", ondelete="CASCADE"))
    person_id: Mapped[int] = mapped_column(ForeignKey("people.id", ondelete="CASCADE"), index=True)
    job: Mapped[str] = mapped_column(String(40))
    character: Mapped[str] = mapped_column(String(400), default="")
    position: Mapped[int] = mapped_column(default=0)


class Collection(Base):
    """A named set of titles."""

    __tablename__ = "collections"
    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = mapped_column(String(7), unique=True)
    name: Mapped[str] = mapped_column(String(400))
    overview: Mapped[str | None]
    match_key: Mapped[str] = mapped_column(String(400), unique=True)


class CollectionItem(Base):
    """A title's place in a collection."""

    __tablename__ = "collection_items"
    collection_id: Mapped[int] = mapped_column(
        ForeignKey("collections.id", ondelete="CASCADE"), primary_key=True
    )
    title_id: Mapped[int] = mapped_column(
        ForeignKey("titles.id", ondelete="CASCADE"), primary_key=True, index=True
    )
    position: Mapped[int] = mapped_column(default=0)


class Image(Base):
    """A picture kept in the data folder under its content hash, wherever it came from.

    `origin` is `local` (beside the file), `embedded`, `generated` (a frame), `provider`, `person`
    (uploaded). `source` says where from, for refresh: a path or a URL.
    """

    __tablename__ = "images"
    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = mapped_column(String(7), unique=True)
    sha256: Mapped[str] = mapped_column(String(64), index=True)
    origin: Mapped[str] = mapped_column(String(10))
    source: Mapped[str]
    width: Mapped[int]
    height: Mapped[int]
    colour: Mapped[str | None] = mapped_column(String(7))
    """The dominant colour as `#rrggbb`, shown while the picture loads."""
    added_at: Mapped[datetime]


class Tally(Base):
    """How many visible titles a list holds, so that no page has to count a million rows.

    The sum of `number` over the rows of a kind and facet. Triggers (migration 0002) write it in
    the transaction that changes the title. `facet` is `all`, `year:1999`, `genre:12`,
    `both:12:1999` (a genre in a year) or `review`; for kind `file` it is the file's state.
    """

    __tablename__ = "tallies"
    __table_args__ = (Index("ix_tallies_facet", "kind", "facet"),)
    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(String(8))
    facet: Mapped[str] = mapped_column(String(40))
    number: Mapped[int] = mapped_column(BigInteger)


class Spelling(Base):
    """A word of the index under each spelling with one letter left out, and under its own.

    Two words with a spelling in common are a typing mistake apart: a search that finds nothing
    looks its own words up here (the symmetric delete method).
    """

    __tablename__ = "spellings"
    __table_args__ = {"sqlite_with_rowid": False}
    spelling: Mapped[str] = mapped_column(String(24), primary_key=True)
    word: Mapped[str] = mapped_column(String(24), primary_key=True)
