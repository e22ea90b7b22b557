"""Single facts of names, one rule a test."""

import datetime
import json

import pytest

from shadow.kit.naming import Hints, understand

PINNED = """
    name kind title year season episodes absolute date part edition resolution source
    video_codec audio_codec group languages proper
"""


def test_the_json_has_exactly_the_pinned_fields_in_their_order() -> None:
    parsed = understand("Harbour.Watch.2019.S03E11.PROPER.1080p.BluRay.DTS.x264-BRINE.mkv")

    assert list(parsed.as_json()) == PINNED.split()
    assert json.loads(json.dumps(parsed.as_json())) == {
        "name": "Harbour.Watch.2019.S03E11.PROPER.1080p.BluRay.DTS.x264-BRINE.mkv",
        "kind": "episode",
        "title": "Harbour Watch",
        "year": 2019,
        "season": 3,
        "episodes": [11],
        "absolute": [],
        "date": None,
        "part": None,
        "edition": None,
        "resolution": "1080p",
        "source": "BluRay",
        "video_codec": "H.264",
        "audio_codec": "DTS",
        "group": "BRINE",
        "languages": [],
        "proper": True,
    }


@pytest.mark.parametrize(
    ("name", "field", "value"),
    [
        ("Show.S01E01.2160p.WEB-DL.DDP5.1.H.265-GRP", "resolution", "2160p"),
        ("Show.S01E01.1920x1080.x264", "resolution", "1080p"),
        ("Film (2009) 4K.mkv", "resolution", "2160p"),
        ("Film.2009.576i.DVDRip", "resolution", "576i"),
        ("Film.2009.WEB-DL.1080p", "source", "WEB-DL"),
        ("Film.2009.1080p.WEB.H264-GRP", "source", "WEB"),
        ("Film.2009.BRRip.XviD", "source", "BRRip"),
        ("Film.2009.HDTV.x264", "source", "HDTV"),
        ("Film.2009.2160p.UHD.BluRay.x265", "source", "BluRay"),
        ("Film.2009.HEVC.10bit", "video_codec", "H.265"),
        ("Film.2009.H 264", "video_codec", "H.264"),
        ("Film.2009.XviD.MP3", "video_codec", "Xvid"),
        ("Film.2009.AV1.Opus", "video_codec", "AV1"),
        ("Film.2009.1080p.DDP5.1", "audio_codec", "E-AC-3"),
        ("Film.2009.1080p.AAC2.0", "audio_codec", "AAC"),
        ("Film.2009.1080p.TrueHD.7.1.Atmos", "audio_codec", "TrueHD"),
        ("Film.2009.1080p.DTS-HD.MA.5.1", "audio_codec", "DTS"),
        ("Film.2009.DIRECTORS.CUT.1080p", "edition", "Director's Cut"),
        ("Film (2009) {edition-Director's Cut}.mkv", "edition", "Director's Cut"),
        ("Film.2009.EXTENDED.1080p", "edition", "Extended"),
        ("Film.2009.IMAX.1080p", "edition", "IMAX"),
        ("Film.2009.1080p.BluRay.x264-GRP[eztv]", "group", "GRP"),
        ("[Umi-Subs] Show - 01 [1080p].mkv", "group", "Umi-Subs"),
        ("Film (2009) [1080p] [YTS.MX].mp4", "group", "YTS.MX"),
        ("Film (2009).mkv", "group", None),
        ("Show.S01E01.REPACK.1080p.WEB", "proper", True),
        ("Show.S01E01.1080p.WEB", "proper", False),
        ("Film.2009.FRENCH.DVDRip", "languages", ("fr",)),
        ("Film.2009.ITA.ENG.1080p", "languages", ("it", "en")),
        ("Film (2009) [Hindi + English] 720p", "languages", ("hi", "en")),
        ("The.French.Connection.1971.1080p", "languages", ()),
    ],
)
def test_a_technical_fact_is_read(name: str, field: str, value: object) -> None:
    assert getattr(understand(name), field) == value


def test_ids_in_brackets_are_kept_and_leave_the_title() -> None:
    parsed = understand(
        "Film [tmdbid-603] {imdb-tt0133093}.mkv", folders=["Films", "Film (1999) [tvdbid=12]"]
    )

    assert parsed.title == "Film"
    assert parsed.ids == {"tmdb": "603", "imdb": "tt0133093", "tvdb": "12"}


def test_a_number_without_a_season_is_an_absolute_one_too() -> None:
    parsed = understand("[Umi] Show - 1015 [1080p].mkv")

    assert (parsed.season, parsed.episodes, parsed.absolute) == (None, (1015,), (1015,))
    assert understand("[Umi] Show S2 - 05 [1080p].mkv").absolute == ()


def test_a_pack_of_seasons_names_them_all() -> None:
    parsed = understand("Show.S01-S03.1080p.BluRay")

    assert (parsed.kind, parsed.season, parsed.seasons) == ("episode", 1, (1, 2, 3))


