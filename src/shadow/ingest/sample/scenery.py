"""Draw the landscapes of the sample library as SVG: sky, and layers that move before it.

A scene is made of a still backdrop and two wider layers anchored at its bottom edge. Everything
follows from a seed, so that each run draws the same pictures.
"""

import itertools
import math
import random
from dataclasses import dataclass

Point = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Palette:
    """Colours as `#rrggbb`: the sky from top to horizon, its light, and four layers far to near."""

    sky: tuple[str, str, str]
    light: str
    layers: tuple[str, str, str, str]
    stars: int = 0


@dataclass(frozen=True, slots=True)
class Scene:
    """One picture: `kind` is `mountains`, `sea` or `orbits`; `light_at` places sun or moon."""

    kind: str
    palette: Palette
    seed: int
    light_at: Point = (0.68, 0.34)


def document(width: int, height: int, body: str) -> bytes:
    """Wrap drawing instructions as an SVG document of that many pixels."""
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" '
        f'viewBox="0 0 {width} {height}">{body}</svg>'
    ).encode()


def whole_picture(scene: Scene, width: int, height: int) -> bytes:
    """Draw a scene with all its layers, for posters and stills."""
    body = backdrop(scene, width, height)
    for depth in (2, 3):
        high = layer_height(scene, depth, height)
        moved = f'<g transform="translate(0 {height - high})">'
        body += moved + layer(scene, depth, width, high) + "</g>"
    return document(width, height, body)


def backdrop(scene: Scene, width: int, height: int) -> str:
    """Draw what does not move: sky, stars, sun or moon, and the farthest shapes."""
    random_ = random.Random(scene.seed)  # noqa: S311 a picture, not a secret
    top, middle, low = scene.palette.sky
    stops = ((0, top), (0.55, middle), (1, low))
    body = gradient("sky", stops) + f'<rect width="{width}" height="{height}" fill="url(#sky)"/>'
    body += stars(random_, scene.palette.stars, width, height)
    if scene.kind == "orbits":
        return body + nebula(random_, scene.palette, width, height)
    body += shining_disc(scene, width, height)
    if scene.kind == "sea":
        return body + open_water(random_, scene, width, height)
    for depth, base in ((0, 0.52), (1, 0.63)):
        points = ridge(random_, width, height * base, height * 0.13)
        body += filled(points, width, height, scene.palette, depth)
    return body


def layer_height(scene: Scene, depth: int, height: int) -> int:
    """Say how many pixels of the picture's height a layer (2 or 3) covers, an even number."""
    share = {"mountains": (0.42, 0.3), "sea": (0.36, 0.22), "orbits": (0.74, 0.4)}
    return int(height * share[scene.kind][depth - 2]) // 2 * 2


def layer(scene: Scene, depth: int, width: int, height: int) -> str:
    """Draw a moving layer (depth 2 or 3) on a transparent ground."""
    random_ = random.Random(scene.seed * 10 + depth)  # noqa: S311 a picture, not a secret
    if scene.kind == "orbits":
        draw = planet if depth == 2 else drifting_rocks
        return draw(random_, scene.palette, width, height)
    if scene.kind == "sea":
        points = waves(random_, width, height * 0.3, height * 0.055)
        boat = sailboat(points, width, height, scene.palette) if depth == 2 else ""
        return boat + filled(points, width, height, scene.palette, depth)
    points = ridge(random_, width, height * 0.42, height * 0.34)
    trees = forest(random_, points, height, scene.palette.layers[depth]) if depth == 3 else ""
    return trees + filled(points, width, height, scene.palette, depth)


def gradient(name: str, stops: tuple[tuple[float, str], ...]) -> str:
    """Define a vertical gradient."""
    inner = "".join(f'<stop offset="{at}" stop-color="{colour}"/>' for at, colour in stops)
    return f'<linearGradient id="{name}" x1="0" y1="0" x2="0" y2="1">{inner}</linearGradient>'


def glow(name: str, colour: str, strength: float) -> str:
    """Define a light that fades outwards."""
    stops = ((0, strength), (0.3, strength * 0.42), (0.6, strength * 0.12), (1, 0))
    inner = "".join(
        f'<stop offset="{at}" stop-color="{colour}" stop-opacity="{much}"/>' for at, much in stops
    )
    return f'<radialGradient id="{name}">{inner}</radialGradient>'


def circle(x: float, y: float, radius: float, fill: str, opacity: float = 1.0) -> str:
    """Draw a disc."""
    return (
        f'<circle cx="{x:.1f}" cy="{y:.1f}" r="{radius:.1f}" fill="{fill}" '
        f'opacity="{opacity:.2f}"/>'
    )


def stars(random_: random.Random, count: int, width: int, height: int) -> str:
    """Scatter stars, more of them small and high up."""
    return "".join(
        circle(
            random_.uniform(0, width),
            height * 0.9 * random_.random() ** 1.3,
            0.6 + 1.3 * random_.random() ** 4,
            "#fff8ec",
            random_.uniform(0.25, 0.95),
        )
        for _ in range(count)
    )


