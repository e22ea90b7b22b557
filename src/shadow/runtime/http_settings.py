"""Settings of outgoing requests: the group `network`."""

from typing import Annotated

from pydantic import BaseModel, Field, SecretStr, field_validator
from pydantic_settings import NoDecode

from shadow.runtime.addresses import Network, parse_networks
from shadow.runtime.settings import comma_separated
from shadow.runtime.upstream import Upstream, parse_upstream


class NetworkSettings(BaseModel):
    """Which networks outgoing requests may reach, and how long they may take."""

    allow_private: Annotated[tuple[str, ...], NoDecode] = Field(
        default=(),
        description="Comma-separated networks, such as `192.168.1.0/24,fd00::/8`, that outgoing "
        "requests may reach although they are not public. None by default: an address in "
        "somebody's feed or playlist must not become a way into the home network.",
    )
    connect_seconds: float = Field(
        default=5.0,
        gt=0,
        le=120,
        description="Longest wait for a connection, in seconds; each address of a host gets it.",
    )
    read_seconds: float = Field(
        default=15.0,
        gt=0,
        le=600,
        description="Longest silence of a server, in seconds, before it counts as gone.",
    )
    total_seconds: float = Field(
        default=60.0,
        gt=0,
        le=3600,
        description="Longest time for a whole request, redirects included, in seconds: stops "
        "servers that send one byte at a time.",
    )

    proxy: SecretStr = Field(
        default=SecretStr(""),
        description="Proxy that every outgoing connection of this process goes through: "
        "`socks5://user:password@host:1080` or `http://host:3128`. Names are looked up and judged "
        "here, and the proxy is asked for the address. Each worker may have its own.",
    )

    @field_validator("proxy")
    @classmethod
    def _is_a_proxy(cls, value: SecretStr) -> SecretStr:
        if value.get_secret_value():
            parse_upstream(value.get_secret_value())
        return value

    @property
    def upstream(self) -> Upstream | None:
        """The proxy of `proxy`, parsed."""
        text = self.proxy.get_secret_value()
        return parse_upstream(text) if text else None

    @field_validator("allow_private", mode="before")
    @classmethod
    def _split(cls, value: object) -> object:
        return comma_separated(value)

    @field_validator("allow_private")
    @classmethod
    def _are_networks(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        parse_networks(value)
        return value

    @property
    def allowed_networks(self) -> tuple[Network, ...]:
        """The networks of `allow_private`, parsed."""
        return parse_networks(self.allow_private)
