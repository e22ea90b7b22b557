"""Sound: exact in time, joins that cannot be heard, the same bytes in any order."""

import cmath
import functools
import io
import math
import os
import random
from array import array
from dataclasses import replace

import av
import pytest

from shadow.hls.segments import audio
from shadow.hls.segments.box import read_fragments
from shadow.hls.segments.facts import AudioTrack
from shadow.hls.segments.opening import kept_open
from shadow.hls.segments.orders import AudioRung, AudioSource, AudioSpan
from shadow.hls.segments.plan import audio_source, audio_spans, copied_audio_spans, copied_start
from shadow.runtime.media_errors import MediaError
from tests.hls.segments.pieces import Indexed, indexed
from tests.hls.segments.reading import indexed_path, packets_of_stream
from tests.support.media import ffmpeg_made

TRACKS = (
    ("h264_mkv", 0),
    ("h264_ts", 0),
    ("two_audio", 1),
    ("surround_71", 0),
    ("opus_mkv", 0),
    ("mp3_audio", 0),
    ("flac96", 0),
    ("eac3_mkv", 0),
    ("no_video", 0),
    ("fps25", 0),
    ("mpeg4_avi", 0),
)


def track_of(film: Indexed, number: int) -> AudioTrack:
    return film.index.audio[number]


def rung_of(track: AudioTrack) -> AudioRung:
    return AudioRung(44_100 if track.rate % 11_025 == 0 else 48_000)


def order_of(film: Indexed, number: int) -> AudioSource:
    return audio_source(track_of(film, number), film.plan, film.index)


def encoded(film: Indexed, number: int, span: AudioSpan) -> bytes:
    with kept_open(os.fsencode(film.path), film.key) as container:
        rung = rung_of(track_of(film, number))
        return b"".join(audio.encode_segment(container, order_of(film, number), span, rung))


@functools.cache
def in_order(name: str, number: int) -> tuple[bytes, ...]:
    film = indexed(name)
    spans = audio_spans(film.plan, rung_of(track_of(film, number)).rate)
    return tuple(encoded(film, number, span) for span in spans)


def whole(name: str, number: int) -> bytes:
    init = audio.encoded_init(rung_of(track_of(indexed(name), number)))
    return init + b"".join(in_order(name, number))


def samples_of(content: bytes, rate: int) -> "array[float]":
    """All samples of a film in memory, mixed to one channel."""
    found = array("f")
    with av.open(io.BytesIO(content)) as container:
        mixer = av.AudioResampler("fltp", "mono", rate)
        for frame in container.decode(audio=0):
            for mixed in mixer.resample(frame):
                found.frombytes(bytes(mixed.planes[0])[: mixed.samples * 4])
    return found


