"""Pictures over HTTP: `/api/proxy/image/{id}`."""

from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Query, Request, Response
from pydantic import BaseModel, Field
from sqlalchemy import select

from shadow.catalog.artwork_variants import ImageMissing, Variants, rung
from shadow.catalog.models import Image
from shadow.catalog.settings import CatalogSettings
from shadow.kit.ids import is_public_id
from shadow.kit.preconditions import failed_precondition
from shadow.runtime.context import Runtime
from shadow.runtime.web import CurrentRuntime, Viewer

router = APIRouter(tags=["catalog"])
FOR_EVER = "private, max-age=31536000, immutable"
"""A picture's id names one content for good; a changed picture gets another id."""


class ImageQuery(BaseModel):
    """How large and how good a picture should be."""

    width: int | None = Field(
        default=None,
        ge=1,
        le=10_000,
        description="Rounded up to 160, 320, 480, 780, 1280 or 1920; a picture is never enlarged.",
    )
    quality: Literal["full", "saver"] = Field(
        default="full", description="`saver`: about 80 % fewer bytes."
    )


async def current_variants(request: Request, runtime: CurrentRuntime) -> Variants:
    """Return the variants of the application, made with its first picture."""
    state = request.app.state
    if not hasattr(state, "image_variants"):
        bound = runtime.settings.group(CatalogSettings).image_cache_bytes
        data_dir = runtime.settings.core.data_dir
        state.image_variants = Variants(data_dir, runtime.workers, max_bytes=bound)
    variants: Variants = state.image_variants
    return variants


@router.get(
    "/api/proxy/image/{image_id}",
    response_class=Response,
    responses={200: {"content": {"image/webp": {}}}, 304: {"description": "Unchanged."}},
)
async def show_image(
    image_id: str,
    asked: Annotated[ImageQuery, Query()],
    request: Request,
    runtime: CurrentRuntime,
    variants: Annotated[Variants, Depends(current_variants)],
    _: Viewer,
) -> Response:
    """Answer a picture as WebP, to be kept for ever: another picture has another id."""
    sha256 = await _content_of(runtime, image_id)
    width = rung(asked.width)
    etag = f'"{variants.name(sha256, width, asked.quality)}"'
    headers = {"ETag": etag, "Cache-Control": FOR_EVER, "Vary": "Cookie, Authorization"}
    known = request.headers.get("if-none-match")
    if known is not None and failed_precondition({"if-none-match": known}, etag, 0):
        return Response(status_code=304, headers=headers)
    picture = await variants.get(sha256, width, asked.quality)
    return Response(picture, media_type="image/webp", headers=headers)


async def _content_of(runtime: Runtime, image_id: str) -> str:
    """Return a picture's hash, in a session of its own: rendering may take a while."""
    found = None
    if is_public_id(image_id):
        async with runtime.database.session() as session:
            found = await session.scalar(select(Image.sha256).where(Image.public_id == image_id))
    if found is None:
        raise ImageMissing("There is no such picture.")
    return found
