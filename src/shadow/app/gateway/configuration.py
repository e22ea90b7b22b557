"""Write nginx's configuration: `http_block` for a machine's own nginx, `whole` for one of ours.

Every location that hands on requests names all their headers: nginx drops inherited ones as soon
as a location has one of its own, and a client's copy of ours must never come through.
"""

import re
from dataclasses import dataclass
from string import Template
from typing import Final
from urllib.parse import urlsplit

from shadow.app.gateway import pieces
from shadow.app.gateway.quoting import indented, literal, quoted
from shadow.kit.errors import Kind, ShadowError
from shadow.runtime.problems import problem_of
from shadow.runtime.settings import CoreSettings, Settings, SettingsInvalid
from shadow.runtime.web import SECURITY_HEADERS
from shadow.storage.service import managed_folder
from shadow.streaming.errors import LinkExpired, LinkInvalid
from shadow.streaming.service import (
    GatewaySettings,
    StreamingSettings,
    gateway_secrets,
    link_secret,
)

_LISTEN: Final = re.compile(
    r"(?:(?:[A-Za-z0-9_.-]{1,253}|\*|\[[0-9A-Fa-f:.]{2,45}\]):)?[0-9]{1,5}|unix:/[\x21-\x7e]{1,100}"
)
_SERVER_NAME: Final = re.compile(r"[A-Za-z0-9.-]{1,253}")
_KEYS_PER_MIB: Final = 4000
"""Half the cache keys that fit in one MiB of nginx's shared memory by its documentation."""
_MOST_KEYS_MIB: Final = 1024


class Away(ShadowError):
    """The gateway cannot reach the server."""

    kind = Kind.unavailable
    code = "app.gateway_upstream_away"


@dataclass(frozen=True, slots=True)
class Gateway:
    """What the configuration is made from."""

    settings: Settings
    secret_key: bytes
    listen: tuple[str, ...] = ("80",)

    @property
    def chosen(self) -> GatewaySettings:
        """The group of settings that is the gateway's own."""
        return self.settings.group(GatewaySettings)


def whole(gateway: Gateway) -> str:
    """Return the configuration of an nginx of its own: `nginx -p FOLDER -c FILE`.

    Its files (process id, bodies on their way) lie in FOLDER, so it needs no rights of root.

    Raises:
        SettingsInvalid: an address to listen on is none.
    """
    return pieces.WHOLE.replace("@http@", indented(http_block(gateway)))


def http_block(gateway: Gateway) -> str:
    """Return what goes into nginx's `http` block, as a file in `conf.d` does.

    Text may hold lone surrogates (names of folders are bytes): write it with `surrogateescape`.

    Raises:
        SettingsInvalid: an address to listen on is none.
    """
    for address in gateway.listen:
        if not _LISTEN.fullmatch(address):
            raise SettingsInvalid(f"--listen: {address!r} is no port, host:port or unix:/path")
    chosen = gateway.chosen
    secure = link_secret(gateway.settings.group(StreamingSettings), gateway.secret_key)
    header, asks, fetches = gateway_secrets(gateway.secret_key)
    server = {
        "listen": "\n".join(f"listen {address};" for address in gateway.listen),
        "server_name": _server_name(gateway.settings.core),
        "real_ip": _real_ip(chosen),
        "security": "\n".join(
            f"add_header {name} $shadow_{_variable(name)} always;" for name in SECURITY_HEADERS
        ),
        "secret": literal(secure),
        "altered": _problem(LinkInvalid(LinkInvalid.said)),
        "expired": _problem(LinkExpired(LinkExpired.said)),
        "away": _problem(Away("The server does not answer. Try again in a moment.")),
        "from_people": _headers(header, ""),
        "asking": _headers(header, asks),
        "fetching": _headers(header, fetches),
        "own_security": "\n".join(
            f"add_header {name} {quoted(value)} always;" for name, value in SECURITY_HEADERS.items()
        ),
        "hidden": "\n".join(
            f"proxy_hide_header {name};" for name in (*SECURITY_HEADERS, "X-Request-Id")
        ),
    }
    server["files"] = _filled(pieces.FILES, {**server, "alias": ""})
    server["data_folder"] = _data_folder(gateway.settings, server)
    return _filled(
        pieces.HTTP,
        {
            "maps": _maps(chosen),
            "upstreams": _upstreams(chosen),
            "cache_dir": quoted(chosen.cache_dir),
            "cache_bytes": str(chosen.cache_bytes),
            "keys_mib": str(_keys_mib(chosen.cache_bytes)),
            "server": indented(_filled(pieces.SERVER, server)),
        },
    )


