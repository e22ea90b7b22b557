"""Which links name a message of a Telegram channel."""

import pytest

from shadow.ingest.forwards.links import Post, leads_to_telegram, read_post


@pytest.mark.parametrize(
    "link",
    [
        "https://t.me/c/1234567890/5",
        "http://t.me/c/1234567890/5",
        "t.me/c/1234567890/5",
        "https://telegram.me/c/1234567890/5/",
        "https://t.me/c/1234567890/77/5",
        "https://t.me/c/1234567890/5?single",
        "  https://T.ME/c/1234567890/5 ",
    ],
)
def test_a_link_names_a_message(link: str) -> None:
    assert read_post(link) == Post(-1001234567890, 5)
    assert leads_to_telegram(link)


@pytest.mark.parametrize(
    "link",
    [
        "https://t.me/c/1234567890",
        "https://t.me/c/0/5",
        "https://t.me/c/1234567890/0",
        "https://t.me/somebody/5",
        "https://t.me/c/1234567890/5/6/7",
        "https://t.me.example.org/c/1234567890/5",
        "https://example.org/t.me/c/1234567890/5",
        "https://t.me/c/12345678901234567890/5",
        "https://t.me/c/\u0661\u0662/5",
        "https://t.me@example.org/c/1/5",
        "",
    ],
)
def test_other_links_name_none(link: str) -> None:
    assert read_post(link) is None


def test_what_leads_to_telegram_is_known_though_it_names_no_message() -> None:
    assert leads_to_telegram("https://t.me/somebody/5")
    assert not leads_to_telegram("https://t.me.example.org/c/1/5")
    assert not leads_to_telegram("https://example.org/t.me/")
