"""Texts of every kind as WebVTT cues: markup, times, encodings, and what is hostile in them."""

from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shadow.hls.subtitles.ass import ass_time, moved, read_ass, script_of
from shadow.hls.subtitles.cues import MOST_CUES, Cue, webvtt
from shadow.hls.subtitles.encodings import decoded
from shadow.hls.subtitles.markup import shown_ass, shown_html
from shadow.hls.subtitles.reading import kind_of, read

SRT = "1\n00:00:01,000 --> 00:00:02,500\n{}\n"
SCRIPT = """[Script Info]
ScriptType: v4.00+

[V4+ Styles]
Format: Name, Fontname, Bold, Italic, Underline, Alignment
Style: Default,Arial,0,0,0,2
Style: Thought,Arial,0,-1,0,2
Style: Sign,Arial,-1,0,0,8

[Events]
Format: Layer, Start, End, Style, Name, MarginL, MarginR, MarginV, Effect, Text
"""


def srt(text: str) -> list[Cue]:
    return read(SRT.format(text))


def ass(*events: str) -> list[Cue]:
    return read(SCRIPT + "\n".join(events))


def test_subrip_becomes_cues_with_its_italics_and_lines() -> None:
    (cue,) = srt("<i>One</i> and\n<b>two</b>")
    assert cue == Cue(1000, 2500, "", "<i>One</i> and\n<b>two</b>")


def test_html_leaves_its_text_behind_escaped_and_no_tag() -> None:
    (cue,) = srt('<font color="red">A < B & C</font><script>alert(1)</script><img src=x onerror=y>')
    assert cue.text == "A &lt; B &amp; Calert(1)"


def test_entities_are_read_once_and_written_anew() -> None:
    (cue,) = srt("Tom &amp; Jerry &lt;i&gt; AT&T &#x41;&copy")
    assert cue.text == "Tom &amp; Jerry &lt;i&gt; AT&amp;T A&amp;copy"


@pytest.mark.parametrize(
    ("written", "settings"),
    [
        ("{\\an8}x", "line:0"),
        ("{\\an7}x", "line:0 align:start"),
        ("{\\an5}x", "line:50%"),
        ("{\\an3}x", "align:end"),
        ("{\\a6}x", "line:0"),
        ("{\\an2}x", ""),
        ("{\\an8}{\\an1}x", "line:0"),
        ("{\\an0}x", ""),
    ],
)
def test_the_place_of_a_text_is_kept(written: str, settings: str) -> None:
    assert srt(written)[0].settings == settings


def test_tags_that_are_not_closed_or_cross_are_closed_within_each_line() -> None:
    assert shown_html("<i>a<b>b</i>c\nd").text == "<i>a</i><b><i>b</i></b><b>c</b>\n<b>d</b>"


def test_a_number_that_is_the_text_stays_and_the_next_blocks_number_goes() -> None:
    cues = read(
        "1\n00:00:01,000 --> 00:00:02,000\n1984\n\n2\n00:00:03,000 --> 00:00:04,000\n\n"
        "3\n00:00:05,000 --> 00:00:06,000\nEnd\n12\n"
    )
    assert [one.text for one in cues] == ["1984", "End\n12"]


def test_odd_timings_are_read_and_absurd_ones_left_out() -> None:
    cues = read(
        "0:00:01.5-->0:00:02,5\nA\n\n1\n00:00:09,000 --> 00:00:08,000\nback\n\n"
        "-00:00:01,000 --> 00:00:01,000\nearly\n\n9999:00:00,000 --> 9999:00:01,000\nlate\n\n"
        "00:00:10,000 --> 9000:00:00,000\nlong\n\n00:00:10,000 --> 00:00:10,000\nno end\n"
    )
    assert [(one.start, one.end, one.text) for one in cues] == [
        (0, 1000, "early"),
        (1500, 2500, "A"),
        (10_000, 15_000, "no end"),
        (10_000, 360_000_000, "long"),
    ]


def test_webvtt_keeps_its_settings_and_drops_notes_styles_and_voices() -> None:
    (cue,) = read(
        "WEBVTT\nKind: captions\n\nNOTE 00:00 --> nothing\n\nSTYLE\n::cue { color: red }\n\n"
        "id\n00:01.000 --> 00:02.000 line:5% align:start position:10%,line-left bad:<x> \n"
        "<v Bob>Hi <00:01.500><c.red>there</c>\n\nnot text\n"
    )
    assert cue == Cue(1000, 2000, "line:5% align:start position:10%,line-left", "Hi there")


