"""How files are played on players: method and reasons, by table."""

import pytest
from tests.support.players import FAT, PLAYERS, RECORDS, picture, record, sound

from shadow.streaming.capabilities import Capabilities
from shadow.streaming.decision import Known, decide
from shadow.streaming.errors import NothingPlayable
from shadow.streaming.media import Wish

TABLE = """
mp4              | chrome           | direct    |
mp4              | safari           | direct    |
mp4              | old tv           | direct    |
mp4              | living room      | direct    |
mp4              | phone            | direct    |
mp4              | nothing said     | direct    |
mp4              | hls only         | remux     | client_prefers_hls
mp4              | speaker          | remux     | container no_screen
mkv              | chrome           | remux     | container
mkv              | safari           | remux     | container
mkv              | living room      | direct    |
mkv              | hls only         | remux     | container client_prefers_hls
mkv ac3          | chrome           | remux     | container audio_codec
mkv ac3          | safari           | remux     | container
mkv ac3          | old tv           | remux     | container audio_codec
mkv ac3          | living room      | direct    |
mkv dts          | chrome           | remux     | container audio_codec
mkv dts          | safari           | remux     | container audio_codec
mkv dts          | living room      | direct    |
mp4 5.1          | chrome           | direct    |
mp4 5.1          | old tv           | remux     | audio_channels
mp4 7.1          | chrome           | remux     | audio_channels
mp4 fat          | chrome           | direct    |
mp4 fat          | phone            | transcode | container_bitrate video_bitrate
ts               | old tv           | direct    |
ts               | chrome           | remux     | container
avi              | chrome           | transcode | container video_codec
avi              | living room      | transcode | video_codec
hevc mkv         | chrome           | transcode | container video_codec
hevc mkv         | chrome with hevc | remux     | container
hevc mkv         | living room      | direct    |
hevc mkv         | old tv           | transcode | container video_codec
hevc mp4 hvc1    | chrome           | transcode | video_codec
hevc mp4 hvc1    | safari           | direct    |
hevc mp4 hev1    | safari           | remux     | video_codec_tag
hevc mp4 hev1    | chrome with hevc | direct    |
hevc 10          | chrome           | transcode | container video_codec audio_codec
hevc 10          | chrome with hevc | remux     | container audio_codec
hevc 10          | safari           | remux     | container
hi10p            | chrome           | transcode | container video_profile video_bit_depth
hi10p            | living room      | transcode | video_profile video_bit_depth
4:2:2            | chrome           | transcode | video_profile
uhd hdr          | living room      | direct    |
uhd hdr          | safari           | remux     | container audio_codec
uhd hdr          | chrome           | transcode | container video_codec video_range audio_codec
uhd hdr          | chrome with hevc | transcode | container video_range audio_codec
vision 5         | safari           | transcode | video_range
vp9 webm         | chrome           | direct    |
vp9 webm         | free chromium    | direct    |
vp9 webm         | living room      | direct    |
vp9 webm         | safari           | transcode | container video_codec audio_codec
vp8 webm         | chrome           | transcode | video_codec audio_no_copy
av1 mkv          | chrome           | remux     | container
av1 mkv          | living room      | direct    |
mpeg2 ts         | living room      | direct    |
mpeg2 ts         | old tv           | transcode | video_codec audio_codec
1080i            | chrome           | transcode | video_interlaced
1080p60          | chrome           | direct    |
1080p60          | old tv           | transcode | video_level
turned           | chrome           | direct    |
turned           | old tv           | direct    |
no audio         | chrome           | direct    |
no audio         | hls only         | remux     | client_prefers_hls
two languages    | chrome           | direct    |
commentary first | chrome           | remux     | secondary_audio
commentary first | living room      | direct    |
pgs              | chrome           | remux     | container
mp3              | speaker          | direct    |
mp3              | chrome           | remux     | container
mp3              | old tv           | remux     | container
flac             | speaker          | direct    |
flac             | chrome           | remux     | container
flac             | old tv           | remux     | container audio_codec
m4a              | speaker          | direct    |
m4a              | chrome           | direct    |
wma              | speaker          | remux     | container audio_codec
wma              | chrome           | remux     | container audio_codec
"""


