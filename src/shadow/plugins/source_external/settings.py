"""Settings of the operator's own programs: `SHADOW_EXTERNAL__…`."""

import json
import re
from typing import Annotated, Any

from pydantic import BaseModel, Field, field_validator
from pydantic_settings import NoDecode

PLACEHOLDERS = ("{url}", "{query}")
HOST = r"(\*\.)?[a-z0-9]([a-z0-9.-]*[a-z0-9])?"


class Command(BaseModel):
    """A program that prints links."""

    name: str = Field(
        pattern=r"^[a-z0-9][a-z0-9_-]{0,31}$",
        description="What links call it: `external:NAME?WORDS`.",
    )
    match: tuple[str, ...] = Field(
        default=(),
        description="Hosts whose http and https links it is given too: `example.org`, or "
        "`*.example.org` with all below it.",
    )
    command: tuple[str, ...] = Field(
        min_length=1,
        description="The program, by absolute path or by name, and its arguments. `{url}` stands "
        "for the link and `{query}` for the words of an `external:` link, each as an argument of "
        "its own. There is no shell.",
    )
    timeout: float = Field(
        default=60.0, gt=0, le=3600, description="Longest time that it may take, in seconds."
    )

    @field_validator("match", mode="before")
    @classmethod
    def _one_or_many(cls, value: object) -> object:
        return (value,) if isinstance(value, str) else value

    @field_validator("match")
    @classmethod
    def _are_hosts(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        for one in value:
            if not re.fullmatch(HOST, one):
                raise ValueError(f"{one!r} is no host such as example.org or *.example.org")
        return value

    @field_validator("command")
    @classmethod
    def _stand_alone(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        if value[0] in PLACEHOLDERS or not any(one in PLACEHOLDERS for one in value):
            raise ValueError("has {url} or {query} among its arguments")
        for one in value:
            if one not in PLACEHOLDERS and any(held in one for held in PLACEHOLDERS):
                raise ValueError(f"{one!r}: {{url}} and {{query}} are arguments of their own")
            if "\0" in one:
                raise ValueError("holds no NUL")
        return value


class ExternalSettings(BaseModel):
    """The programs."""

    commands: Annotated[tuple[Command, ...], NoDecode] = Field(
        default=(),
        description="Programs that find media, as a JSON list, or one JSON object a line: "
        '`{"name": "anime", "command": ["/usr/local/bin/find-anime", "--", "{query}"]}`. Further '
        "fields: `match` (hosts), `timeout` (seconds). Their requests go through the filtering "
        "proxy if they heed `http_proxy` and `https_proxy`.",
    )

    @field_validator("commands", mode="before")
    @classmethod
    def _read(cls, value: object) -> object:
        if not isinstance(value, str):
            return value
        try:
            if value.lstrip().startswith("["):
                return json.loads(value)
            return [json.loads(line) for line in value.splitlines() if line.strip()]
        except json.JSONDecodeError as error:
            raise ValueError(f"is a JSON list, or one JSON object a line: {error}") from None

    @field_validator("commands")
    @classmethod
    def _named_once(cls, value: tuple[Command, ...]) -> tuple[Command, ...]:
        names: list[Any] = [one.name for one in value]
        if len(set(names)) < len(names):
            raise ValueError("has no name twice")
        return value
