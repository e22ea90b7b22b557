"""What new files are called, whatever came."""

import datetime
from typing import Any

import pytest

from shadow.ingest.leeching.naming import DEFAULT, check_template, library_name
from shadow.ingest.leeching.tidying import tidy
from shadow.kit.naming import ParsedName, understand

NAMES = {
    "Nosferatu.1922.1080p.BluRay.x264-GRP.mkv": "Films/Nosferatu (1922)/Nosferatu (1922).mkv",
    "film.mkv": "Films/film/film.mkv",
    "A.Show.2019.S01E02.720p.HDTV.mkv": "Series/A Show (2019)/Season 01/A Show (2019) - S01E02.mkv",
    "The.Show.S01E02E03.mkv": "Series/The Show/Season 01/The Show - S01E02E03.mkv",
    "The Show S02E01-E05.mkv": "Series/The Show/Season 02/The Show - S02E01-E05.mkv",
    "[Group] Show - 013 [1080p].mkv": "Series/Show/Show - 013.mkv",
    "Show.2024.05.01.mkv": "Series/Show/Show - 2024-05-01.mkv",
    "Film.2001.CD2.avi": "Films/Film (2001)/Film (2001) - part2.avi",
    "Film.2001.Directors.Cut.1080p.mkv": "Films/Film (2001)/Film (2001) - Director's Cut.mkv",
    "Some Tone.mp3": "Audio/Some Tone/Some Tone.mp3",
}  # fmt: skip


@pytest.mark.parametrize("name", NAMES)
def test_the_template_names_films_and_episodes(name: str) -> None:
    ending = name.rpartition(".")[2]
    assert library_name(understand(name), ending) == NAMES[name]


@pytest.mark.parametrize("name", NAMES)
def test_a_name_we_give_is_understood_as_what_it_was_given_for(name: str) -> None:
    *folders, new = library_name(understand(name), name.rpartition(".")[2]).split("/")
    before, after = understand(name), understand(new, folders=folders)
    told = [
        (one.kind, one.title, one.year, one.season, one.episodes, one.date, one.part, one.edition)
        for one in (before, after)
    ]
    assert told[0] == told[1]


@pytest.mark.parametrize(
    ("template", "film", "episode"),
    [
        (DEFAULT, "Film (2001)", "Show (2019) - S01E02"),
        ("{title}", "Film", "Show - S01E02"),
        ("{title} [{year}]", "Film [2001]", "Show [2019] - S01E02"),
        ("{title} - {season}x{episode:02} - {resolution}", "Film - 720p", "Show - 1x02 - 720p"),
        ("{title} ({year}, {source})", "Film (2001, DVDRip)", "Show - S01E02"),
    ],
)
def test_a_template_leaves_out_what_is_not_known(template: str, film: str, episode: str) -> None:
    of_film = understand("Film.2001.720p.DVDRip.mkv")
    of_episode = understand("Show.2019.S01E02.720p.mkv")
    assert check_template(template) == template
    assert library_name(of_film, "mkv", template=template).endswith(f"/{film}.mkv")
    assert library_name(of_episode, "mkv", template=template).endswith(f"/{episode}.mkv")


@pytest.mark.parametrize(
    "template",
    [
        "", "{year}", "{title", "{title.__class__}", "{title!r}", "{0}", "{}", "{title:>99999999}",
        "{title:{year}}", "{secret} {title}", "../{title}", "{title[0]}",
    ],
)  # fmt: skip
def test_templates_that_mean_harm_or_nothing_are_refused(template: str) -> None:
    with pytest.raises(ValueError, match=r"template|has to|not one of|without folders"):
        check_template(template)


def parsed(title: str, kind: Any = "movie") -> ParsedName:
    return ParsedName(name=f"{title}.mkv", kind=kind, title=title, year=2001)


@pytest.mark.parametrize(
    "title",
    [
        "../../etc/passwd", "/", "\\", ".", "..", "...", "", " ", "\0", "a\0b", "CON", "nul.mkv",
        "x" * 4000, "é" * 4000, "\u202egpj.exe", "a\nb", "<script>alert(1)</script>", "{year}",
        "lost+found", "@eaDir", "\ud800", "-rf", "~", "%00", "C:\\Windows", "  .hidden", "{", "|",
    ],
)  # fmt: skip
@pytest.mark.parametrize("kind", ["movie", "audio", "episode"])
def test_hostile_titles_become_safe_names(title: str, kind: str) -> None:
    name = library_name(parsed(title, kind), "mkv")
    parts = name.split("/")
    assert 3 <= len(parts) <= 4
    for part in parts:
        assert 0 < len(part.encode()) <= 255
        assert not part.startswith(".")
        assert part.isprintable()
        assert not set(part) & set('\\:*?"<>|\0')


def test_titles_keep_what_names_can_say_of_them() -> None:
    name = library_name(parsed('Mission: Impossible / "Dead?"'), "mkv")
    assert name.endswith("/Mission - Impossible - 'Dead' (2001).mkv")


def test_the_number_of_an_episode_survives_the_longest_title() -> None:
    one = understand("S01E02.mkv")
    long = ParsedName(name="", kind="episode", title="é" * 500, season=1, episodes=one.episodes)
    assert library_name(long, "mkv").endswith(" - S01E02.mkv")


@pytest.mark.parametrize(
    ("name", "tidied"),
    [
        ("[ www.Spam.com ] - Film.2001.mkv", "Film.2001.mkv"),
        ("www.1Spam.site - Film (2001).mkv", "Film (2001).mkv"),
        ("Film.2001.1080p-GRP[spam.to].mkv", "Film.2001.1080p-GRP.mkv"),
        ("@Channel - Film 2001.mkv", "Film 2001.mkv"),
        ("Film 2001 t.me_channel.mkv", "Film 2001.mkv"),
        ("spam.org_Film 2001.mkv", "Film 2001.mkv"),
        ("My Brand Film 2001.mkv", "Film 2001.mkv"),
        ("Film 2001 (My Brand).mkv", "Film 2001.mkv"),
        ("Amazon.com The Story (2001).mkv", "Amazon.com The Story (2001).mkv"),
        ("M.A.S.H.S01E01.mkv", "M.A.S.H.S01E01.mkv"),
        ("@Channel.mkv", "@Channel.mkv"),
        ("www.spam.com", "www.spam.com"),
        ("E.T. 1982.mkv", "E.T. 1982.mkv"),
    ],
)
def test_brands_and_advertisements_go(name: str, tidied: str) -> None:
    assert tidy(name, ("my brand", "")) == tidied


def test_tidying_is_quick_on_any_name() -> None:
    for letter in ("[", "www.", "@a", "a.", "- ", "http:"):
        assert tidy(letter * 5000)


def test_dates_are_written_out() -> None:
    one = ParsedName(name="", kind="episode", title="Show", date=datetime.date(2024, 5, 1))
    assert library_name(one, "mkv") == "Series/Show/Show - 2024-05-01.mkv"
