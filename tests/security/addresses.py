"""Every way of writing an address that must not be reached, which the suite tries on all engines.

The spellings are those with which programs of this field were fooled: some are no addresses to
`ipaddress`, some are global to it, and `getaddrinfo` understands them all.
"""

import re

from shadow.kit.errors import Kind, ShadowError


def spellings(last: int) -> list[str]:
    """Return hosts that all mean 127.0.0.`last`, or carry it."""
    number = 0x7F000000 + last
    return [
        f"127.0.0.{last}",
        f"127.{last}",
        f"127.0.{last}",
        str(number),  # decimal
        f"0x{number:08x}",
        f"0X7F.{last}",
        f"0x7f.0x0.0x0.0x{last:x}",
        f"0177.0.0.0{last}",  # octal
        f"0{number:o}",
        f"0177.0x0.{last}",
        f"①②⑦.⓪.⓪.{'①②③'[last - 1]}",
        f"１２７.０.０.{last}",
        f"127。0。0。{last}",
        f"[::ffff:127.0.0.{last}]",  # IPv4-mapped
        f"[::ffff:7f00:{last:x}]",
        f"[0:0:0:0:0:ffff:7f00:{last:x}]",
        f"[::127.0.0.{last}]",  # IPv4-compatible
        f"[::ffff:0:127.0.0.{last}]",  # IPv4-translated
        f"[64:ff9b::7f00:{last:x}]",  # NAT64
        f"[64:ff9b:1::7f00:{last:x}]",
        f"[2002:7f00:{last:x}::]",  # 6to4
        f"[2001:0:7f00:{last:x}::]",  # Teredo
    ]


ELSEWHERE = [
    *("0", "0.0.0.0", "[::]", "[::1]", "[0:0:0:0:0:0:0:1]"),
    # Metadata services of clouds.
    *("169.254.169.254", "2852039166", "0xa9fea9fe", "0251.0376.0251.0376", "169.254.43518"),
    *("[::ffff:169.254.169.254]", "[64:ff9b::a9fe:a9fe]", "[2002:a9fe:a9fe::]"),
    *("[fd00:ec2::254]", "100.100.100.200", "168.63.129.16", "192.0.0.192"),
    # Networks of houses and firms.
    *("10.0.0.1", "10.1", "012.0.0.1", "172.16.0.1", "172.31.255.254", "192.168.1.1"),
    *("[::ffff:10.0.0.1]", "[fc00::1]", "[fd12:3456::1]", "100.64.0.1", "198.18.0.1"),
    # Link-local, site-local, with zones.
    *("169.254.1.1", "[fe80::1]", "[fe80::1%25lo]", "[fe80::1%lo]", "[fec0::1]"),
    # To many at once, to nobody, to documentation.
    *("224.0.0.1", "239.255.255.250", "255.255.255.255", "240.0.0.1", "[ff02::1]"),
    *("192.0.2.1", "198.51.100.1", "203.0.113.1", "[2001:db8::1]", "[100::1]", "192.88.99.1"),
]
NAMES = {
    "localhost": ["127.0.0.1", "::1"],
    "LOCALHOST": ["127.0.0.1", "::1"],
    "localhost.": ["127.0.0.1", "::1"],
    "127.0.0.1.": ["127.0.0.1"],
    "metadata.google.internal": ["169.254.169.254"],
    "127.0.0.1.nip.example": ["127.0.0.1"],
    "10.0.0.1.sslip.example": ["10.0.0.1"],
    "nas.local": ["192.168.1.20"],
    "six.example": ["fd00::20"],
    "mapped.example": ["::ffff:10.0.0.1"],
    "zoned.example": ["fe80::1%1"],
    "mixed.example": ["93.184.216.34", "10.0.0.1"],
    "mixed6.example": ["2606:4700:4700::1111", "::1"],
}
"""Names whose look-up leads, in part at least, to where nothing may go."""
TRICKS = [
    "http://example.org@127.0.0.1:{port}/",
    "http://example.org:80@127.0.0.1:{port}/",
    "http://127.0.0.1:{port}\\@example.org/",
    "http://127.1.1.1:{port}\\@127.2.2.2:{port}/",
    "http://127.0.0.1:{port}#@example.org/",
    "http://127.0.0.1:{port}?@example.org/",
    "http://user:password@127.0.0.1:{port}/",
    "http://127.0.0.1:{port};example.org/",
    "http:127.0.0.1:{port}/",
    "http:/127.0.0.1:{port}/",
    "http:///127.0.0.1:{port}/",
    "http:\\\\127.0.0.1:{port}\\",
    "HTTP://127.0.0.1:{port}/",
    "http://127.0.0.1:{port}\t/",
    "http://127.0.0.1\r\nHost: x:{port}/",
    "http://[127.0.0.1]:{port}/",
    "http://[::1:{port}/",
    "http://%31%32%37.0.0.1:{port}/",
    "http://127.0.0.1%2f@example.org:{port}/",
    "http://127.0.0.1%00.example.org:{port}/",
    "https://127.0.0.1:{port}/",
]
SCHEMES = [
    "file:///etc/passwd",
    "FILE:///etc/passwd",
    "file://127.0.0.1/etc/passwd",
    "gopher://127.0.0.1:{port}/_x",
    "dict://127.0.0.1:{port}/x",
    "ldap://127.0.0.1:{port}/x",
    "tftp://127.0.0.1:{port}/x",
    "sftp://127.0.0.1:{port}/x",
    "rtmp://127.0.0.1:{port}/x",
    "ws://127.0.0.1:{port}/x",
    "jar:http://127.0.0.1:{port}!/x",
    "concat:/etc/passwd",
    "data:text/plain,x",
    "javascript:alert(1)",
    "/etc/passwd",
    "//127.0.0.1:{port}/x",
    "-o/etc/cron.d/x",
]
PORTS = [22, 25, 53, 111, 6000, 0, 65536]
"""Ports of a public address that are not for the web."""


def addresses(port: int) -> list[str]:
    """Return links of all kinds to what must not be reached, on a port where somebody listens."""
    hosts = [*spellings(1), *ELSEWHERE, *NAMES]
    links = [f"http://{host}:{port}/film.mkv" for host in hosts]
    return [*links, *(one.replace("{port}", str(port)) for one in TRICKS)]


def understandable(error: BaseException) -> bool:
    """Tell whether an error says, in a sentence and as one that another try will not mend."""
    return (
        isinstance(error, ShadowError)
        and error.kind is Kind.invalid
        and re.fullmatch(r"[A-Za-z“][^\n]{15,400}\.\)?", error.detail) is not None
        and not re.search(r"Errno|Traceback|0x[0-9a-f]{6,} |Error\(", error.detail)
    )