def test_ass_keeps_what_its_styles_say_and_drops_drawings_and_comments() -> None:
    cues = ass(
        "Dialogue: 0,0:00:01.00,0:00:02.00,Default,,0,0,0,,Plain, {\\i1}slanted{\\i0}\\Nline",
        "Dialogue: 0,0:00:03.00,0:00:04.00,Thought,,0,0,0,,Hm {\\r}not{\\rSign}sign",
        "Dialogue: 0,0:00:05.00,0:00:06.00,Sign,,0,0,0,,{\\pos(1,2)\\fad(1,2)\\blur3}INN",
        "Comment: 0,0:00:07.00,0:00:08.00,Default,,0,0,0,,a note",
        "Dialogue: 0,0:00:07.00,0:00:08.00,Sign,,0,0,0,,{\\p1}m 0 0 l 9 9{\\p0}",
        "Dialogue: 0,0:00:09.00,0:00:10.00,Default,,0,0,0,,{\\k20}Ka{\\k20}ra{\\b700}!{\\b100}?",
        "Dialogue: 0,nonsense,0:00:10.00,Default,,0,0,0,,never",
        "Dialogue: 0",
    )
    assert [(one.settings, one.text) for one in cues] == [
        ("", "Plain, <i>slanted</i>\nline"),
        ("", "<i>Hm not</i><b>sign</b>"),
        ("line:0", "<b>INN</b>"),
        ("", "Kara<b>!</b>?"),
    ]


def test_a_sign_drawn_picture_by_picture_and_in_layers_is_one_cue() -> None:
    times = [f"0:00:01.{n:02}" for n in range(0, 40, 4)]
    events = [
        f"Dialogue: {layer},{start},{end},Sign,,0,0,0,,{{\\pos({n},1)}}EXIT"
        for n, (start, end) in enumerate(pairwise(times))
        for layer in (0, 1)
    ]
    assert [(one.start, one.end) for one in ass(*events)] == [(1000, 1360)]


def test_ssa_counts_its_places_differently() -> None:
    script = (
        "[V4 Styles]\nFormat: Name, Bold, Italic, Alignment\nStyle: *Default,0,0,6\n"
        "[Events]\nFormat: Marked, Start, End, Style, Text\n"
        "Dialogue: Marked=0,0:00:01.00,0:00:02.00,*Default,Up, there\n"
    )
    assert read(script) == [Cue(1000, 2000, "line:0", "Up, there")]


def test_a_script_is_put_together_from_packets_in_reading_order() -> None:
    packets = [(5000, 6000, "1,0,Default,,0,0,0,,Later"), (1000, 2004, "0,3,Default,,0,0,0,,A, b")]
    script = script_of("[Script Info]\r\n\r\n[V4+ Styles]\r\n", packets)
    assert script.splitlines()[-2:] == [
        "Dialogue: 3,0:00:01.00,0:00:02.00,Default,,0,0,0,,A, b",
        "Dialogue: 0,0:00:05.00,0:00:06.00,Default,,0,0,0,,Later",
    ]
    assert [one.text for one in read_ass(script)] == ["A, b", "Later"]


def test_a_script_moves_in_time_with_all_else_as_it_was() -> None:
    script = SCRIPT + "Dialogue: 0,0:00:01.00,0:00:02.00,Sign,,0,0,0,,1:00:00.00,2:00:00.00,x\n"
    later = moved(script, 1500)
    assert later == script.replace("0:00:01.00,0:00:02.00", "0:00:02.50,0:00:03.50")
    assert "0:00:00.00,0:00:00.50" in moved(script, -1500)


@given(st.integers(0, 359_999_990))
def test_times_of_scripts_are_right_to_a_hundredth(ms: int) -> None:
    script = f"[Events]\nDialogue: 0,{ass_time(ms)},{ass_time(ms + 10)},x,,0,0,0,,y"
    (cue,) = read_ass(script)
    assert abs(cue.start - ms) <= 5


def test_microdvd_counts_pictures_at_the_rate_it_says_or_the_films() -> None:
    body = "{25}{50}One|two\n{50}{75}{y:i}Three\n"
    assert [(one.start, one.end) for one in read("{1}{1}25.000\n" + body)] == [
        (1000, 2000),
        (2000, 3000),
    ]
    first = read(body, rate=50.0)[0]
    assert (first.start, first.end, first.text) == (500, 1000, "One\ntwo")


@pytest.mark.parametrize(
    "text", ["", "\ufeff", "Just a letter.\n", "PK\x03\x04", "<html><script>", "\0" * 99, "{}"]
)
def test_what_is_no_subtitle_has_no_kind_and_no_cues(text: str) -> None:
    assert (kind_of(text), read(text)) == (None, [])