def tone_in(samples: "array[float]", at: float, rate: int, pitch: int) -> complex:
    """How loud a tone is, and in which phase, in the tenth of a second from a time on."""
    turn = -2j * math.pi * pitch / rate
    first = round(at * rate)
    part = samples[first : first + rate // 10]
    return sum(value * cmath.exp(turn * (first + n)) for n, value in enumerate(part)) / len(part)


@pytest.mark.parametrize(("name", "number"), TRACKS)
def test_segments_are_the_same_bytes_in_any_order(name: str, number: int) -> None:
    film = indexed(name)
    spans = audio_spans(film.plan, rung_of(track_of(film, number)).rate)
    mixed = random.Random(name).sample(spans, len(spans))
    made = {span.number: encoded(film, number, span) for span in mixed}

    assert tuple(made[span.number] for span in spans) == in_order(name, number)


@pytest.mark.parametrize(("name", "number"), TRACKS)
def test_packets_stand_on_one_grid_without_a_gap(name: str, number: int) -> None:
    film = indexed(name)
    spans = audio_spans(film.plan, rung_of(track_of(film, number)).rate)
    packets = read_fragments(whole(name, number))

    assert [one.pts for one in packets] == [n * 1024 for n in range(spans[-1].end)]
    assert {one.duration for one in packets} == {1024}


@pytest.mark.parametrize(("name", "number"), TRACKS)
def test_sound_stays_where_it_is_in_the_film(name: str, number: int) -> None:
    film = indexed(name)
    rate = rung_of(track_of(film, number)).rate
    pitch = 330 if name == "two_audio" else 220
    samples = samples_of(whole(name, number), rate)

    # A tone all along, whose phase tells microseconds, and a beep as each second begins.
    phases = [tone_in(samples, second / 2, rate, pitch) for second in range(3, 44, 2)]
    shifts = [cmath.phase(one / phases[0]) / (2 * math.pi * pitch) for one in phases]
    assert max(map(abs, shifts)) < 0.0001
    for second in range(1, 23):
        beep, silence = (
            abs(tone_in(samples, second + late, rate, pitch * 4)) for late in (-0.04, -0.14)
        )
        assert beep > 5 * silence


@pytest.mark.parametrize("rate", [48_000, 44_100, 96_000, 32_000])
def test_joins_sound_as_one_encode_of_the_whole_track(rate: int) -> None:
    wave = "0.2*sin(2*PI*(220+10*t)*t)+0.1*sin(2*PI*1234*t)"
    tones = ffmpeg_made(
        f"tones{rate}.mkv",
        *("-f", "lavfi", "-i", f"aevalsrc={wave}|{wave}:s={rate}:d=20", "-c:a", "flac"),
    )
    film = indexed_path(tones)
    joined, one_piece = joined_and_whole(film)

    assert len(joined) == len(one_piece)
    for span in audio_spans(film.plan, rung_of(track_of(film, 0)).rate)[1:]:
        around = slice((span.first - 1) * 1024, (span.first + 2) * 1024)
        assert noise_ratio(joined[around], one_piece[around]) >= 60


def test_joins_amid_beeps_are_no_worse_than_an_encode_of_the_whole_track() -> None:
    film = indexed("h264_mkv")  # a beep each second, and segments of six
    joined, one_piece = joined_and_whole(film)
    for span in audio_spans(film.plan, 48_000)[1:]:
        around = slice((span.first - 1) * 1024, (span.first + 2) * 1024)
        assert noise_ratio(joined[around], one_piece[around]) >= 40


def joined_and_whole(film: Indexed) -> tuple["array[float]", "array[float]"]:
    """The samples of all segments, and of one segment that is the whole track."""
    rung = rung_of(track_of(film, 0))
    spans = audio_spans(film.plan, rung.rate)
    init = audio.encoded_init(rung)
    joined = b"".join(encoded(film, 0, span) for span in spans)
    whole_track = encoded(film, 0, AudioSpan(0, 0, spans[-1].end))
    return samples_of(init + joined, rung.rate), samples_of(init + whole_track, rung.rate)


def noise_ratio(heard: "array[float]", wanted: "array[float]") -> float:
    """Decibels from a signal to its difference from another."""
    noise = sum((a - b) ** 2 for a, b in zip(heard, wanted, strict=True))
    return 10 * math.log10(sum(one * one for one in wanted) / max(noise, 1e-20))


def test_what_the_file_lacks_is_silence() -> None:
    holes = ffmpeg_made(
        "holes.mkv",
        *("-f", "lavfi", "-i", "testsrc2=size=64x36:rate=25:duration=12"),
        *("-f", "lavfi", "-i", "sine=frequency=440:sample_rate=48000:duration=10"),
        *("-af", "aselect='not(between(t,4,6))'", "-c:a", "flac", "-c:v", "libx264"),
    )
    film = indexed_path(holes)
    rung = AudioRung(48_000)
    spans = audio_spans(film.plan, rung.rate)
    source = audio_source(film.index.audio[0], film.plan, film.index)
    with kept_open(os.fsencode(holes), film.key) as container:
        made = [b"".join(audio.encode_segment(container, source, one, rung)) for one in spans]
    samples = samples_of(audio.encoded_init(rung) + b"".join(made), rung.rate)

    assert abs(tone_in(samples, 3, 48_000, 440)) > 0.02
    assert max(map(abs, samples[int(4.1 * 48_000) : int(5.9 * 48_000)])) < 1e-3
    assert abs(tone_in(samples, 8, 48_000, 440)) > 0.02
    assert max(map(abs, samples[int(10.1 * 48_000) :])) < 1e-3
    assert len(samples) == spans[-1].end * 1024


def test_every_layout_is_mixed_down_with_the_centre_heard_on_both_sides() -> None:
    centre = ffmpeg_made(
        "centre.mkv",
        *("-f", "lavfi", "-i", "sine=frequency=440:sample_rate=48000:duration=4"),
        *("-af", "pan=5.1|FC=c0", "-c:a", "flac"),
    )
    film = indexed_path(centre)
    rung = AudioRung(48_000)
    source = audio_source(film.index.audio[0], film.plan, film.index)
    with kept_open(os.fsencode(centre), film.key) as container:
        span = audio_spans(film.plan, 48_000)[0]
        made = b"".join(audio.encode_segment(container, source, span, rung))
    with av.open(io.BytesIO(audio.encoded_init(rung) + made)) as heard:
        frames = list(heard.decode(audio=0))
    left, right = (
        array("f", bytes(plane)[: frames[50].samples * 4]) for plane in frames[50].planes
    )
    assert max(left) > 0.05
    assert noise_ratio(left, right) > 40


def test_damaged_sound_is_encoded_to_its_end() -> None:
    film = indexed("corrupt_middle")
    spans = audio_spans(film.plan, 48_000)
    packets = read_fragments(whole("corrupt_middle", 0))
    assert len(packets) == spans[-1].end


COPIED = (("h264_mkv", 0), ("h264_mp4", 0), ("fps25", 0), ("no_video", 0))


@pytest.mark.parametrize(("name", "number"), COPIED)
def test_copied_packets_are_those_of_the_file_at_their_own_times(name: str, number: int) -> None:
    film = indexed(name)
    track, source = track_of(film, number), order_of(film, number)
    spans = copied_audio_spans(film.plan, track)
    with kept_open(os.fsencode(film.path), film.key) as container:
        init = audio.copied_init(container, source)
        made = {
            span.number: b"".join(audio.copy_segment(container, source, span))
            for span in random.Random(name).sample(spans, len(spans))
        }
    packets = read_fragments(init + b"".join(made[span.number] for span in spans))

    own = packets_of_stream(film.path, track.stream)[spans[0].first : spans[-1].end]
    assert [bytes(one.content) for one in packets] == own
    begin = copied_start(film.plan, track)
    size = track.frame_size
    assert [one.pts for one in packets] == [
        begin + n * size for n in range(spans[0].first, spans[-1].end)
    ]


@pytest.mark.parametrize(
    ("name", "number"), [("two_audio", 1), ("eac3_mkv", 0), ("mp3_audio", 0), ("opus_mkv", 0)]
)
def test_other_codecs_are_copied_by_their_own_frame_size(name: str, number: int) -> None:
    film = indexed(name)
    track, source = track_of(film, number), order_of(film, number)
    assert track.frame_size > 0
    span = copied_audio_spans(film.plan, track)[1]
    with kept_open(os.fsencode(film.path), film.key) as container:
        init = audio.copied_init(container, source)
        segment = b"".join(audio.copy_segment(container, source, span))

    packets = read_fragments(init + segment)

    own = packets_of_stream(film.path, track.stream)
    assert len(packets) == span.end - span.first
    assert {one.duration for one in packets} == {track.frame_size}
    assert [bytes(one.content) for one in packets] == own[span.first : span.end]


def test_a_copy_goes_on_over_packets_that_are_missing() -> None:
    film = indexed("h264_mkv")
    track, source = track_of(film, 0), order_of(film, 0)
    last = copied_audio_spans(film.plan, track)[-1]
    longer = replace(last, end=last.end + 5)
    with kept_open(os.fsencode(film.path), film.key) as container:
        init = audio.copied_init(container, source)
        packets = read_fragments(init + b"".join(audio.copy_segment(container, source, longer)))

    assert len(packets) == longer.end - longer.first
    assert bytes(packets[-1].content) == bytes(packets[-6].content)


def test_a_copy_of_nothing_is_an_error() -> None:
    film = indexed("h264_mkv")
    with (
        kept_open(os.fsencode(film.path), film.key) as container,
        pytest.raises(MediaError),
    ):
        audio.copy_segment(container, order_of(film, 0), AudioSpan(9, 90_000, 90_100))