def rows(table: str) -> list[list[str]]:
    return [[cell.strip() for cell in line.split("|")] for line in table.strip().splitlines()]


@pytest.mark.parametrize(("file", "player", "method", "reasons"), rows(TABLE))
def test_each_file_on_each_player_is_played_as_the_table_says(
    file: str, player: str, method: str, reasons: str
) -> None:
    decision = decide(RECORDS[file], PLAYERS[player])
    assert (decision.method, [one.code for one in decision.reasons]) == (method, reasons.split())


ASKED = """
two languages | chrome           | audio_index=2                    | remux     | secondary_audio
two languages | living room      | audio_index=2                    | direct    |
two languages | chrome           | audio_index=1                    | direct    |
two languages | chrome           | audio_index=7                    | direct    |
mp4           | chrome           | max_height=720                   | transcode | quality_asked
mp4           | chrome           | max_height=1080                  | direct    |
mp4           | chrome           | max_bitrate=1000000 | transcode | container_bitrate video_bitrate
mp4 pgs       | chrome           | subtitle_index=2                 | direct    |
mp4 pgs       | phone            |                                  | direct    |
mp4 pgs       | phone            | subtitle_index=2                 | transcode | subtitle_burn
mp4 vobsub    | chrome           | subtitle_index=2                 | transcode | subtitle_burn
mp4 vobsub    | living room      | subtitle_index=2                 | direct    |
mp4 dvb       | living room      | subtitle_index=2                 | transcode | subtitle_burn
mp4 text      | old tv           | subtitle_index=2                 | direct    |
ass           | chrome           | subtitle_index=2                 | remux     | container
ass           | old tv           | subtitle_index=2                 | remux     | container
pgs           | safari           | subtitle_index=2           | transcode | container subtitle_burn
"""


@pytest.mark.parametrize(("file", "player", "asked", "method", "reasons"), rows(ASKED))
def test_what_was_asked_for_decides_too(
    file: str, player: str, asked: str, method: str, reasons: str
) -> None:
    name, _, value = asked.partition("=")
    wish = Wish(**{name: int(value)}) if name else Wish()
    decision = decide(RECORDS[file], PLAYERS[player], wish)
    assert (decision.method, [one.code for one in decision.reasons]) == (method, reasons.split())
    assert decision.burn == (2 if "subtitle_burn" in reasons else None)


FORMS = {
    ("pgs", "chrome"): "pgs", ("pgs", "safari"): None, ("mp4 vobsub", "living room"): "vobsub",
    ("mp4 vobsub", "chrome"): None, ("ass", "chrome"): "ass", ("ass", "safari"): "vtt",
    ("mp4 text", "living room"): "vtt", ("mp4 dvb", "living room"): None,
}  # fmt: skip


@pytest.mark.parametrize(("file", "player"), FORMS)
def test_subtitles_reach_a_player_in_a_form_it_draws(file: str, player: str) -> None:
    decision = decide(RECORDS[file], PLAYERS[player])
    assert [one.form for one in decision.subtitles] == [FORMS[file, player]]
    assert not any(one.burned for one in decision.subtitles)


def test_a_burned_subtitle_is_marked_and_forbids_the_unchanged_picture() -> None:
    decision = decide(RECORDS["pgs"], PLAYERS["safari"], Wish(subtitle_index=2))
    assert (decision.video, decision.burn) == ("transcode", 2)
    assert [one.burned for one in decision.subtitles] == [True]


def test_a_player_that_takes_no_encoded_video_keeps_its_picture_without_the_subtitle() -> None:
    burnable = record("webm", *RECORDS["vp9 webm"].streams, *RECORDS["pgs"].streams[2:])
    decision = decide(burnable, PLAYERS["free chromium"], Wish(subtitle_index=2))
    assert (decision.method, decision.burn) == ("direct", None)


