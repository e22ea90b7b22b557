"""Playback tokens: they open one file, for a while, and cannot be changed."""

import base64
import hashlib
import hmac

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from shadow.hls.errors import TokenExpired, TokenInvalid, TokenMissing
from shadow.hls.tokens import Claims, Grant, mint, read, token_secret

SECRET = token_secret(b"a key of thirty-two characters!!")
NOW = 1_800_000_000
GRANT = Grant(
    copy_video=False, max_height=720, max_bitrate=4_000_000, audio_copies=(1, 3), audio=3, burn=5
)
numbers = st.one_of(st.none(), st.integers(0, 2**40))


@given(
    grant=st.builds(
        Grant,
        copy_video=st.booleans(),
        max_height=numbers,
        max_bitrate=numbers,
        audio_copies=st.lists(st.integers(0, 255), max_size=40).map(tuple),
        audio=numbers,
        burn=numbers,
        tone_map=st.booleans(),
    ),
    user_id=numbers,
)
def test_a_token_says_what_was_minted(grant: Grant, user_id: int | None) -> None:
    token = mint(SECRET, file_id="abcdefg", user_id=user_id, expires=NOW + 1, grant=grant)

    assert read(SECRET, token, file_id="abcdefg", now=NOW) == Claims(
        "abcdefg", user_id, NOW + 1, grant
    )


def test_equal_grants_of_one_moment_are_one_token() -> None:
    def minted() -> str:
        return mint(SECRET, file_id="abcdefg", user_id=1, expires=NOW, grant=GRANT)

    assert minted() == minted()


def test_a_token_opens_no_other_file_and_no_other_server() -> None:
    token = mint(SECRET, file_id="abcdefg", user_id=1, expires=NOW + 1, grant=GRANT)

    with pytest.raises(TokenInvalid):
        read(SECRET, token, file_id="abcdefh", now=NOW)
    with pytest.raises(TokenInvalid):
        read(token_secret(b"another key"), token, file_id="abcdefg", now=NOW)


def test_a_token_ends_at_its_second() -> None:
    token = mint(SECRET, file_id="abcdefg", user_id=1, expires=NOW, grant=GRANT)

    assert read(SECRET, token, file_id="abcdefg", now=NOW - 0.01).expires == NOW
    with pytest.raises(TokenExpired):
        read(SECRET, token, file_id="abcdefg", now=NOW)


def test_every_altered_letter_is_noticed() -> None:
    token = mint(SECRET, file_id="abcdefg", user_id=1, expires=NOW + 1, grant=GRANT)

    for place, letter in enumerate(token):
        if letter == ".":
            continue
        altered = token[:place] + ("A" if letter != "A" else "B") + token[place + 1 :]
        with pytest.raises(TokenInvalid):
            read(SECRET, altered, file_id="abcdefg", now=NOW)


def test_content_put_in_by_hand_is_noticed() -> None:
    token = mint(SECRET, file_id="abcdefg", user_id=1, expires=NOW - 5, grant=GRANT)
    content, _, signature = token.partition(".")
    plain = orjson.loads(base64.urlsafe_b64decode(content + "=="))
    plain[1] = NOW + 5_000
    longer = base64.urlsafe_b64encode(orjson.dumps(plain)).rstrip(b"=").decode()

    with pytest.raises(TokenInvalid):
        read(SECRET, f"{longer}.{signature}", file_id="abcdefg", now=NOW)


@pytest.mark.parametrize(
    "text", ["", "x", ".", "a.b", "..", "../../etc/passwd", "é" * 40, "A" * 5000, f"AA.{'A' * 31}"]
)
def test_what_is_no_token_is_nothing_at_all(text: str) -> None:
    with pytest.raises(TokenMissing):
        read(SECRET, text, file_id="abcdefg", now=NOW)


def test_a_token_signed_by_another_version_is_refused_and_does_not_crash() -> None:
    for plain in ([1], {"a": 1}, [1, NOW + 1, True, None, None, [], None, None, False, 1, 2], "x"):
        content = base64.urlsafe_b64encode(orjson.dumps(plain)).rstrip(b"=").decode()
        mac = hmac.digest(SECRET, f"abcdefg\n{content}".encode(), hashlib.sha256)[:24]
        token = f"{content}.{base64.urlsafe_b64encode(mac).decode()}"
        with pytest.raises(TokenInvalid):
            read(SECRET, token, file_id="abcdefg", now=NOW)
