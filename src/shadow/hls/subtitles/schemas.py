"""Subtitles as HTTP shows them."""

from pydantic import BaseModel, Field

from shadow.hls.ports import FoundSubtitle
from shadow.hls.subtitles.tracks import Format, Origin, SubtitleTrack, track_url


class SubtitleOut(BaseModel):
    """A subtitle of a file."""

    id: str = Field(description="`e3`: stream 3 of the file; `xAbc1234`: a file of its own.")
    index: int | None
    language: str | None = Field(description="BCP 47 tag.")
    title: str | None
    format: Format = Field(description="How `url` gives it.")
    text: bool = Field(description="It is to be had as WebVTT too: the same address with `.vtt`.")
    forced: bool
    sdh: bool
    default: bool
    url: str | None
    origin: Origin

    @staticmethod
    def of(file_id: str, track: SubtitleTrack) -> "SubtitleOut":
        """Return a track as it is shown; `file_id` is the file's public id."""
        return SubtitleOut(
            id=track.id,
            index=track.index,
            language=track.language,
            title=track.title,
            format=track.format,
            text=track.text,
            forced=track.forced,
            sdh=track.sdh,
            default=track.default,
            url=track_url(file_id, track),
            origin=track.origin,
        )


class FontOut(BaseModel):
    """A font that the file carries for its styled subtitles."""

    name: str
    url: str


class FoundOut(BaseModel):
    """A subtitle that a provider has."""

    provider: str
    id: str
    name: str
    language: str | None
    forced: bool
    sdh: bool
    exact: bool = Field(description="Made for this very file.")
    machine: bool = Field(description="Translated by a program.")
    downloads: int | None

    @staticmethod
    def of(found: FoundSubtitle) -> "FoundOut":
        """Return a find as it is shown."""
        return FoundOut(
            provider=found.provider,
            id=found.id,
            name=found.name,
            language=found.language,
            forced=found.forced,
            sdh=found.sdh,
            exact=found.exact,
            machine=found.machine,
            downloads=found.downloads,
        )


class FetchIn(BaseModel):
    """Which find to take."""

    provider: str = Field(max_length=40)
    id: str = Field(min_length=1, max_length=200)


class UploadQuery(BaseModel):
    """What is said of an upload beside its bytes. What is left out is read from the name."""

    name: str = Field(
        default="",
        max_length=400,
        description="The file's name, such as `Film.de.forced.srt`. Of a form, the part's own.",
    )
    language: str | None = Field(default=None, max_length=40, description="BCP 47 tag.")
    title: str | None = Field(default=None, max_length=400)
    forced: bool | None = None
    sdh: bool | None = None