def _keys_mib(cache_bytes: int) -> int:
    """Return the shared memory that the keys of a full cache of slices need."""
    return min(max(8, (cache_bytes >> 20) // _KEYS_PER_MIB + 1), _MOST_KEYS_MIB)


class _Piece(Template):
    delimiter = "%"
    idpattern = "[a-z_]+"


def _filled(piece: str, values: dict[str, str]) -> str:
    """Put values at their marks, each line of one as far in as its mark."""
    lines = []
    for line in piece.splitlines():
        mark = re.fullmatch(r"( *)%([a-z_]+)", line)
        if mark is None:
            lines.append(_Piece(line).substitute(values))
        elif values[mark[2]]:
            lines.append(indented(values[mark[2]], mark[1]))
    return "\n".join(lines) + "\n"


def _server_name(core: CoreSettings) -> str:
    try:
        name = urlsplit(core.public_url).hostname or "_"
    except ValueError:  # brackets without an address
        name = "_"
    return f"server_name {name if _SERVER_NAME.fullmatch(name) else '_'};"


def _real_ip(chosen: GatewaySettings) -> str:
    if not chosen.trusted_proxies:
        return ""
    networks = [f"set_real_ip_from {network};" for network in chosen.trusted_proxies]
    return "\n".join([*networks, "real_ip_header X-Forwarded-For;", "real_ip_recursive on;"])


def _headers(name: str, secret: str) -> str:
    shown = name.title()
    return pieces.FORWARDED + f'proxy_set_header {shown} "{secret}";'


def _maps(chosen: GatewaySettings) -> str:
    """Return the variables: a dollar, the scheme people use, security headers not sent yet."""
    trusted = "".join(f"\n    {network} 1;" for network in chosen.trusted_proxies)
    maps = [
        'geo $shadow_dollar {\n    default "$";\n}',
        f"geo $realip_remote_addr $shadow_behind_proxy {{\n    default 0;{trusted}\n}}",
    ]
    maps += [
        f"map $upstream_http_{_variable(name)} $shadow_{_variable(name)} {{\n"
        f'    default "";\n    "" {quoted(value)};\n}}'
        for name, value in SECURITY_HEADERS.items()
    ]
    return "\n".join(maps)


def _variable(header: str) -> str:
    return header.lower().replace("-", "_")


def _upstreams(chosen: GatewaySettings) -> str:
    streams = chosen.stream_upstreams or chosen.upstreams
    blocks = [
        _upstream("shadow_app", "", chosen.upstreams),
        _upstream("shadow_streams", "least_conn;", streams),
        _upstream("shadow_hls", "hash $shadow_hls_file consistent;", streams),
    ]
    return "\n".join(blocks)


def _upstream(name: str, choice: str, addresses: tuple[str, ...]) -> str:
    """Return an upstream. A single address stands there twice: nginx then tries it once more.

    Behind it may be several processes, of which one may just have died.
    """
    single = len(addresses) == 1
    listed = addresses * 2 if single else addresses
    servers = [f"server {quoted(one)}{' max_fails=0' if single else ''};" for one in listed]
    lines = [*([choice] if choice else []), *servers, "keepalive 32;"]
    return f"upstream {name} {{\n" + indented("\n".join(lines)) + "\n}"


def _problem(error: ShadowError) -> str:
    return literal(bytes(problem_of(error).body).decode())


def _data_folder(settings: Settings, values: dict[str, str]) -> str:
    """Return the locations that keep nginx out of the data folder, but for new files in it."""
    data_dir = settings.core.data_dir
    folders = [(data_dir, "internal;\nreturn 404;\n")]
    managed = managed_folder(settings)
    if managed.is_relative_to(data_dir) and managed != data_dir:
        files = {**values, "alias": literal(str(managed))}
        folders.append((managed, _filled(pieces.FILES, files)))
    return "\n".join(
        f"location ^~ {quoted(f'/internal/files{folder}/')} {{\n" + indented(body) + "}"
        for folder, body in folders
    )


__all__ = ["Away", "Gateway", "http_block", "whole"]
