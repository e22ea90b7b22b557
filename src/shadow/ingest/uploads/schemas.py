"""What is told of uploads over HTTP."""

from datetime import datetime

from pydantic import BaseModel, Field


class UploadOut(BaseModel):
    """An upload of the caller. Sizes are bytes."""

    id: str
    name: str
    size: int
    received: int
    job_id: str | None = Field(description="The job that makes a title of it, once it is whole.")
    expires_at: datetime = Field(description="When it is deleted unless more of it comes.")


class UploadList(BaseModel):
    """Newest first. One whose job is done is not listed any more."""

    items: list[UploadOut]
