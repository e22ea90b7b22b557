"""What streaming takes and answers over HTTP."""

from datetime import datetime

from pydantic import BaseModel, Field

from shadow.catalog.service import TitleCard


class SignIn(BaseModel):
    """The file to sign a link for."""

    file_id: str = Field(max_length=7)


class SignOut(BaseModel):
    """A link that needs no credential until it expires."""

    url: str = Field(examples=["/stream/Ab3dE9x?md5=_e4Nc3iduzkWRm01TBBNYw&expires=1790000000"])


class ProgressIn(BaseModel):
    """Where playback stands, in seconds."""

    position: float = Field(ge=0, le=10_000_000)
    duration: float = Field(gt=0, le=10_000_000)


class ProgressOut(BaseModel):
    """Progress of one playable thing: a film, or an episode of a show."""

    title_id: str
    episode_id: str | None
    file_id: str | None
    position: float
    duration: float
    watched: bool
    updated_at: datetime


class TitleProgress(BaseModel):
    """All progress within a title, and what to play next."""

    items: list[ProgressOut]
    next_file_id: str | None = Field(description="What “play” should play.")
    next_episode_id: str | None


class WatchedIn(BaseModel):
    """Mark a whole title, or one episode, as watched or not."""

    watched: bool
    episode_id: str | None = Field(default=None, max_length=7)


class ContinueItem(BaseModel):
    """One entry of “continue watching”. `position` 0 means the next episode, not yet begun."""

    title: TitleCard
    file_id: str
    episode_id: str | None
    season: int | None
    episode: int | None
    episode_title: str | None
    still: str | None
    position: float
    duration: float
    updated_at: datetime


class ContinueList(BaseModel):
    """Most recent first."""

    items: list[ContinueItem]