def test_hdr_is_mapped_for_ordinary_screens_and_left_alone_for_others() -> None:
    assert decide(RECORDS["uhd hdr"], PLAYERS["chrome"]).tone_map
    assert not decide(RECORDS["uhd hdr"], PLAYERS["living room"]).tone_map
    assert not decide(RECORDS["hevc mkv"], PLAYERS["chrome"]).tone_map


def test_encoded_rungs_below_a_copied_hdr_picture_are_mapped() -> None:
    decision = decide(RECORDS["uhd hdr"], PLAYERS["safari"])
    assert (decision.video, decision.tone_map) == ("copy", True)


def test_dolby_vision_over_an_ordinary_picture_needs_no_special_screen() -> None:
    details = {"dolby_vision_profile": 8, "transfer": "bt709"}
    film = record("mp4", picture("hevc", hdr="dolby-vision", details=details), sound())
    assert decide(film, PLAYERS["chrome with hevc"]).method == "direct"


def test_only_the_sound_is_converted_when_only_the_sound_fails() -> None:
    decision = decide(RECORDS["mkv ac3"], PLAYERS["chrome"])
    assert decision.video == "copy"
    assert [(one.stream, one.copied, one.selected) for one in decision.audio] == [(1, False, True)]
    assert decision.summary == "The picture is sent unchanged, the sound converted to AAC."


def test_each_sound_track_says_whether_it_is_sent_as_it_is() -> None:
    tracks = (sound("aac"), sound("ac3", 6, index=2), sound("truehd", 8, index=3))
    decision = decide(record("matroska", picture(), *tracks), PLAYERS["safari"])
    assert [one.copied for one in decision.audio] == [True, True, False]


def test_sound_in_a_preferred_language_is_begun_with() -> None:
    player = PLAYERS["living room"].model_copy(update={"audio_languages": ("de",)})
    decision = decide(RECORDS["two languages"], player)
    assert [one.selected for one in decision.audio] == [False, True]


def test_a_commentary_is_begun_with_only_when_there_is_nothing_else() -> None:
    lone = record("mp4", picture(), sound(details={"comment": True}))
    assert [one.selected for one in decide(lone, PLAYERS["chrome"]).audio] == [True]


def test_a_film_reaches_a_speaker_as_sound_alone() -> None:
    decision = decide(RECORDS["mkv ac3"], PLAYERS["speaker"])
    assert (decision.method, decision.video, decision.video_stream) == ("remux", "none", None)
    assert decision.summary == "Only sound is sent, the sound converted to AAC."


def test_what_the_index_told_keeps_the_picture_from_being_sent_unchanged() -> None:
    known = Known(why_no_copy="There is one key picture in 20 minutes.")
    decision = decide(RECORDS["mkv"], PLAYERS["chrome"], Wish(), known)
    assert decision.method == "transcode"
    assert [one.code for one in decision.reasons] == ["container", "key_pictures"]
    assert "There is one key picture in 20 minutes." in decision.reasons[1].text
    assert decide(RECORDS["mp4"], PLAYERS["chrome"], Wish(), known).method == "direct"


def test_sound_off_the_grid_is_converted() -> None:
    known = Known(uncopied_audio=frozenset({1}))
    decision = decide(RECORDS["mkv"], PLAYERS["chrome"], Wish(), known)
    assert decision.method == "remux"
    assert [one.copied for one in decision.audio] == [False]
    assert [one.code for one in decision.reasons] == ["container", "audio_no_copy"]


def test_pictures_that_no_segment_can_hold_are_encoded() -> None:
    player = Capabilities.model_validate(
        {"video": [{"codec": "h264"}, {"codec": "vp8"}], "audio": [{"codec": "vorbis"},
        {"codec": "aac"}]}
    )  # fmt: skip
    decision = decide(RECORDS["vp8 webm"], player)
    assert decision.method == "transcode"
    codes = [one.code for one in decision.reasons]
    assert codes == ["container", "video_no_copy", "audio_no_copy"]


CEILINGS = {
    ("uhd hdr", "old tv"): 1080,
    ("uhd hdr", "chrome"): None,
    ("1080p60", "old tv"): 720,
    ("hevc mkv", "old tv"): None,
}


