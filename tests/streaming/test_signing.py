"""Signed links, held against a real nginx: each must accept and refuse what the other does."""

import base64
import hashlib
import http.client
import time
from collections.abc import Iterator
from urllib.parse import quote

import pytest
from tests.support.nginx import running_nginx

from shadow.streaming.errors import LinkExpired, LinkInvalid
from shadow.streaming.signing import check_link, is_signed, link_token, sign_link

SECRET = "a secret with spaces & signs; 32+ characters"
URI = "/stream/Ab3dE9x"
FAR = 2_147_483_647
VERDICT = """
    if ($secure_link = "") { return 403; }
    if ($secure_link = "0") { return 410; }
    return 200;
"""


@pytest.fixture(scope="module")
def nginx(tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    server = f"""
        secure_link $arg_md5,$arg_expires;
        location /s/ {{
            secure_link_md5 "$secure_link_expires$uri$remote_addr secret";
            {VERDICT}
        }}
        location / {{
            secure_link_md5 "$secure_link_expires$uri {SECRET}";
            {VERDICT}
        }}
    """
    with running_nginx(tmp_path_factory.mktemp("nginx"), server=server) as port:
        yield port


def nginx_says(port: int, address: str) -> int:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    connection.request("GET", address)
    status = connection.getresponse().status
    connection.close()
    return status


def we_say(uri: str, query: str) -> int:
    try:
        check_link(uri, query, secret=SECRET, now=time.time())
    except LinkInvalid:
        return 403
    except LinkExpired:
        return 410
    return 200


def signed(uri: str = URI, expires: str = str(FAR)) -> str:
    return f"md5={link_token(uri, expires, SECRET)}&expires={expires}"


def test_the_known_vector_is_met_by_us_and_by_nginx(nginx: int) -> None:
    token = link_token("/s/link", str(FAR), "secret", address="127.0.0.1")
    assert token == "_e4Nc3iduzkWRm01TBBNYw"
    assert nginx_says(nginx, f"/s/link?md5={token}&expires={FAR}") == 200


def test_a_link_made_as_nginx_documents_it_opens_here() -> None:
    """`echo -n '…' | openssl md5 -binary | openssl base64 | tr +/ -_ | tr -d =`."""
    digest = hashlib.md5(f"{FAR}{URI} {SECRET}".encode()).digest()
    token = base64.b64encode(digest).decode().replace("+", "-").replace("/", "_").strip("=")
    assert we_say(URI, f"md5={token}&expires={FAR}") == 200


def test_nginx_opens_the_links_signed_here(nginx: int) -> None:
    assert nginx_says(nginx, sign_link(URI, expires=FAR, secret=SECRET)) == 200
    expired = sign_link(URI, expires=int(time.time()) - 5, secret=SECRET)
    assert nginx_says(nginx, expired) == 410


GOOD = link_token(URI, str(FAR), SECRET)
QUERIES = [
    (signed(), 200),
    (f"expires={FAR}&md5={GOOD}", 200),
    (f"other=1&{signed()}", 200),
    (f"md5={GOOD}==&expires={FAR}", 200),
    (f"{signed()}&md5=bad&expires=1", 200),
    (f"MD5={GOOD}&Expires={FAR}", 200),
    (signed(expires=f"000{FAR}"), 200),
    (signed(expires="1"), 410),
    (f"md5=bad&{signed()}", 403),
    (f"md5={GOOD}%3D%3D&expires={FAR}", 403),
    (f"md5={GOOD}===&expires={FAR}", 403),
    (f"md5={GOOD[::-1]}&expires={FAR}", 403),
    (f"md5={GOOD.swapcase()}&expires={FAR}", 403),
    (f"md5={GOOD[:-1]}&expires={FAR}", 403),
    (f"md5={GOOD}&expires={FAR + 1}", 403),
    (f"md5={GOOD}&expires=0{FAR}", 403),
    (f"md5={GOOD}", 403),
    (f"md5=&expires={FAR}", 403),
    (f"md5&expires={FAR}", 403),
    (f"expires={FAR}", 403),
    (signed(expires="0"), 403),
    (signed(expires="-1"), 403),
    (signed(expires="x"), 403),
    (signed(expires=""), 403),
    (signed(expires="+1"), 403),
    (signed(expires="9" * 30), 403),
    (signed(uri="/stream/Ab3dE9y"), 403),
    (f"md5={'A' * 5000}&expires={FAR}", 403),
    ("", 403),
]  # fmt: skip


@pytest.mark.parametrize(("query", "status"), QUERIES)
def test_we_and_nginx_judge_a_link_alike(nginx: int, query: str, status: int) -> None:
    assert we_say(URI, query) == status
    assert nginx_says(nginx, f"{URI}?{query}") == status


@pytest.mark.parametrize(
    "path",
    ["/stream/%41b3dE9x", "/stream//Ab3dE9x", "/stream/./Ab3dE9x", "/x/../stream/Ab3dE9x"],
)
def test_nginx_checks_the_decoded_and_normalised_path(nginx: int, path: str) -> None:
    """So the hash is made over the path as it is meant, never as it is written."""
    assert nginx_says(nginx, f"{path}?{signed()}") == 200
    assert nginx_says(nginx, f"{path}?{signed(uri=path)}") == 403


def test_a_path_beyond_ascii_is_hashed_decoded(nginx: int) -> None:
    uri = "/stream/Amélie 東京.mkv"
    assert nginx_says(nginx, f"{quote(uri)}?{signed(uri=uri)}") == 200


def test_bytes_that_are_no_text_do_not_break_the_check() -> None:
    assert we_say(URI, f"md5=\xff\x00&expires={FAR}") == 403
    assert we_say(URI, f"md5={GOOD}&expires=٣") == 403


def test_a_link_lives_through_its_last_second() -> None:
    query = signed(expires="1000")
    check_link(URI, query, secret=SECRET, now=1000.0)
    with pytest.raises(LinkExpired):
        check_link(URI, query, secret=SECRET, now=1000.1)


def test_a_query_with_either_part_counts_as_signed() -> None:
    assert is_signed("md5=")
    assert is_signed("a=1&expires=5")
    assert not is_signed("")
    assert not is_signed("md5&xmd5=1")
