"""Decide whether an outgoing request may reach an address. Pure: no lookups, no sockets.

The tables are IANA's special-purpose registries written out, because `ipaddress.is_global` changed
between Python releases and calls several forms global that lead to private machines. Judge the
*resolved* address: `getaddrinfo` turns `0x7f.1`, `2130706433` or `0177.0.0.1` into 127.0.0.1.
"""

from collections.abc import Sequence
from ipaddress import (
    IPv4Address,
    IPv4Network,
    IPv6Address,
    IPv6Network,
    ip_address,
    ip_network,
)

Network = IPv4Network | IPv6Network

SPECIAL_V4 = tuple(
    IPv4Network(text)
    for text in (
        "0.0.0.0/8",  # this network: reaches the machine itself on Linux
        "10.0.0.0/8",
        "100.64.0.0/10",  # carrier-grade NAT, Tailscale, and a cloud's metadata service
        "127.0.0.0/8",
        "168.63.129.16/32",  # Azure's metadata service, on an otherwise public address
        "169.254.0.0/16",  # link-local, and most clouds' metadata service
        "172.16.0.0/12",
        "192.0.0.0/24",
        "192.0.2.0/24",
        "192.88.99.0/24",  # 6to4 relays (RFC 7526)
        "192.168.0.0/16",
        "198.18.0.0/15",
        "198.51.100.0/24",
        "203.0.113.0/24",
        "224.0.0.0/4",
        "240.0.0.0/4",
    )
)
GLOBAL_V6 = IPv6Network("2000::/3")
"""All global unicast space handed out so far. What is outside is loopback, unique local (fc00::/7),
link-local, site-local (fec0::/10), multicast, IPv4-compatible (::/96), -translated
(::ffff:0:0:0/96) or discard-only: refused without a list that could lack one."""
SPECIAL_V6 = tuple(
    IPv6Network(text)
    for text in (
        "2001::/23",  # protocol assignments, Teredo and ORCHID among them
        "2001:db8::/32",
        "2002::/16",  # 6to4: holds any IPv4 address, and is deprecated
        "3fff::/20",
    )
)
NAT64 = IPv6Network("64:ff9b::/96")
ISATAP_MARKS = (0x00005EFE, 0x02005EFE)


def parse_networks(texts: Sequence[str]) -> tuple[Network, ...]:
    """Return the networks named by `texts`: `127.0.0.0/8`, `fd00::/8`, or single addresses.

    Raises:
        ValueError: for anything else, naming it.
    """
    return tuple(ip_network(text.strip(), strict=False) for text in texts)


def is_forbidden(address: str, allowed: Sequence[Network] = ()) -> bool:
    """Tell whether a resolved address is off limits for outgoing requests.

    Args:
        address: as `getaddrinfo` answers. Anything that is not a plain IP address is forbidden,
            one with a zone id (`fe80::1%eth0`) included.
        allowed: networks that may be reached although they are not global. An IPv4-mapped
            address counts as the IPv4 address that the connection would reach.
    """
    try:
        parsed = ip_address(address)
    except ValueError:
        return True
    if isinstance(parsed, IPv6Address):
        if parsed.scope_id is not None:
            return True
        parsed = parsed.ipv4_mapped or parsed
    if any(parsed in network for network in allowed if network.version == parsed.version):
        return False
    if isinstance(parsed, IPv4Address):
        return _is_special_v4(parsed)
    return _is_special_v6(parsed)


def _is_special_v4(address: IPv4Address) -> bool:
    return any(address in network for network in SPECIAL_V4)


def _is_special_v6(address: IPv6Address) -> bool:
    if address in NAT64:  # networks without IPv4 reach the public IPv4 internet through it
        return _is_special_v4(_last_four_bytes(address))
    if address not in GLOBAL_V6 or any(address in network for network in SPECIAL_V6):
        return True
    if int(address) >> 32 & 0xFFFFFFFF in ISATAP_MARKS:
        return _is_special_v4(_last_four_bytes(address))
    return False


def _last_four_bytes(address: IPv6Address) -> IPv4Address:
    return IPv4Address(int(address) & 0xFFFFFFFF)
