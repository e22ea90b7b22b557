"""Torrents and magnet links, read from hostile bytes."""

import base64
import contextlib
import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shadow.kit.bencode import BencodeError, BencodeReader
from shadow.kit.torrents import TorrentInvalid, read_magnet, read_torrent
from tests.support.swarm_of_peers import bencode, make_torrent

VALUES = st.recursive(
    st.integers(-(10**15), 10**15) | st.binary(max_size=30),
    lambda inner: st.lists(inner, max_size=5) | st.dictionaries(st.binary(max_size=9), inner),
    max_leaves=20,
)


@given(VALUES)
def test_what_was_written_is_read(value: object) -> None:
    assert BencodeReader(bencode(value)).read() == value


@given(st.binary(max_size=300))
def test_no_bytes_do_more_than_be_refused(content: bytes) -> None:
    with contextlib.suppress(BencodeError):
        BencodeReader(content).read()
    with pytest.raises(TorrentInvalid):
        read_torrent(b"d4:info" + content)


@pytest.mark.parametrize(
    "content",
    [
        *(b"", b"i", b"ie", b"i-e", b"i1", b"5:abc", b"-1:a", b"l", b"d", b"di1ei2ee", b"i1e "),
        *(b"d1:ai1e1:ai2ee", b"l" * 100, b"99999999999999999999:a"),
    ],
)
def test_malformed_bytes_are_refused(content: bytes) -> None:
    with pytest.raises(BencodeError):
        BencodeReader(content).read()


def test_a_torrent_names_its_files_safely_and_differently() -> None:
    files = {"a/../b.mkv": b"1", "c.mkv": b"22", "C.MKV": b"333", "d:e.mkv": b""}
    torrent = read_torrent(make_torrent("..", files, announce="http://t/announce"))
    assert [(one.number, one.path, one.size) for one in torrent.files] == [
        (1, "file/a/file/b.mkv", 1),
        (2, "file/c.mkv", 2),
        (3, "file/3 C.MKV", 3),
        (4, "file/d_e.mkv", 0),
    ]
    assert torrent.size == 6
    assert torrent.trackers == ("http://t/announce",)


def test_padding_is_told() -> None:
    info = {"name": "x", "piece length": 1, "pieces": b"", "files": [
        {"length": 1, "path": ["a.mkv"]}, {"length": 5, "path": [".pad", "5"], "attr": "p"},
    ]}  # fmt: skip
    torrent = read_torrent(bencode({"info": info}))
    assert [one.padding for one in torrent.files] == [False, True]


def test_the_hash_is_that_of_the_bytes_as_they_are() -> None:
    info = b"d6:lengthi3e4:name1:x12:piece lengthi1e6:pieces0:e"
    torrent = read_torrent(b"d8:announce0:4:info" + info + b"e")
    assert torrent.info_hash == hashlib.sha1(info).hexdigest()


def test_a_magnet_may_have_its_hash_in_hex_or_base32() -> None:
    digest = hashlib.sha1(b"x").digest()
    for text in (digest.hex(), digest.hex().upper(), base64.b32encode(digest).decode()):
        magnet = read_magnet(f"magnet:?xt=urn:btih:{text}&dn=..%2Fa.mkv&tr=udp%3A%2F%2Ft%3A1&tr=b")
        assert magnet.info_hash == digest.hex()
        assert magnet.name == "_a.mkv"
        assert magnet.trackers == ("udp://t:1", "b")


@pytest.mark.parametrize(
    "url",
    [
        *("magnet:", "magnet:?xt=urn:btih:", "magnet:?xt=urn:btih:zz", "http://x/?xt=urn:btih:a"),
        *("magnet:?xt=urn:sha1:" + "a" * 40, "magnet:?xt=urn:btih:" + "a" * 40 + "&tr=x" * 9000),
    ],
)
def test_other_links_are_no_magnets(url: str) -> None:
    with pytest.raises(TorrentInvalid):
        read_magnet(url)
