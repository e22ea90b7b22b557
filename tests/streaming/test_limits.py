"""Signed links are counted a person, over a moving minute."""

import time

import pytest

from shadow.streaming.errors import LimitsUnavailable, TooManyLinks
from shadow.streaming.limits import LinkLimits


async def test_as_many_links_as_allowed_are_counted_for_each_person() -> None:
    limits = LinkLimits(2)
    for person in (1, 2, 1, 2):
        await limits.count(person)
    with pytest.raises(TooManyLinks) as refused:
        await limits.count(1)
    assert refused.value.retry_after
    assert 0 < refused.value.retry_after <= 60


async def test_links_older_than_a_minute_count_no_more(monkeypatch: pytest.MonkeyPatch) -> None:
    limits = LinkLimits(1)
    now = time.time()
    await limits.count(1)
    monkeypatch.setattr(time, "time", lambda: now + 59)
    with pytest.raises(TooManyLinks):
        await limits.count(1)
    monkeypatch.setattr(time, "time", lambda: now + 61)
    await limits.count(1)


def test_a_redis_address_that_is_none_is_refused_with_its_setting() -> None:
    with pytest.raises(LimitsUnavailable, match="SHADOW_REDIS_URL"):
        LinkLimits(5, redis_url="nonsense://127.0.0.1")
