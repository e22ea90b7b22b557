"""Session strings: every form, and what is wrong with one that is none."""

import base64
import secrets
import struct

import pytest

from shadow.telegram.errors import CredentialsInvalid
from shadow.telegram.sessions.strings import read_session_string

KEY = secrets.token_bytes(256)


def packed(form: str, *values: object) -> str:
    return base64.urlsafe_b64encode(struct.pack(form, *values)).decode()


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("1" + packed(">B4sH256s", 4, bytes(4), 443, KEY), (4, 0, False, 0)),
        ("1" + packed(">B16sH256s", 4, bytes(16), 443, KEY), (4, 0, False, 0)),
        (packed(">B?256sI?", 2, False, KEY, 77, True).rstrip("="), (2, 77, True, 0)),
        (packed(">B?256sQ?", 2, False, KEY, 1 << 40, False).rstrip("="), (2, 1 << 40, False, 0)),
        (packed(">BI?256sQ?", 5, 12, False, KEY, 9, False).rstrip("="), (5, 9, False, 12)),
        (packed(">BI?256sQ?", 5, 12, False, KEY, 9, False) + "\n", (5, 9, False, 12)),
    ],
)
def test_every_form_is_read(text: str, told: tuple[int, int, bool, int]) -> None:
    read = read_session_string(text)
    assert (read.dc, read.user_id, read.bot, read.api_id) == told
    assert read.key == KEY
    assert KEY.hex() not in repr(read)
    assert repr(KEY) not in repr(read)


GOOD = packed(">BI?256sQ?", 5, 12, False, KEY, 9, False)


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "length"),
        (GOOD[:-20], "length"),
        (GOOD.rstrip("=") + "AAAA", "length"),
        ("1" + GOOD, "length|characters"),
        (GOOD.replace(GOOD[10], "!"), "characters"),
        ("ä" * 362, "characters"),
        (packed(">BI?256sQ?", 6, 12, False, KEY, 9, False), "data centre"),
        (packed(">BI?256sQ?", 0, 12, False, KEY, 9, False), "data centre"),
        (packed(">BI?256sQ?", 2, 12, True, KEY, 9, False), "test servers"),
        (packed(">BI?256sQ?", 2, 12, False, bytes(256), 9, False), "no key"),
    ],
)
def test_what_is_no_session_string_is_named_but_never_repeated(text: str, why: str) -> None:
    with pytest.raises(CredentialsInvalid, match=why) as wrong:
        read_session_string(text)
    assert not text or text[:12] not in str(wrong.value)
