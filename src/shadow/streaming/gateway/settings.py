"""Settings of the gateway: `SHADOW_GATEWAY__…`."""

import ipaddress
import re
from typing import Annotated, Final

from pydantic import BaseModel, Field, field_validator
from pydantic_settings import NoDecode

from shadow.runtime.settings import comma_separated

_HOST: Final = re.compile(r"([A-Za-z0-9_.-]{1,253}|\[[0-9A-Fa-f:.]{2,45}\]):[0-9]{1,5}")
_MOST_SOCKET: Final = 107
"""Bytes of a Unix socket's path, by Linux."""


class GatewaySettings(BaseModel):
    """An nginx in front, as `shadow gateway` sets it up."""

    upstreams: Annotated[tuple[str, ...], NoDecode] = Field(
        default=("127.0.0.1:8470",),
        description="Comma-separated addresses of `shadow serve`, as nginx reaches them: "
        "`host:port` or `unix:/path`.",
    )
    stream_upstreams: Annotated[tuple[str, ...], NoDecode] = Field(
        default=(),
        description="Comma-separated addresses of `shadow serve --role stream`, which send the "
        "bytes of files and HLS. Empty: the server does.",
    )
    cache_dir: str = Field(
        default="/var/cache/shadow-gateway",
        description="Folder by absolute path where nginx keeps what it fetched from storages far "
        "away. `shadow gateway purge` looks there too.",
    )
    cache_bytes: int = Field(
        default=20 << 30,
        ge=64 << 20,
        description="Bytes nginx keeps there, 20 GiB unless said otherwise. The least recently "
        "used go first.",
    )
    local_files: bool = Field(
        default=True,
        description="Whether nginx sends files of library folders itself: it must run on this "
        "machine and may read them. What it cannot open comes from the server.",
    )
    trusted_proxies: Annotated[tuple[str, ...], NoDecode] = Field(
        default=(),
        description="Comma-separated addresses or networks of proxies in front of nginx, whose "
        "`X-Forwarded-For` and `X-Forwarded-Proto` it believes. None by default.",
    )

    @field_validator("upstreams", "stream_upstreams", "trusted_proxies", mode="before")
    @classmethod
    def _split(cls, value: object) -> object:
        return comma_separated(value)

    @field_validator("upstreams")
    @classmethod
    def _not_empty(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        if not value:
            raise ValueError("names at least one server")
        return value

    @field_validator("upstreams", "stream_upstreams")
    @classmethod
    def _addresses(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        for address in value:
            if not is_socket_path(address) and not _HOST.fullmatch(address):
                raise ValueError(f"is a list of host:port or unix:/path, not {address!r}")
        return value

    @field_validator("cache_dir")
    @classmethod
    def _absolute(cls, value: str) -> str:
        if not value.startswith("/") or "\0" in value or not value.strip("/"):
            raise ValueError("is the absolute path of a folder")
        return value.rstrip("/")

    @field_validator("trusted_proxies")
    @classmethod
    def _networks(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(str(ipaddress.ip_network(network, strict=False)) for network in value)


def is_socket_path(address: str) -> bool:
    """Tell whether an address is `unix:` and the absolute path of a socket."""
    path = address.removeprefix("unix:")
    return (
        path != address
        and path.startswith("/")
        and not set("\0\n\r") & set(path)
        and len(path.encode(errors="surrogateescape")) <= _MOST_SOCKET
    )
