"""Settings from the environment (`SHADOW_…`, nested `__`) and `shadow.toml`, checked at start."""

import os
import secrets
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, TypeVar

from pydantic import BaseModel, Field, SecretStr, ValidationError, create_model, field_validator
from pydantic_settings import (
    BaseSettings,
    NoDecode,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    TomlConfigSettingsSource,
)

from shadow.kit.errors import Kind, ShadowError
from shadow.runtime.files import make_once

Group = TypeVar("Group", bound=BaseModel)
DATABASE_SCHEMES = ("sqlite+aiosqlite://", "postgresql+psycopg://")


class SettingsInvalid(ShadowError):
    """A setting is missing, of the wrong type or out of range; the message names it."""

    kind = Kind.invalid
    code = "runtime.settings_invalid"


class CoreSettings(BaseModel):
    """What every part of Shadow Systems needs to know."""

    data_dir: Path = Field(
        default=Path(".shadow"),
        description="Folder for the database, artwork, caches and keys. Back this up.",
    )
    database_url: str = Field(
        default="",
        description="`sqlite+aiosqlite:///file` or `postgresql+psycopg://user:pass@host/name`. "
        "Empty: a SQLite file in the data folder.",
    )
    redis_url: str = Field(
        default="",
        description="`redis://host:6379/0`, needed only to run on several machines.",
    )
    secret_key: SecretStr = Field(
        default=SecretStr(""),
        description="Signs links, at least 32 characters. Empty: one is made at the first start "
        "and kept in the data folder, readable by its owner alone.",
    )
    public_url: str = Field(
        default="",
        description="Address that people use, such as `https://media.example.org`. Empty: the "
        "address the server listens on.",
    )
    generate_samples: bool = Field(
        default=False,
        description="Cut a sample of 30 seconds from each film that is added by link or upload.",
    )
    log_format: str = Field(
        default="auto",
        pattern="^(auto|json|console)$",
        description="`json`, `console`, or `auto`: console on a terminal, JSON elsewhere.",
    )
    log_level: str = Field(
        default="info",
        pattern="^(debug|info|warning|error)$",
        description="Least severe log line that is written.",
    )
    trusted_proxies: Annotated[tuple[str, ...], NoDecode] = Field(
        default=(),
        description="Comma-separated addresses of reverse proxies whose `X-Forwarded-*` headers "
        "are believed. None by default.",
    )

    @field_validator("trusted_proxies", mode="before")
    @classmethod
    def _split(cls, value: object) -> object:
        return comma_separated(value)

    @field_validator("database_url")
    @classmethod
    def _known_database(cls, value: str) -> str:
        if value and not value.startswith(DATABASE_SCHEMES):
            raise ValueError(f"starts with one of: {', '.join(DATABASE_SCHEMES)}")
        return value

    @field_validator("public_url")
    @classmethod
    def _http_address(cls, value: str) -> str:
        if value and not value.startswith(("http://", "https://")):
            raise ValueError("starts with http:// or https://")
        return value.rstrip("/")

    @field_validator("secret_key")
    @classmethod
    def _long_enough(cls, value: SecretStr) -> SecretStr:
        if 0 < len(value.get_secret_value()) < 32:
            raise ValueError("has at least 32 characters")
        return value


def comma_separated(value: object) -> object:
    """Split text at commas, dropping blanks; leave anything else to validation."""
    if isinstance(value, str):
        return tuple(part.strip() for part in value.split(",") if part.strip())
    return value


@dataclass(frozen=True, slots=True)
class Settings:
    """Core settings and one validated group a slice or plugin."""

    core: CoreSettings
    groups: Mapping[type[BaseModel], BaseModel]

    def group(self, model: type[Group]) -> Group:
        """Return the group of this type, as validated at start."""
        found = self.groups[model]
        assert isinstance(found, model)
        return found

    @property
    def database_url(self) -> str:
        """The database to use: the setting, or a SQLite file in the data folder."""
        default = f"sqlite+aiosqlite:///{self.core.data_dir / 'shadow.sqlite'}"
        return self.core.database_url or default


class _Sources(BaseSettings):
    model_config = SettingsConfigDict(
        env_prefix="SHADOW_",
        env_nested_delimiter="__",
        extra="ignore",
        nested_model_default_partial_update=True,
    )

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Order: command line, environment, `shadow.toml` in the data folder."""
        given = init_settings().get("data_dir") or os.environ.get("SHADOW_DATA_DIR") or ".shadow"
        toml = TomlConfigSettingsSource(settings_cls, Path(given).expanduser() / "shadow.toml")
        return (init_settings, env_settings, toml)


def load_settings(
    groups: Mapping[str, type[BaseModel]], *, given: Mapping[str, Any] | None = None
) -> Settings:
    """Read and check all settings.

    Args:
        groups: each group's model under its prefix: `{"streaming": StreamingSettings}` is filled
            from `SHADOW_STREAMING__…`.
        given: values that win over everything, such as command-line options.

    Raises:
        SettingsInvalid: one line that names each wrong setting and says why.
    """
    fields: dict[str, Any] = {
        name: (model, Field(default_factory=model)) for name, model in groups.items()
    }
    whole: Any = create_model("AllSettings", __base__=(_Sources, CoreSettings), **fields)
    try:
        loaded = whole(**(given or {}))
    except ValidationError as error:
        raise SettingsInvalid("; ".join(_explain(part) for part in error.errors())) from None
    except (tomllib.TOMLDecodeError, OSError, UnicodeDecodeError) as error:
        raise SettingsInvalid(f"shadow.toml cannot be read: {error}") from None
    except Exception as error:  # pydantic-settings raises its own for JSON it cannot parse
        raise SettingsInvalid(str(error).splitlines()[0]) from None
    core = CoreSettings.model_construct(
        **{n: getattr(loaded, n) for n in CoreSettings.model_fields}
    )
    core = core.model_copy(update={"data_dir": core.data_dir.expanduser().resolve()})
    return Settings(core=core, groups={model: getattr(loaded, n) for n, model in groups.items()})


def _explain(error: Any) -> str:
    name = "SHADOW_" + "__".join(str(part) for part in error["loc"]).upper()
    reason = error["msg"].removeprefix("Value error, ")
    return f"{name}: {reason[0].lower()}{reason[1:]}"


def secret_key(core: CoreSettings) -> bytes:
    """Return the signing key: the setting, or one made once and kept in the data folder.

    Raises:
        SettingsInvalid: the data folder cannot hold the key.
    """
    if core.secret_key.get_secret_value():
        return core.secret_key.get_secret_value().encode()
    try:
        return make_once(core.data_dir / "secret.key", secrets.token_urlsafe(48)).encode()
    except OSError as error:
        raise SettingsInvalid(
            f"SHADOW_DATA_DIR: {core.data_dir} cannot be written: {error.strerror}"
        ) from None
