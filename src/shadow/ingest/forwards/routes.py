"""HTTP of what lies in Telegram channels: have one message catalogued."""

from fastapi import APIRouter
from pydantic import BaseModel, Field

from shadow.ingest.forwards.indexing import start_post
from shadow.ingest.forwards.links import read_post
from shadow.ingest.leeching.errors import LinkRefused
from shadow.ingest.schemas import JobStarted
from shadow.runtime.web import CurrentRuntime, Editor

router = APIRouter(tags=["telegram"])


class PostIn(BaseModel):
    """A message of a channel that this server's accounts can read."""

    link: str = Field(
        min_length=1, max_length=200, description="Such as `https://t.me/c/1234567890/5`."
    )


@router.post("/api/telegram/index", status_code=202, name="index_telegram_message")
async def index_telegram_message(
    body: PostIn, caller: Editor, runtime: CurrentRuntime
) -> JobStarted:
    """Catalogue the file of a Telegram message where it lies. Follow it as a job."""
    post = read_post(body.link)
    if post is None:
        raise LinkRefused("Give the link of a message, such as https://t.me/c/1234567890/5.")
    return JobStarted(id=await start_post(runtime, post, user_id=caller.user_id))
