"""Codec names are read from init segments, and those are made right and always the same."""

import os
import struct
from fractions import Fraction

import av
import pytest
from av.audio.codeccontext import AudioCodecContext
from av.video.codeccontext import VideoCodecContext
from hypothesis import given
from hypothesis import strategies as st

from shadow.hls.segments.box import find_box
from shadow.hls.segments.codecs import codec_strings
from shadow.hls.segments.initial import copied_init, encoded_init, with_timescale
from shadow.hls.segments.nal import (
    annex_b_units,
    key_units,
    length_size,
    units,
    with_lengths,
)
from shadow.hls.segments.opening import kept_open
from shadow.runtime.media_errors import MediaError
from tests.hls.segments.pieces import PROPERTY, indexed, init_of, key_of, walked
from tests.support.hls_fixtures import NAMES, fixture_file

GLOBAL_HEADER = 0x400000
MOV = tuple(one for one in NAMES if one not in {"no_video", "mpeg4_avi"})


def box(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I4s", 8 + len(body), kind) + body


def init_with(entry: bytes, inner: bytes, *, header: int) -> bytes:
    """The least of an init segment that has a sample entry."""
    content = bytes(8) + box(entry, bytes(header) + inner)
    for kind in (b"stsd", b"stbl", b"minf", b"mdia", b"trak", b"moov"):
        content = box(kind, content)
    return content


@pytest.mark.parametrize(
    ("name", "codecs"),
    [
        ("h264_mkv", "avc1.64000C"),
        ("h264_ts", "avc1.64000C"),
        ("hevc_mkv", "hvc1.2.4.L60.90"),
        ("hevc_ts", "hvc1.2.4.L60.90"),
        ("hevc_mp4", "hvc1.1.6.L60.90"),
        ("vp9_webm", "vp09.00.11.08"),
        ("av1_mkv", "av01.0.00M.08"),
        ("odd_size", "avc1.F4000D"),
    ],
)
def test_pictures_are_named_by_what_their_init_segment_says(name: str, codecs: str) -> None:
    film = indexed(name)
    assert film.index.video is not None
    assert film.index.video.codecs == codecs
    assert codec_strings(init_of(film)) == (codecs,)


@pytest.mark.parametrize(
    ("record", "name"),
    [
        ("01016000000090000000000060", "hvc1.1.6.L96.90"),
        ("01022000000000000000000099", "hvc1.2.4.L153"),
        ("01226000000090000000000099", "hvc1.2.6.H153.90"),
        ("0144a0000000b0230000000078", "hvc1.A4.5.L120.B0.23"),
    ],
)
def test_hevc_is_named_with_tier_compatibility_and_constraints(record: str, name: str) -> None:
    inner = box(b"hvcC", bytes.fromhex(record) + bytes(10))
    assert codec_strings(init_with(b"hvc1", inner, header=78)) == (name,)


@pytest.mark.parametrize(
    ("record", "name"),
    [
        ("810800", "av01.0.08M.08"),
        ("810d40", "av01.0.13M.10"),
        ("8130c0", "av01.1.16H.10"),
        ("815360", "av01.2.19M.12"),
    ],
)
def test_av1_is_named_with_two_digits_of_level_and_depth(record: str, name: str) -> None:
    inner = box(b"av1C", bytes.fromhex(record) + b"\0")
    assert codec_strings(init_with(b"av01", inner, header=78)) == (name,)


def test_vp9_of_high_range_is_named_with_its_colours() -> None:
    inner = box(b"vpcC", bytes.fromhex("01000000022aa2091009"))
    name = codec_strings(init_with(b"vp09", inner, header=78))
    assert name == ("vp09.02.42.10.01.09.16.09.00",)


@pytest.mark.parametrize(
    ("descriptors", "name"),
    [
        ("03190001000411401500000000000000000000000502119006010", "mp4a.40.2"),
        ("03808080220001000480808014401500000000000000000000000580808002290806", "mp4a.40.5"),
        ("0315000100040d6b150000000000000000000000060102", "mp4a.6B"),
        ("03190001000411401500000000000000000000000502f8a0", "mp4a.40.37"),
    ],
)
def test_mpeg_4_sound_is_named_by_its_object_type(descriptors: str, name: str) -> None:
    inner = box(b"esds", bytes(4) + bytes.fromhex(descriptors[: len(descriptors) // 2 * 2]))
    assert codec_strings(init_with(b"mp4a", inner, header=28)) == (name,)


@PROPERTY
@given(st.binary(max_size=60), st.sampled_from([b"avcC", b"hvcC", b"av1C", b"vpcC", b"esds"]))
def test_a_damaged_init_segment_is_refused_or_named(record: bytes, kind: bytes) -> None:
    entries = {b"avcC": b"avc1", b"hvcC": b"hvc1", b"av1C": b"av01", b"vpcC": b"vp09"}
    entry = entries.get(kind, b"mp4a")
    init = init_with(entry, box(kind, record), header=28 if kind == b"esds" else 78)
    try:
        (name,) = codec_strings(init)
    except ValueError:
        return
    assert name.startswith(entry.decode())


def test_an_init_segment_without_a_track_has_no_codecs() -> None:
    with pytest.raises(ValueError, match="no sample entry"):
        codec_strings(box(b"moov", b""))


@pytest.mark.parametrize("name", MOV)
def test_a_copied_init_segment_is_the_same_each_time_and_has_no_edit_list(name: str) -> None:
    film = indexed(name)
    assert film.plan.source is not None
    init = init_of(film)
    assert init == init_of(film)
    boxes = dict(walked(init))
    assert {"ftyp", "moov", "moov/trak", "moov/trak/mdia/mdhd"} <= boxes.keys()
    assert "moov/trak/edts" not in boxes
    (ticks,) = struct.unpack(">I", boxes["moov/trak/mdia/mdhd"][12:16])
    assert ticks == film.plan.source.den * film.plan.source.scale


@pytest.mark.parametrize(
    ("name", "stream"), [("eac3_mkv", 1), ("two_audio", 2), ("opus_mkv", 1), ("flac96", 1)]
)
def test_sound_has_an_init_segment_with_ticks_of_its_rate(name: str, stream: int) -> None:
    film = fixture_file(name)
    rate = {"flac96": 96_000}.get(name, 48_000)
    with kept_open(os.fsencode(film), key_of(film)) as container:
        made = [copied_init(container, stream, rate) for _ in range(2)]
        # It is the same wherever the container was left.
        container.seek(10_000_000)
        made.append(copied_init(container, container.streams[stream], rate))
    assert made[0] == made[1] == made[2]
    mdhd = find_box(made[0], b"moov", b"trak", b"mdia", b"mdhd")
    assert mdhd is not None
    assert struct.unpack(">I", mdhd[12:16]) == (rate,)


def test_a_turned_picture_stays_turned() -> None:
    matrices = {}
    for name in ("rotated_mp4", "h264_mp4"):
        boxes = dict(walked(init_of(indexed(name))))
        matrices[name] = struct.unpack(">9i", boxes["moov/trak/tkhd"][40:76])
    one = 1 << 16
    assert matrices["h264_mp4"][:5] == (one, 0, 0, 0, one)
    assert matrices["rotated_mp4"][:5] == (0, -one, 0, one, 0)


def test_what_mp4_cannot_hold_is_said() -> None:
    film = fixture_file("image_subs_mkv")
    with (
        kept_open(os.fsencode(film), key_of(film)) as container,
        pytest.raises(MediaError, match="MP4 cannot hold"),
    ):
        copied_init(container, 2, 1000)


def x264() -> VideoCodecContext:
    context = VideoCodecContext.create("libx264", "w")
    context.width, context.height, context.pix_fmt = 320, 180, "yuv420p"
    context.time_base, context.framerate = Fraction(1, 1000), Fraction(25)
    context.flags |= GLOBAL_HEADER
    context.options = {"preset": "veryfast", "bf": "3", "profile": "main", "level": "3.1"}
    return context


def test_an_encoder_s_init_segment_has_its_own_parameter_sets_and_no_picture() -> None:
    context = x264()
    init = encoded_init(context, timescale=1000)
    assert init == encoded_init(x264(), timescale=1000)
    assert codec_strings(init) == ("avc1.4D401F",)
    assert context.extradata is not None
    sets = [one for one in annex_b_units(context.extradata) if one[0] & 31 in {7, 8}]
    assert len(sets) == 2
    assert all(one in init for one in sets)
    assert {name for name, _ in walked(init) if "/" not in name} == {"ftyp", "moov"}


def test_an_encoder_of_sound_has_an_init_segment_too() -> None:
    context = AudioCodecContext.create("aac", "w")
    context.sample_rate, context.layout, context.format = 44_100, "stereo", "fltp"
    context.bit_rate, context.time_base = 160_000, Fraction(1, 44_100)
    context.flags |= GLOBAL_HEADER
    assert codec_strings(encoded_init(context, timescale=44_100)) == ("mp4a.40.2",)


def test_ticks_of_a_wide_header_are_set_in_their_place() -> None:
    wide = b"\1" + bytes(35)
    init = wide
    for kind in (b"mdhd", b"mdia", b"trak", b"moov"):
        init = box(kind, init)
    changed = with_timescale(init, 24_000)
    assert changed[32 + 20 : 32 + 24] == (24_000).to_bytes(4, "big")
    assert len(changed) == len(init)
    with pytest.raises(ValueError, match="without a track"):
        with_timescale(box(b"moov", b""), 1)


def unit(kind: int, content: bytes) -> bytes:
    return bytes([kind]) + content + b"\x80"


UNITS = st.lists(
    st.tuples(
        st.integers(1, 31), st.binary(max_size=20).map(lambda one: one.replace(b"\0", b"\1"))
    ),
    min_size=1,
    max_size=10,
).map(lambda found: [unit(kind, content) for kind, content in found])


@PROPERTY
@given(UNITS, st.sampled_from([b"\0\0\1", b"\0\0\0\1"]))
def test_start_codes_become_lengths_and_parameter_sets_are_left_out(
    found: list[bytes], code: bytes
) -> None:
    packet = b"".join(code + one for one in found)
    assert list(annex_b_units(packet)) == found
    assert [bytes(one) for one in units(memoryview(packet), 0)] == found
    kept = [one for one in found if one[0] & 31 not in {7, 8, 9}]
    converted = with_lengths(packet, "h264")
    assert [bytes(one) for one in units(memoryview(converted), 4)] == kept


@PROPERTY
@given(st.binary(max_size=80), st.sampled_from([0, 1, 2, 4]), st.sampled_from(["h264", "hevc"]))
def test_any_bytes_can_be_taken_apart(content: bytes, size: int, codec: str) -> None:
    found, safe = key_units(units(memoryview(content), size), codec)
    assert all(found)
    assert isinstance(safe, bool)


@pytest.mark.parametrize(
    ("codec", "kinds", "sets", "safe"),
    [
        ("h264", [9, 7, 8, 6, 5], 2, True),
        ("h264", [9, 7, 8, 6, 1], 2, False),
        ("h264", [6], 0, False),
        ("hevc", [32, 33, 34, 21], 3, True),
        ("hevc", [32, 33, 34, 16], 3, True),
        ("hevc", [39, 1], 0, False),
    ],
)
def test_a_place_to_start_is_known_by_its_first_picture(
    codec: str, kinds: list[int], sets: int, safe: bool
) -> None:
    found = [memoryview(bytes([one if codec == "h264" else one << 1, 1, 2])) for one in kinds]
    parameters, starts = key_units(found, codec)
    assert (len(parameters), starts) == (sets, safe)


def test_the_length_of_lengths_is_in_the_file_s_parameters() -> None:
    assert length_size(b"\1dd\x1f\xff" + bytes(20), "h264") == 4
    assert length_size(b"\1dd\x1f\xfd" + bytes(20), "h264") == 2
    assert length_size(b"\0\0\0\1\x67", "h264") == 0
    assert length_size(None, "hevc") == 0
    assert length_size(b"\1" + bytes(20) + b"\x03", "hevc") == 4
    with av.open(str(fixture_file("hevc_mkv"))) as container:
        assert length_size(container.streams[0].codec_context.extradata, "hevc") == 4
