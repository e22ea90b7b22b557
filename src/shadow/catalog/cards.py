"""A title as a poster in a row: the one shape of it that other slices show too (by `service`)."""

from datetime import datetime
from typing import Literal

from pydantic import BaseModel, Field

TitleKind = Literal["movie", "show", "book", "audio"]


class ImageOut(BaseModel):
    """A picture. `generated` ones are frames of the film: clients draw the title over them."""

    url: str = Field(examples=["/api/proxy/image/Ab3dE9x"])
    colour: str | None = Field(description="Dominant colour, #rrggbb.")
    generated: bool


class TitleCard(BaseModel):
    """What a poster in a row needs."""

    id: str = Field(description="7-character public id.")
    title: str
    year: int | None
    kind: TitleKind
    poster: str | None = Field(description="URL of the poster.")
    artwork: ImageOut | None = Field(description="The poster with its colour and origin.")
    backdrop: str | None
    runtime_minutes: int | None
    rating: float | None
    genres: list[str]
    seasons: int | None = Field(description="Number of seasons, for shows.")
    episodes: int | None = Field(description="Number of episodes with a file, for shows.")
    review: Literal["ok", "unmatched", "doubtful"]
    arriving: bool = Field(
        default=False, description="Its first file is on its way: there is nothing to play yet."
    )
    added_at: datetime
