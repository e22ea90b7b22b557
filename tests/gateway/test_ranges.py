"""RFC 9110's table of ranges and conditions: the same through nginx as without."""

import pytest

from tests.support.gateway import Answer, Site
from tests.support.range_table import (
    BOUNDARY,
    COMPARED,
    CONDITIONS,
    ELEVEN,
    LARGE,
    M,
    given,
    without_boundary,
)


def alike(through: Answer, direct: Answer) -> None:
    assert through.status == direct.status
    for name in COMPARED:
        sent = (through.headers.get(name), direct.headers.get(name))
        assert without_boundary(sent[0]) == without_boundary(sent[1]), name
    assert BOUNDARY.sub(b"", through.body) == BOUNDARY.sub(b"", direct.body)


@pytest.mark.parametrize("name", ["eleven.mkv", "s3-eleven.mkv"])
@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_every_range_of_eleven_bytes(site: Site, name: str, method: str) -> None:
    alike(site.get(name, method), site.directly(name, method))
    for asked in ELEVEN:
        through = site.get(name, method, Range=asked)
        alike(through, site.directly(name, method, Range=asked))


@pytest.mark.parametrize("name", ["film.mkv", "s3-film.mkv"])
@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_ranges_over_the_borders_of_slices(site: Site, name: str, method: str) -> None:
    for asked in LARGE:
        through = site.get(name, method, Range=asked)
        alike(through, site.directly(name, method, Range=asked))
    last = len(site.contents[name]) - 1
    for asked in (f"bytes={last}-", f"bytes={last - M}-{last}", f"bytes={last + 1}-"):
        alike(site.get(name, method, Range=asked), site.directly(name, method, Range=asked))


@pytest.mark.parametrize("name", ["film.mkv", "s3-film.mkv"])
@pytest.mark.parametrize("method", ["GET", "HEAD"])
@pytest.mark.parametrize("conditions", CONDITIONS, ids=str)
def test_conditions(site: Site, name: str, method: str, conditions: dict[str, str]) -> None:
    facts = site.directly(name, "HEAD").headers
    asked = given(conditions, facts)
    alike(site.get(name, method, **asked), site.directly(name, method, **asked))