@pytest.mark.parametrize(("file", "player"), CEILINGS)
def test_encoded_pictures_stay_within_what_the_player_decodes(file: str, player: str) -> None:
    assert decide(RECORDS[file], PLAYERS[player]).max_height == CEILINGS[file, player]


def test_a_standing_picture_fits_a_screen_that_a_lying_one_fits() -> None:
    turned = record("mp4", picture(width=1080, height=1920), sound())
    assert decide(turned, PLAYERS["old tv"]).method == "direct"


@pytest.mark.parametrize(("width", "height"), [(1920, 800), (1080, 1920), (1440, 1080)])
def test_pictures_of_any_shape_count_by_the_lines_people_call_them(width: int, height: int) -> None:
    film = record("mp4", picture(width=width, height=height), sound())
    assert decide(film, PLAYERS["chrome"], Wish(max_height=1080)).method == "direct"
    smaller = decide(film, PLAYERS["chrome"], Wish(max_height=720))
    assert (smaller.method, smaller.max_height) == ("transcode", 720)
    assert "this has 1080" in smaller.reasons[0].text


def test_the_lowest_of_all_limits_counts() -> None:
    decision = decide(RECORDS["mp4 fat"], PLAYERS["phone"], Wish(max_bitrate=1_000_000))
    assert decision.max_bitrate == 1_000_000
    assert "1.0" in decision.reasons[0].text


def test_sound_that_would_take_most_of_a_thin_line_is_converted() -> None:
    film = record("mp4", picture(bitrate=900_000), sound("flac", bitrate=1_000_000))
    player = PLAYERS["chrome"].model_copy(update={"max_bitrate": 2_000_000})
    decision = decide(film, player)
    assert [one.code for one in decision.reasons] == ["audio_bitrate"]
    assert [one.copied for one in decision.audio] == [False]


def test_the_best_of_several_decoders_of_a_codec_counts() -> None:
    said = [{"codec": "hevc", "profiles": ["main"]}, {"codec": "hevc", "profiles": ["main 10"],
            "bit_depth": 10}]  # fmt: skip
    player = PLAYERS["living room"].model_copy(
        update={"video": Capabilities.model_validate({"video": said}).video}
    )
    assert decide(RECORDS["hevc 10"], player).method == "direct"


@pytest.mark.parametrize(
    ("file", "player"),
    [
        ("hevc mkv", "free chromium"),  # needs H.264, which it lacks
        ("mkv ac3", "free chromium"),
    ],
)
def test_a_player_that_takes_nothing_we_could_make_is_told_so(file: str, player: str) -> None:
    with pytest.raises(NothingPlayable, match=r"does not play H.264 video either"):
        decide(RECORDS[file], PLAYERS[player])


def test_a_player_without_aac_is_not_sent_converted_sound() -> None:
    film = record("mp4", picture("vp9"), sound("dts", 6))
    with pytest.raises(NothingPlayable, match=r"DTS .* AAC sound"):
        decide(film, PLAYERS["free chromium"])


def test_a_file_of_subtitles_alone_is_refused() -> None:
    with pytest.raises(NothingPlayable):
        decide(record("matroska", *RECORDS["pgs"].streams[2:]), PLAYERS["chrome"])


def test_every_reason_has_a_sentence_for_people() -> None:
    for file in RECORDS.values():
        for player in ("chrome", "safari", "old tv", "phone"):
            for one in decide(file, PLAYERS[player]).reasons:
                assert one.text.endswith(".")
                assert "None" not in one.text
                assert "{" not in one.text


def test_sentences_name_what_people_know() -> None:
    texts = [one.text for one in decide(RECORDS["1080p60"], PLAYERS["old tv"]).reasons]
    assert texts == ["This player plays H.264 video up to level 4.1; this is level 4.2."]
    fat = decide(RECORDS["mp4 fat"], PLAYERS["phone"]).reasons
    assert (
        fat[0].text == f"The file needs {(FAT + 160_000) / 1e6:.1f} Mbit/s; this player takes 2.0."
    )
