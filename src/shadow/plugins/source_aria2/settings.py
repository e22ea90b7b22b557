"""Settings of aria2: `SHADOW_ARIA2__…`."""

from pydantic import BaseModel, Field


class Aria2Settings(BaseModel):
    """The program, and how hard it may try."""

    program: str = Field(
        default="",
        description="Absolute path of `aria2c`. Empty: the system's, if it is installed.",
    )
    connections: int = Field(
        default=4,
        ge=1,
        le=16,
        description="Connections to one server for one file.",
    )
    timeout_seconds: int = Field(
        default=30,
        ge=1,
        le=600,
        description="Longest silence of a server, in seconds; three of them end a download.",
    )
    peer_seconds: int = Field(
        default=300,
        ge=1,
        le=86_400,
        description="A torrent that gets nothing for so many seconds is given up.",
    )
    max_files: int = Field(
        default=2_000,
        ge=1,
        le=20_000,
        description="Most files that a torrent may hold.",
    )
    seed_minutes: float = Field(
        default=0.0,
        ge=0,
        le=100_000,
        description="Minutes that a finished torrent is shared before its job goes on. 0: never.",
    )
    dht: bool = Field(
        default=True,
        description="Find peers of torrents by the distributed hash table too.",
    )
    listen_ports: str = Field(
        default="6881-6999",
        pattern=r"^[0-9]{4,5}(-[0-9]{4,5})?$",
        description="Ports on which peers of torrents may connect, and the hash table listens.",
    )
    torrents_beside_proxy: bool = Field(
        default=False,
        description="Fetch torrents although SHADOW_NETWORK__PROXY is set: peers are reached "
        "directly, so that they see this machine's own address.",
    )