def shining_disc(scene: Scene, width: int, height: int) -> str:
    """Draw sun or moon with its glow."""
    x, y = scene.light_at[0] * width, scene.light_at[1] * height
    radius = 0.075 * math.sqrt(width * height)
    light = scene.palette.light
    return (
        glow("halo", light, 0.75)
        + circle(x, y, radius * 5, "url(#halo)")
        + circle(x, y, radius, light, 0.96)
    )


def nebula(random_: random.Random, palette: Palette, width: int, height: int) -> str:
    """Draw soft clouds of coloured light."""
    body = ""
    for number in range(7):
        colour = palette.layers[number % 2] if number else palette.light
        body += glow(f"cloud{number}", colour, 0.42)
        wide = random_.uniform(0.25, 0.5) * width
        x, y = random_.uniform(0, width), random_.uniform(0, height * 0.8)
        turn = random_.uniform(-40, 20)
        body += (
            f'<ellipse cx="{x:.0f}" cy="{y:.0f}" rx="{wide:.0f}" ry="{wide * 0.45:.0f}" '
            f'fill="url(#cloud{number})" transform="rotate({turn:.0f} {x:.0f} {y:.0f})"/>'
        )
    return body


def ridge(random_: random.Random, width: int, base: float, rough: float) -> list[Point]:
    """Make a mountain line by displacing midpoints, each round half as much."""
    heights = [random_.uniform(-rough, rough) for _ in range(max(3, width // 300))]
    step = rough
    while len(heights) < width / 7:
        step *= 0.52
        between = [
            (left + right) / 2 + random_.uniform(-step, step)
            for left, right in itertools.pairwise(heights)
        ]
        heights = [value for pair in zip(heights, [*between, 0.0], strict=True) for value in pair][
            :-1
        ]
    stride = width / (len(heights) - 1)
    return [(index * stride, base + value) for index, value in enumerate(heights)]


def waves(random_: random.Random, width: int, base: float, high: float) -> list[Point]:
    """Make a line of swell out of three sines."""
    parts = [(high / n, random_.uniform(0, 6.28), 0.017 * n) for n in (1, 2.3, 5)]
    return [
        (x, base + sum(size * math.sin(x * pace + shift) for size, shift, pace in parts))
        for x in range(0, width + 12, 12)
    ]


def filled(points: list[Point], width: int, height: int, palette: Palette, depth: int) -> str:
    """Fill below a line with a layer's colour, misty towards its foot when far away."""
    colour = palette.layers[depth]
    mist = palette.layers[max(depth - 1, 0)] if depth < 3 else colour
    name = f"layer{depth}"
    line = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
    fill = gradient(name, ((0, colour), (0.45, colour), (1, mist)))
    return f'{fill}<polygon points="0,{height} {line} {width},{height}" fill="url(#{name})"/>'


def forest(random_: random.Random, points: list[Point], height: int, colour: str) -> str:
    """Stand fir trees on a line."""
    body = ""
    for x, y in points:
        for _ in range(2):
            tall = random_.uniform(0.1, 0.34) * height
            at = x + random_.uniform(-5, 5)
            half = tall * 0.19
            shape = (
                f"{at - half:.1f},{y + 4:.1f} {at:.1f},{y - tall:.1f} {at + half:.1f},{y + 4:.1f}"
            )
            body += f'<polygon points="{shape}" fill="{colour}"/>'
    return body


def open_water(random_: random.Random, scene: Scene, width: int, height: int) -> str:
    """Draw sea to the horizon, islands on it, and the path of light."""
    horizon = height * 0.6
    far, near = scene.palette.layers[:2]
    body = ""
    for _ in range(3):
        x, wide = random_.uniform(0, width), random_.uniform(0.08, 0.2) * width
        high = wide * 0.13
        body += (
            f'<path d="M{x - wide:.0f} {horizon:.0f} '
            f"Q{x - wide * 0.3:.0f} {horizon - high * 2:.0f} "
            f'{x:.0f} {horizon - high:.0f} T{x + wide:.0f} {horizon:.0f} Z" fill="{far}"/>'
        )
    body += gradient("water", ((0, far), (1, near)))
    body += f'<rect y="{horizon:.0f}" width="{width}" height="{height}" fill="url(#water)"/>'
    for row in range(34):
        y = horizon + 3 + row * row * height * 0.00034
        spread = width * (0.02 + 0.0035 * row)
        x = scene.light_at[0] * width + random_.uniform(-spread, spread)
        long = random_.uniform(0.4, 1.2) * spread
        body += (
            f'<rect x="{x - long / 2:.1f}" y="{y:.1f}" width="{long:.1f}" '
            f'height="{1 + row * height * 0.00011:.1f}" rx="1.5" fill="{scene.palette.light}" '
            f'opacity="{0.75 - row * 0.015:.2f}"/>'
        )
    return body


def sailboat(points: list[Point], width: int, height: int, palette: Palette) -> str:
    """Set a small boat on the swell."""
    x, y = points[int(len(points) * (0.3 if width < 1000 else 0.42))]
    size = height * 0.3
    hull, sail = palette.layers[3], palette.light
    return (
        f'<g transform="translate({x:.0f} {y + size * 0.06:.0f}) rotate(-4)">'
        f'<polygon points="0,{-size:.0f} 0,{-size * 0.14:.0f} {size * 0.5:.0f},{-size * 0.14:.0f}" '
        f'fill="{sail}" opacity="0.95"/>'
        f'<polygon points="-4,{-size * 0.9:.0f} -4,{-size * 0.14:.0f} {-size * 0.3:.0f},'
        f'{-size * 0.14:.0f}" fill="{sail}" opacity="0.7"/>'
        f'<path d="M{-size * 0.42:.0f} {-size * 0.1:.0f} H{size * 0.6:.0f} Q{size * 0.44:.0f} '
        f'{size * 0.1:.0f} {size * 0.3:.0f} {size * 0.1:.0f} H{-size * 0.26:.0f} Z" fill="{hull}"/>'
        "</g>"
    )


def planet(random_: random.Random, palette: Palette, width: int, height: int) -> str:
    """Draw a shaded planet with bands and a ring, and its moon."""
    size = random_.uniform(0.72, 1.0)
    radius = min(height * 0.33, width * 0.24) * size
    wander = random_.uniform(-0.25, 0.25) * height if width > height else 0
    x = width * (0.5 if width < 2 * height else 0.55) + wander
    y = height * random_.uniform(0.42, 0.54)
    turn = random_.choice((-16, -28, 14, 22))
    bands = "".join(
        f'<ellipse cx="{x:.0f}" cy="{y + radius * at:.0f}" rx="{radius * 1.1:.0f}" '
        f'ry="{radius * random_.uniform(0.04, 0.12):.0f}" fill="{palette.layers[1]}" '
        f'opacity="{random_.uniform(0.25, 0.6):.2f}"/>'
        for at in (-0.66, -0.38, -0.08, 0.2, 0.5, 0.74)
    )
    ring = "".join(
        f'<ellipse cx="{x:.0f}" cy="{y:.0f}" rx="{radius * wide:.0f}" ry="{radius * high:.0f}" '
        f'fill="none" stroke="{colour}" stroke-width="{radius * thick:.0f}" opacity="0.75"/>'
        for wide, high, thick, colour in (
            (1.85, 0.42, 0.1, palette.light),
            (1.55, 0.34, 0.05, palette.layers[0]),
        )
    )
    upper = f'<clipPath id="behind"><rect width="{width}" height="{y:.0f}"/></clipPath>'
    lower = (
        f'<clipPath id="before"><rect y="{y:.0f}" width="{width}" height="{height}"/></clipPath>'
    )
    ball = (
        f'<clipPath id="ball"><circle cx="{x:.0f}" cy="{y:.0f}" r="{radius:.0f}"/></clipPath>'
        f'<radialGradient id="shade" cx="0.32" cy="0.28" r="0.85"><stop offset="0" '
        f'stop-color="#ffffff" stop-opacity="0.35"/><stop offset="0.45" stop-color="#000000" '
        f'stop-opacity="0"/><stop offset="1" stop-color="#05020c" stop-opacity="0.88"/>'
        f"</radialGradient>"
    )
    moon_x, moon_y, moon_radius = x + radius * 1.5, y - radius * 1.05, radius * 0.17
    tilt = f'<g transform="rotate({turn} {x:.0f} {y:.0f})">'
    return (
        upper + lower + ball + tilt + f'<g clip-path="url(#behind)">{ring}</g>'
        f'<g clip-path="url(#ball)">{circle(x, y, radius, palette.layers[2])}{bands}</g>'
        f'<g clip-path="url(#before)">{ring}</g></g>'
        f"{circle(x, y, radius, 'url(#shade)')}"
        f"{circle(moon_x, moon_y, moon_radius, palette.light)}"
        f"{circle(moon_x, moon_y, moon_radius, 'url(#shade)')}"
    )


def drifting_rocks(random_: random.Random, palette: Palette, width: int, height: int) -> str:
    """Scatter dark rocks with a lit edge, larger towards the bottom."""
    body = ""
    for _ in range(width // 42):
        depth = random_.random() ** 2
        x, y = random_.uniform(0, width), height * (1 - 0.75 * depth)
        size = height * random_.uniform(0.025, 0.12) * (1 - 0.6 * depth)
        corners = [
            (
                x + size * random_.uniform(0.7, 1.15) * math.cos(turn * math.tau / 9),
                y + size * random_.uniform(0.6, 1.0) * math.sin(turn * math.tau / 9),
            )
            for turn in range(9)
        ]
        shape = " ".join(f"{px:.1f},{py:.1f}" for px, py in corners)
        lit = " ".join(f"{px - size * 0.1:.1f},{py - size * 0.12:.1f}" for px, py in corners)
        body += f'<polygon points="{lit}" fill="{palette.light}" opacity="0.55"/>'
        body += f'<polygon points="{shape}" fill="{palette.layers[3]}"/>'
    return body