@pytest.mark.parametrize(
    ("encoding", "language", "line"),
    [
        ("utf-8", None, "Žluťoučký kůň – 日本"),
        ("utf-8-sig", None, "Žluťoučký kůň – 日本"),
        ("utf-16", None, "Žluťoučký kůň – 日本"),
        ("utf-16-le", None, "Grüße aus Köln, alle zusammen"),
        ("utf-16-be", None, "Grüße aus Köln, alle zusammen"),
        ("utf-32", None, "Žluťoučký kůň – 日本"),
        ("cp1252", None, "Ich weiß, daß Sie müde sind. Schön, dass du für mich da bist."),
        ("cp1252", "fr", "Où est l’école ? Ça va très bien, à bientôt."),
        ("cp1250", "pl", "Dzień dobry, jak się pan miewa? Żółta łódź."),
        ("cp1251", None, "Привет, как дела? Я не знаю, что делать."),
        ("koi8_r", "ru", "Привет, как дела? Я не знаю, что делать."),
        ("cp932", None, "こんにちは。元気ですか？私は学生です。"),
        ("euc_jp", "ja", "こんにちは。元気ですか？私は学生です。"),
        ("big5", "zh", "你好，你怎麼樣？我不知道該怎麼辦。"),
        ("gb18030", "zh", "你好，你怎么样？我不知道该怎么办。"),
        ("cp949", "ko", "안녕하세요. 잘 지내세요?"),
        ("cp1255", "he", "שלום מה שלומך היום"),
    ],
)
def test_every_encoding_is_read(encoding: str, language: str | None, line: str) -> None:
    content = (SRT.format(line) + "\n2\n00:00:05,000 --> 00:00:06,000\nOK\n").encode(encoding)
    assert [one.text for one in read(decoded(content, language))] == [line, "OK"]


def test_utf_8_cut_off_in_a_character_is_still_utf_8() -> None:
    assert decoded("Größe €".encode()[:-1]).startswith("Größe")


@pytest.mark.parametrize(
    "text",
    [
        "{" * 3_000_000,
        "<a" * 2_000_000,
        "\\" * 3_000_000,
        "{\\an8" * 500_000,
        "&#" * 1_000_000,
        "m 0 0 l 1 1 " * 300_000,
    ],
    ids=["braces", "angles", "backslashes", "overrides", "entities", "drawing"],
)
def test_one_enormous_text_is_cut_and_takes_no_time_to_speak_of(text: str) -> None:
    for cue in [*srt(text), *ass(f"Dialogue: 0,0:00:01.00,0:00:02.00,Sign,,0,0,0,,{text}")]:
        assert len(cue.text) < 30_000


def test_no_more_cues_are_kept_than_any_film_has() -> None:
    block = "00:00:{:02},{:03} --> 00:01:00,000\nline {}\n\n"
    text = "".join(block.format(n // 1000 % 60, n % 1000, n) for n in range(MOST_CUES + 5000))
    assert len(read(text)) == MOST_CUES


@settings(max_examples=200, deadline=None)
@given(st.text(st.sampled_from("<>&{}\\/ibuanr158 \n-:.,0\t\0\u2028x"), max_size=80))
def test_whatever_the_text_the_cue_is_one_block_with_balanced_tags(text: str) -> None:
    for shown in (shown_html(text), shown_ass(text)):
        depth: list[str] = []
        plain = shown.text
        while (at := plain.find("<")) >= 0:
            tag, _, plain = plain[at + 1 :].partition(">")
            if tag.startswith("/"):
                assert depth.pop() == tag[1:]
            else:
                assert tag in {"i", "b", "u"}
                depth.append(tag)
        assert depth == []
        assert "\n\n" not in shown.text
        assert "-->" not in shown.text
        assert all(one not in shown.text for one in "\0\r")


@settings(max_examples=100, deadline=None)
@given(st.lists(st.tuples(st.integers(-5000, 99_000), st.integers(-5000, 99_000)), max_size=12))
def test_what_is_written_can_be_read_again(times: list[tuple[int, int]]) -> None:
    blocks = [
        f"{'-' if a < 0 else ''}00:00:{abs(a) // 1000:02},{abs(a) % 1000:03} --> "
        f"{'-' if b < 0 else ''}00:00:{abs(b) // 1000:02},{abs(b) % 1000:03}\n{n} <i>x</i>\n\n"
        for n, (a, b) in enumerate(times)
    ]
    cues = read("".join(blocks))
    assert read(webvtt(cues)) == cues
    assert all(0 <= one.start < one.end for one in cues)
    assert [one.start for one in cues] == sorted(one.start for one in cues)
