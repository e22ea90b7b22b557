"""What holds for every file on every player, however odd both are."""

from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st
from tests.support.players import PLAYERS, RECORDS, picture, sound, words

from shadow.ingest.probe_facts import StreamFacts
from shadow.streaming.capabilities import Capabilities
from shadow.streaming.decision import COPIED_AUDIO, COPIED_VIDEO, Decision, Known, decide
from shadow.streaming.encoding import plays_encoded_audio, plays_encoded_video
from shadow.streaming.errors import NothingPlayable
from shadow.streaming.faults import audio_faults, video_faults
from shadow.streaming.media import Record, Wish
from shadow.streaming.reasons import ORDER

VIDEO = ["h264", "hevc", "vp9", "vp8", "av1", "mpeg4", None]
AUDIO = ["aac", "ac3", "flac", "dts", "vorbis", "pcm_s24le", None]
CONTAINERS = ["mp4", "matroska", "webm", "mpegts", "m4a", None]
RATES = st.one_of(st.none(), st.integers(1, 40_000_000))


@st.composite
def videos(draw: st.DrawFn) -> StreamFacts:
    return picture(
        draw(st.sampled_from(VIDEO)) or "unheard-of",
        profile=draw(st.sampled_from(["Main", "High", "High 10", "Main 10", None])),
        level=draw(st.sampled_from([30, 41, 52, 153, None])),
        bit_depth=draw(st.sampled_from([8, 10, None])),
        width=draw(st.sampled_from([320, 1920, 3840, None])),
        fps=draw(st.sampled_from([23.976, 59.94, None])),
        hdr=draw(st.sampled_from(["hdr10", "dolby-vision", None])),
        bitrate=draw(RATES),
        details=draw(st.sampled_from([{}, {"rotation": 90}, {"field_order": "bb"}])),
    )


@st.composite
def records(draw: st.DrawFn) -> Record:
    pictures = draw(st.lists(videos(), max_size=2))
    streams = [replace(one, index=number) for number, one in enumerate(pictures)]
    for index in range(draw(st.integers(0, 3))):
        channels, default = draw(st.sampled_from([1, 2, 6, 8])), draw(st.booleans())
        codec = draw(st.sampled_from(AUDIO)) or "unheard-of"
        streams.append(sound(codec, channels, 10 + index, default=default, bitrate=draw(RATES)))
    codecs = draw(st.lists(st.sampled_from(["ass", "subrip", "hdmv_pgs_subtitle"]), max_size=2))
    streams += [words(codec, 20 + number) for number, codec in enumerate(codecs)]
    return Record(draw(st.sampled_from(CONTAINERS)), 60.0, draw(RATES), streams)


FILES = records() | st.sampled_from(list(RECORDS.values()))
WISHES = st.builds(
    Wish,
    st.none() | st.integers(8, 14),
    st.none() | st.integers(18, 23),
    st.none() | st.integers(1, 4000),
    RATES,
)
KNOWN = st.builds(Known, st.none() | st.just("no."), st.frozensets(st.integers(10, 13), max_size=2))


@st.composite
def players(draw: st.DrawFn) -> Capabilities:
    base = PLAYERS[draw(st.sampled_from(sorted(PLAYERS)))]
    other = PLAYERS[draw(st.sampled_from(sorted(PLAYERS)))]
    mixed = {"video": other.video, "audio": draw(st.sampled_from([base, other])).audio}
    return base.model_copy(update={**mixed, "max_bitrate": draw(RATES)})


def decided(file: Record, player: Capabilities, wish: Wish, known: Known) -> Decision | None:
    try:
        return decide(file, player, wish, known)
    except NothingPlayable:
        return None


@settings(max_examples=400, deadline=None)
@given(FILES, players(), WISHES, KNOWN)
def test_what_is_decided_is_always_something_the_player_plays(
    file: Record, player: Capabilities, wish: Wish, known: Known
) -> None:
    decision = decided(file, player, wish, known)
    if decision is None:
        return
    assert (decision.method == "direct") == (not decision.reasons)
    streams = {one.index: one for one in file.streams}
    if decision.video in {"direct", "copy"} and decision.video_stream is not None:
        assert video_faults(streams[decision.video_stream], player) == []
    if decision.video == "copy" and decision.video_stream is not None:
        assert streams[decision.video_stream].codec in COPIED_VIDEO
        assert known.why_no_copy is None
    if decision.video == "transcode":
        assert plays_encoded_video(player)
    for track in decision.audio:
        if track.copied:
            assert audio_faults(streams[track.stream], player) == []
        else:
            assert plays_encoded_audio(player)
        if track.copied and decision.method != "direct":
            assert streams[track.stream].codec in COPIED_AUDIO - known.uncopied_audio
    if decision.method == "direct":
        assert player.plays_container(file.container)
        assert player.prefer == "direct"


@settings(max_examples=200, deadline=None)
@given(FILES, players(), WISHES, KNOWN)
def test_the_parts_of_a_decision_agree(
    file: Record, player: Capabilities, wish: Wish, known: Known
) -> None:
    decision = decided(file, player, wish, known)
    if decision is None:
        return
    assert (decision.method == "transcode") == (decision.video == "transcode")
    assert sum(one.selected for one in decision.audio) <= 1
    assert any(one.selected for one in decision.audio) == bool(
        file.of_type("audio") and player.audio
    )
    if decision.burn is not None:
        assert decision.video == "transcode"
        assert decision.burn == wish.subtitle_index
    codes = [one.code for one in decision.reasons]
    assert codes == sorted(set(codes), key=ORDER.__getitem__)
    if wish.max_height is not None and decision.max_height is not None:
        assert decision.max_height <= wish.max_height
    assert decision == decide(file, player, wish, known)


@settings(max_examples=200, deadline=None)
@given(FILES, players(), WISHES)
def test_a_player_that_prefers_hls_always_gets_it(
    file: Record, player: Capabilities, wish: Wish
) -> None:
    decision = decided(file, player.model_copy(update={"prefer": "hls"}), wish, Known())
    assert decision is None or decision.method != "direct"


@settings(max_examples=200, deadline=None)
@given(FILES, players(), WISHES)
def test_a_player_that_can_do_more_never_fares_worse(
    file: Record, player: Capabilities, wish: Wish
) -> None:
    more = player.model_copy(
        update={
            "containers": (*player.containers, "mp4", "matroska", "webm", "mpegts"),
            "hdr": True,
            "switches_audio": True,
            "max_bitrate": None,
        }
    )
    rank = {"direct": 0, "remux": 1, "transcode": 2}
    before = decided(file, player, wish, Known())
    after = decided(file, more, wish, Known())
    if before is not None:
        assert after is not None
        assert rank[after.method] <= rank[before.method]


@settings(max_examples=100, deadline=None)
@given(FILES, players(), WISHES)
def test_a_file_that_cannot_be_cut_is_sent_as_it_is_and_the_reason_said(
    file: Record, player: Capabilities, wish: Wish
) -> None:
    decision = decided(file, player, wish, Known(why_no_segments="It lies far away."))
    if decision is None:
        return
    assert decision.method == "direct"
    by_itself = decided(file, player, wish, Known())
    if by_itself is not None and by_itself.method == "direct":
        assert decision == by_itself
    else:
        last = {one.code: one.text for one in decision.reasons}["direct_only"]
        assert last.endswith("It lies far away.")
