"""Which addresses outgoing requests may reach."""

import pytest

from shadow.runtime.addresses import is_forbidden, parse_networks

PUBLIC = [
    "1.1.1.1",
    "8.8.8.8",
    "93.184.216.34",
    "100.63.255.255",
    "100.128.0.1",
    "172.32.0.1",
    "192.0.1.1",
    "198.20.0.1",
    "223.255.255.255",
    "2606:4700:4700::1111",
    "2a00:1450:4001:82f::200e",
    "::ffff:8.8.8.8",
    "64:ff9b::8.8.8.8",
]
FORBIDDEN = {
    "this network": ["0.0.0.0", "0.1.2.3"],
    "private": ["10.0.0.1", "172.16.0.1", "172.31.255.255", "192.168.1.1"],
    "carrier-grade NAT": ["100.64.0.1", "100.100.100.200", "100.127.255.255"],
    "loopback": ["127.0.0.1", "127.255.255.254", "::1", "::"],
    "link-local": ["169.254.169.254", "fe80::1", "febf::1"],
    "zone ids": ["fe80::1%eth0", "2606:4700:4700::1111%1", "::1%lo"],
    "protocol assignments": ["192.0.0.1", "192.0.0.192", "2001::1", "2001:20::1"],
    "documentation": ["192.0.2.1", "198.51.100.1", "203.0.113.1", "2001:db8::1", "3fff::1"],
    "benchmarks": ["198.18.0.1", "198.19.255.255", "2001:2::1"],
    "6to4 relays": ["192.88.99.1"],
    "multicast": ["224.0.0.1", "239.255.255.250", "ff02::1", "ff0e::1"],
    "reserved and broadcast": ["240.0.0.1", "255.255.255.255"],
    "metadata on a public address": ["168.63.129.16"],
    "unique local": ["fc00::1", "fd00:ec2::254", "fdff::1"],
    "site-local": ["fec0::1", "feff::1"],
    "IPv4-mapped": [
        "::ffff:127.0.0.1",
        "::ffff:7f00:1",
        "::ffff:10.0.0.1",
        "::ffff:169.254.169.254",
    ],
    "IPv4-compatible": ["::127.0.0.1", "::8.8.8.8", "::7f00:1"],
    "IPv4-translated": ["::ffff:0:127.0.0.1", "::ffff:0:8.8.8.8"],
    "NAT64": ["64:ff9b::7f00:1", "64:ff9b::a9fe:a9fe", "64:ff9b::10.0.0.1"],
    "local NAT64": ["64:ff9b:1::1", "64:ff9b:1::8.8.8.8"],
    "6to4": ["2002:7f00:1::", "2002:808:808::1"],
    "Teredo": ["2001:0:4136:e378:8000:63bf:3fff:fdd2"],
    "ISATAP": ["2606:4700::5efe:7f00:1", "2606:4700::200:5efe:a00:1"],
    "discard and dummy": ["100::1", "100:0:0:1::1"],
    "SRv6 and unassigned": ["5f00::1", "4000::1", "8000::1"],
    "not addresses": ["", "localhost", "127.1", "2130706433", "0x7f000001", "0177.0.0.1", "1.2.3"],
}


@pytest.mark.parametrize("address", PUBLIC)
def test_a_public_address_may_be_reached(address: str) -> None:
    assert not is_forbidden(address)


@pytest.mark.parametrize(
    ("what", "address"), [(what, one) for what, some in FORBIDDEN.items() for one in some]
)
def test_everything_that_is_not_public_is_forbidden(what: str, address: str) -> None:
    assert is_forbidden(address), what


def test_a_named_network_is_opened_and_nothing_beside_it() -> None:
    allowed = parse_networks(["192.168.1.0/24", "fd00:1::/32"])
    assert not is_forbidden("192.168.1.7", allowed)
    assert not is_forbidden("::ffff:192.168.1.7", allowed)
    assert not is_forbidden("fd00:1::9", allowed)
    for other in ("192.168.2.7", "127.0.0.1", "fd00:2::9", "64:ff9b::c0a8:107", "::192.168.1.7"):
        assert is_forbidden(other, allowed)


def test_opening_all_of_ipv4_opens_no_ipv6() -> None:
    allowed = parse_networks(["0.0.0.0/0"])
    assert not is_forbidden("10.0.0.1", allowed)
    assert is_forbidden("::1", allowed)


def test_a_zone_id_stays_forbidden_in_an_opened_network() -> None:
    assert is_forbidden("fe80::1%eth0", parse_networks(["fe80::/10"]))


@pytest.mark.parametrize("text", ["here", "127.0.0.1/33", "", "10.0.0.0/8/8"])
def test_what_is_not_a_network_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r".*"):
        parse_networks([text])
