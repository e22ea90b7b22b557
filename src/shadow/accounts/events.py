"""What accounts tell the slices above, after the commit."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class AccessEnded:
    """A user was banned or deleted: close whatever they hold open."""

    user_id: int
