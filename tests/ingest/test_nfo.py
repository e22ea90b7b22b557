"""`.nfo` files as they are found in the wild, and as nobody should write them."""

from datetime import date

import pytest

from shadow.ingest.nfo import read_nfo

MOVIE = """<?xml version="1.0" encoding="UTF-8" standalone="yes" ?>
<movie>
  <title>Heat</title><originaltitle>Heat (US)</originaltitle><year>1995</year>
  <ratings><rating name="imdb" max="10" default="true"><value>8.3</value></rating></ratings>
  <plot>Cops &amp; robbers.</plot><tagline>A Los Angeles crime saga</tagline>
  <runtime>170</runtime><mpaa>R</mpaa><premiered>1995-12-15</premiered>
  <uniqueid type="tmdb" default="true">949</uniqueid><uniqueid type="imdb">tt0113277</uniqueid>
  <genre>Crime</genre><genre>Drama / Thriller</genre>
  <director>Michael Mann</director><credits>Michael Mann</credits>
  <actor><name>Al Pacino</name><role>Vincent Hanna</role><order>0</order></actor>
  <actor><name>Robert De Niro</name></actor>
</movie>
https://www.themoviedb.org/movie/949
"""


def test_a_film_is_read_whole() -> None:
    told = read_nfo(MOVIE.encode())
    patch = told.patch
    assert (told.kind, patch.title, patch.original_title) == ("movie", "Heat", "Heat (US)")
    assert (patch.year, patch.runtime_minutes, patch.rating) == (1995, 170, 8.3)
    assert (patch.overview, patch.certification) == ("Cops & robbers.", "R")
    assert patch.released == date(1995, 12, 15)
    assert patch.external_ids == {"tmdb": "949", "imdb": "tt0113277"}
    assert patch.genres == ("Crime", "Drama", "Thriller")
    parts = [(one.name, one.job, one.character) for one in patch.credits]
    assert parts == [
        ("Al Pacino", "actor", "Vincent Hanna"),
        ("Robert De Niro", "actor", ""),
        ("Michael Mann", "director", ""),
        ("Michael Mann", "writer", ""),
    ]


def test_several_episodes_in_one_file_are_all_read() -> None:
    one = (
        "<episodedetails><title>{}</title><season>1</season><episode>{}</episode></episodedetails>"
    )
    told = read_nfo((one.format("Pilot", 1) + "\n" + one.format("Pilot, part 2", 2)).encode())
    assert (told.kind, told.season, told.episodes) == ("episode", 1, (1, 2))
    names = {number: part.name for number, part in told.patch.seasons[1].episodes.items()}
    assert names == {1: "Pilot", 2: "Pilot, part 2"}
    assert told.patch.title is None


def test_an_address_alone_tells_the_id() -> None:
    assert read_nfo(b"https://www.imdb.com/title/tt0113277/\n").patch.external_ids == {
        "imdb": "tt0113277"
    }
    told = read_nfo(b"see https://www.themoviedb.org/tv/4607-lost")
    assert (told.kind, told.patch.external_ids) == ("", {"tmdb": "4607"})


@pytest.mark.parametrize(
    ("content", "title"),
    [
        ("<movie><title>Caf\u00e9</title></movie>".encode("utf-16"), "Caf\u00e9"),
        (
            b'<?xml version="1.0" encoding="iso-8859-1"?><movie><title>Caf\xe9</title></movie>',
            "Caf\u00e9",
        ),
        (b'<?xml version="1.0" encoding="klingon"?><movie><title>Heat</title></movie>', "Heat"),
        (b"\xef\xbb\xbf<movie><title>Heat</title></movie>", "Heat"),
        (b"<movie><title>Caf\xe9</title></movie>", "Caf\ufffd"),
        (b"<movie><title>  </title></movie>", None),
        (b"<movie><title>" + b"x" * 5000 + b"</title></movie>", "x" * 400),
    ],
)
def test_encodings_and_lengths_are_borne(content: bytes, title: str | None) -> None:
    assert read_nfo(content).patch.title == title


BOMB = b"""<?xml version="1.0"?><!DOCTYPE lolz [<!ENTITY lol "lol">
<!ENTITY lol2 "&lol;&lol;&lol;&lol;&lol;&lol;&lol;&lol;">]><movie><title>&lol2;</title></movie>"""
OUTSIDE = b"""<!DOCTYPE movie [<!ENTITY secret SYSTEM "file:///etc/passwd">]>
<movie><title>&secret;</title></movie>"""


@pytest.mark.parametrize(
    "content",
    [
        BOMB,
        OUTSIDE,
        b"",
        b"\0" * 1000,
        b"<movie><title>Heat",
        b"<" * 100_000,
        b"<a>" * 100_000,
        b"<movie>" + b"<x>" * 500 + b"</movie>",
        bytes(range(256)) * 100,
    ],
)
def test_hostile_and_broken_files_tell_nothing(content: bytes) -> None:
    told = read_nfo(content)
    assert told.patch.title is None
    assert told.episodes == ()


def test_numbers_that_are_none_are_left_out() -> None:
    told = read_nfo(
        b"<movie><title>Heat</title><year>soon</year><runtime>99999999</runtime>"
        b"<rating>nan</rating><premiered>95-1-1</premiered>"
        b"<uniqueid type='x y'>1</uniqueid></movie>"
    )
    patch = told.patch
    assert (patch.year, patch.runtime_minutes, patch.rating, patch.released) == (None,) * 4
    assert patch.external_ids == {}
