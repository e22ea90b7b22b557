"""Render the pictures of the sample library. Runs in worker processes, which load pyvips."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pyvips

from shadow.ingest.sample.scenery import (
    Scene,
    backdrop,
    document,
    layer,
    layer_height,
    whole_picture,
)
from shadow.ingest.sample.stories import FRAME, LAYER_WIDTHS, STORIES

FONTS = Path(__file__).parent / "fonts"
BOLD = ("League Spartan Bold", str(FONTS / "LeagueSpartan-Bold.otf"))
REGULAR = ("League Spartan", str(FONTS / "LeagueSpartan-Regular.otf"))
WHITE = (255, 255, 255)
POSTER = (1000, 1500)
FANART = (1920, 1080)
STILL = (1280, 720)
QUALITY = 88
LIGHT_BELOW_TITLE = 0.42


def draw_layers(story: int, scene: int, target: str) -> list[str]:
    """Write the still backdrop and the two wide layers of a scene as PNG; return their paths."""
    chosen = STORIES[story].scenes[scene]
    wide, high = FRAME
    pictures = [document(wide, high, backdrop(chosen, wide, high))]
    for depth, width in zip((2, 3), LAYER_WIDTHS, strict=True):
        tall = layer_height(chosen, depth, high)
        pictures.append(document(width, tall, layer(chosen, depth, width, tall)))
    paths = []
    for number, picture in enumerate(pictures):
        path = f"{target}-{scene}-{number}.png"
        pyvips.Image.svgload_buffer(picture).pngsave(path, compression=1)
        paths.append(path)
    return paths


def draw_title(story: int, target: str) -> str:
    """Write the opening title of a story as a transparent PNG of the film's size."""
    told = STORIES[story]
    wide, high = FRAME
    size = fitting(told.title.upper(), BOLD, wide * 0.8, 74)
    picture = blank(wide, high)
    picture = lettered(picture, told.title.upper(), BOLD, size, high * 0.36)
    line = told.episode_line or "a Shadow Systems sample film"
    picture = lettered(picture, line, REGULAR, 26, high * 0.36 + size * 1.15)
    picture.pngsave(target, compression=1)
    return target


def draw_poster(story: int, target: str, scene: int, subtitle: str) -> str:
    """Write a poster: a scene, the title and a line below it."""
    told = STORIES[story]
    chosen = told.scenes[scene]
    below = replace(chosen, light_at=(chosen.light_at[0], LIGHT_BELOW_TITLE))
    picture = scene_picture(below, POSTER)
    wide, high = POSTER
    picture = darkened(picture)
    words = told.poster_words
    size = min(fitting(word, BOLD, wide * 0.82, 190) for word in words)
    y = high * 0.075
    for word in words:
        picture = lettered(picture, word, BOLD, size, y)
        y += size * 0.98
    picture = lettered(picture, subtitle, REGULAR, 40, y + 18)
    picture = lettered(picture, told.tagline, REGULAR, 34, high * 0.935)
    save(picture, target)
    return target


def draw_plain(story: int, target: str, scene: int, size: str) -> str:
    """Write a scene without lettering, as `fanart` or `still`."""
    shape = FANART if size == "fanart" else STILL
    save(scene_picture(STORIES[story].scenes[scene], shape), target)
    return target


def scene_picture(scene: Scene, size: tuple[int, int]) -> Any:
    """Render a scene as an opaque picture."""
    drawn = pyvips.Image.svgload_buffer(whole_picture(scene, *size))
    return drawn.flatten().copy(interpretation="srgb")


def blank(width: int, height: int) -> Any:
    """Make a transparent picture."""
    empty = pyvips.Image.black(width, height, bands=4)
    return empty.copy(interpretation="srgb")


def darkened(picture: Any) -> Any:
    """Shade top and foot, where lettering stands, so that it can be read on any sky."""
    down = pyvips.Image.xyz(picture.width, picture.height)[1] / picture.height
    depth = 1 - down * 2.4
    depth = (depth > 0).ifthenelse(depth, 0)
    foot = (down - 0.86) * 4.5
    foot = (foot > 0).ifthenelse(foot, 0)
    return (picture * (1 - depth * 0.42) * (1 - foot * 0.8)).cast("uchar")


def text_mask(text: str, font: tuple[str, str], size: float) -> Any:
    """Render text as a one-band mask, at 72 dpi so that sizes are pixels."""
    name, file = font
    return pyvips.Image.text(
        f'<span letter_spacing="{round(size * 40)}">{text}</span>',
        font=f"{name} {size:.0f}",
        fontfile=file,
        dpi=72,
    )


def fitting(text: str, font: tuple[str, str], width: float, largest: int) -> float:
    """Find the largest size at which a text is no wider than that."""
    return min(largest, largest * width / float(text_mask(text, font, largest).width))


def lettered(picture: Any, text: str, font: tuple[str, str], size: float, y: float) -> Any:
    """Set a centred line of text with a soft shadow, its top at `y`."""
    mask = text_mask(text, font, size)
    x = round((picture.width - mask.width) / 2)
    spread = max(1.0, size / 14)
    margin = round(spread * 4)
    wide = mask.embed(margin, margin, mask.width + 2 * margin, mask.height + 2 * margin)
    shadow = (wide.gaussblur(spread) * 0.55).cast("uchar")
    place = (x - margin, round(y) - margin)
    picture = picture.composite2(coloured(shadow, (8, 4, 20)), "over", x=place[0], y=place[1])
    return picture.composite2(coloured(mask, WHITE), "over", x=x, y=round(y))


def coloured(mask: Any, colour: tuple[int, int, int]) -> Any:
    """Give a mask one colour, the mask as its transparency."""
    flat = mask.new_from_image(list(colour)).copy(interpretation="srgb")
    return flat.bandjoin(mask)


def save(picture: Any, target: str) -> None:
    """Write an opaque JPEG."""
    opaque = picture.flatten() if picture.hasalpha() else picture
    opaque.jpegsave(target, Q=QUALITY, optimize_coding=True, keep="none")
