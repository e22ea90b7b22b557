"""Which encoder makes a rendition, and what trying them tells."""

from pathlib import Path

import pytest
from pydantic import ValidationError

from shadow.hls.encoders import Burn, EncoderSettings, external_wish, self_test, working
from shadow.hls.segments.external import ExternalWish


def test_a_worker_encodes_unless_something_else_is_wished() -> None:
    settings = EncoderSettings()
    assert external_wish(settings, burn=None, tone_map=False) is None
    assert external_wish(settings, burn=None, tone_map=True) == ExternalWish(tone_map=True)
    burnt = external_wish(settings, burn=Burn(file=b"/a/b.ass", offset=1.4), tone_map=False)
    assert burnt == ExternalWish(burn_file=b"/a/b.ass", burn_offset=1.4)
    assert external_wish(settings, burn=Burn(stream=3), tone_map=False) == ExternalWish(
        burn_stream=3
    )


def test_a_graphics_card_is_used_where_it_is_chosen() -> None:
    settings = EncoderSettings(hardware="vaapi", device="/dev/dri/renderD129")
    wish = external_wish(settings, burn=None, tone_map=False)
    assert wish == ExternalWish(hardware="vaapi", device="/dev/dri/renderD129")


def test_a_device_must_be_a_device() -> None:
    with pytest.raises(ValidationError):
        EncoderSettings(device="/dev/dri/x -i /etc/passwd")


async def test_the_ffmpeg_that_comes_along_does_all_that_needs_no_graphics_card() -> None:
    found = {one.name: one.state for one in await self_test(EncoderSettings())}
    assert found == {
        "encoder libx264": "fine",
        "subtitles": "fine",
        "tone mapping": "fine",
        "encoder vaapi": "off",
        "encoder nvenc": "off",
        "encoder qsv": "off",
    }


async def test_a_graphics_card_that_is_not_there_is_told_and_not_used() -> None:
    settings = EncoderSettings(hardware="vaapi", device="/dev/nothing-there")
    found = {one.name: one for one in await self_test(settings)}
    broken = found["encoder vaapi"]
    assert broken.state == "broken"
    assert "/dev/nothing-there" in broken.detail
    assert "group" in broken.detail
    assert (await working(settings)).hardware == "off"


async def test_an_ffmpeg_that_cannot_be_used_is_told(tmp_path: Path) -> None:
    (missing,) = await self_test(EncoderSettings(ffmpeg=str(tmp_path / "ffmpeg")))
    assert missing.state == "broken"
    program = tmp_path / "ffmpeg"
    program.write_text("#!/bin/sh\necho 'no such filter' >&2\nexit 1\n")
    program.chmod(0o755)
    found = await self_test(EncoderSettings(ffmpeg=str(program)))
    assert {one.state for one in found} == {"broken", "off"}
    assert "no such filter" in found[0].detail
