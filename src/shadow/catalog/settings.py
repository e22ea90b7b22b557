"""Settings of the catalogue."""

from pydantic import BaseModel, Field


class CatalogSettings(BaseModel):
    """How much artwork is kept, and how eagerly metadata is looked up."""

    image_cache_bytes: int = Field(
        default=1 << 30,
        ge=1 << 20,
        description="Most bytes of made-to-measure pictures kept on disk; those not asked for "
        "longest go first. A poster in a row is about 15 kB.",
    )
    lookups_at_once: int = Field(
        default=4,
        ge=1,
        le=32,
        description="Titles looked up at the same time; the provider's own pace holds besides.",
    )
    retry_days: int = Field(
        default=7,
        ge=1,
        le=365,
        description="Days until a title that no provider knew is looked up again by itself.",
    )