def test_a_day_is_a_date() -> None:
    assert understand("Show.2019.10.25.Guest.mkv").date == datetime.date(2019, 10, 25)
    assert understand("Show.2019.13.45.Guest.mkv").date is None


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("Film (1999)/Film (1999)-trailer.mp4", "trailer"),
        ("Film (1999)/Sample/x.mkv", "sample"),
        ("Film (1999)/Film.1999.sample.mkv", "sample"),
        ("Film (1999)/Behind The Scenes/a.mkv", "behindthescenes"),
        ("Film (1999)/Deleted Scenes/a.mkv", "deleted"),
        ("Film (1999)/a-featurette.mkv", "featurette"),
        ("Film (1999)/a-interview.mkv", "interview"),
        ("Film (1999)/a-scene.mkv", "scene"),
        ("Film (1999)/a-short.mkv", "short"),
        ("Film (1999)/Extras/a.mkv", "other"),
        ("[Umi] Show - NCOP1 [BD].mkv", "theme"),
    ],
)
def test_an_extra_is_recognised_with_its_kind_and_owner(path: str, kind: str) -> None:
    *folders, name = path.split("/")
    parsed = understand(name, folders=folders)

    assert (parsed.kind, parsed.extra_kind) == ("extra", kind)
    assert parsed.owner == ("Film" if folders else "Show")


def test_a_series_called_extras_is_no_extra() -> None:
    assert understand("Extras.S02E01.DVDRip.avi").kind == "episode"
    assert understand("Trailer.Yard.S01E01.mkv").kind == "episode"


def test_hints_win_over_name_and_folders() -> None:
    hints = Hints(title="Right", year=2001, kind="episode", season=2, episode_offset=-12)
    parsed = understand("[Umi] Wrong (2019) - 13 [1080p].mkv", folders=["Wrong"], hints=hints)

    assert (parsed.title, parsed.year, parsed.kind, parsed.season) == ("Right", 2001, "episode", 2)
    assert (parsed.episodes, parsed.absolute, parsed.confidence) == ((1,), (), 1.0)


def test_an_offset_without_a_season_moves_the_absolute_numbers_too() -> None:
    parsed = understand("[Umi] Show - 13.mkv", hints=Hints(episode_offset=-12))

    assert (parsed.episodes, parsed.absolute) == ((1,), (1,))


def test_an_empty_hint_changes_nothing() -> None:
    name = "Harbour.Watch.S01E01.mkv"

    assert understand(name, hints=Hints(title="  ")) == understand(name)


def test_name_and_folder_that_agree_are_surer_than_a_bare_word() -> None:
    both = understand("Film.1999.1080p.mkv", folders=["Film (1999)"])
    alone = understand("film.mkv")

    assert both.confidence > 0.9
    assert alone.confidence < 0.5


def test_a_bare_file_of_a_shelf_is_not_named_after_the_shelf() -> None:
    for shelf in ("Movies", "TV Shows", "Filme", "downloads", "A"):
        assert understand("Charade.mkv", folders=[shelf]).title == "Charade"


def test_codec_words_at_the_end_of_a_release_are_no_extension() -> None:
    parsed = understand("Show.S01E05.Viper.WEB-DL.x264.AAC")

    assert (parsed.kind, parsed.title, parsed.episodes) == ("episode", "Show", (5,))


@pytest.mark.parametrize(
    ("path", "season", "episodes"),
    [
        ("Show/Season 1/101 - Pilot.mkv", 1, (1,)),
        ("Show/Season 2/213.mkv", 2, (13,)),
        ("Show/1/02.mkv", 1, (2,)),
        ("Show/Season 1/[Umi] Show - 101 [1080p].mkv", 1, (101,)),
        ("Show.S02E09.1080p.WEB-GRP/4f9a0c2be1d84a7c.mkv", 2, (9,)),
        ("Show/Season Two/03.mkv", 2, (3,)),
    ],
)
def test_a_season_folder_tells_what_a_bare_number_is(
    path: str, season: int, episodes: tuple[int, ...]
) -> None:
    *folders, name = path.split("/")
    parsed = understand(name, folders=folders)

    assert (parsed.title, parsed.season, parsed.episodes) == ("Show", season, episodes)


@pytest.mark.parametrize("path", ["Movies/9/9.avi", "Movies/01 Rocky.mkv", "Films/Pier - 03.mkv"])
def test_a_bare_number_on_a_shelf_of_films_is_no_episode(path: str) -> None:
    *folders, name = path.split("/")

    assert understand(name, folders=folders).kind == "movie"


def test_a_shelf_called_shorts_holds_films_and_a_films_folder_called_shorts_extras() -> None:
    assert understand("Luxo (1986).mkv", folders=["Movies", "Shorts"]).kind == "movie"
    assert understand("Luxo.mkv", folders=["Film (1999)", "Shorts"]).kind == "extra"


def test_lists_and_runs_of_seasons_are_all_named() -> None:
    for name in ("Show Season 1, 2 and 3", "Show.S01S02S03.1080p", "Show S01+S02+S03", "Show S1-3"):
        assert understand(name).seasons == (1, 2, 3), name
