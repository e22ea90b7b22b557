"""What the sample library tells: titles, people, scenes and words, all invented here (CC0)."""

from dataclasses import dataclass

from shadow.ingest.sample.scenery import Palette, Scene

FRAME = (960, 540)  # pixels
RATE = 24  # pictures a second
SCENE_SECONDS = 15
STEPS = (2, 4)  # pixels a picture that the two moving layers travel; even, for 4:2:0 colour
LAYER_WIDTHS = tuple(FRAME[0] + step * RATE * SCENE_SECONDS for step in STEPS)


@dataclass(frozen=True, slots=True, kw_only=True)
class Story:
    """A film, or an episode when `season` is not 0.

    `lines` are subtitles, two a scene. `notes` are the chords of the four scenes in hertz.
    """

    title: str
    year: int
    plot: str
    tagline: str
    chapters: tuple[str, str, str, str]
    lines: tuple[str, ...]
    scenes: tuple[Scene, Scene, Scene, Scene]
    notes: tuple[tuple[float, float, float], ...]
    genres: tuple[str, ...] = ("Animation", "Short")
    cast: tuple[tuple[str, str], ...] = ()
    season: int = 0
    episode: int = 0

    @property
    def seconds(self) -> int:
        """Say how long it is."""
        return SCENE_SECONDS * len(self.scenes)

    @property
    def code(self) -> str:
        """Return `S01E02` for an episode, empty for a film."""
        return f"S{self.season:02d}E{self.episode:02d}" if self.season else ""

    @property
    def poster_words(self) -> tuple[str, ...]:
        """Break the title of the film or its series into short lines."""
        name = SERIES.title if self.season else self.title
        return tuple(POSTER_LINES.get(name, name).upper().split("\n"))

    @property
    def episode_line(self) -> str:
        """Name series, season and episode, for the opening title; empty for a film."""
        if not self.season:
            return ""
        return f"{SERIES.title} · season {self.season}, episode {self.episode}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Series:
    """The series that the episodes belong to."""

    title: str
    year: int
    plot: str
    genres: tuple[str, ...]
    cast: tuple[tuple[str, str], ...]


DUSK = Palette(
    ("#1d1147", "#8c3f7d", "#ff9d76"), "#ffe9c4", ("#7a4a83", "#54366f", "#37234f", "#1b1030"), 40
)
MEADOW = Palette(
    ("#5fb0c9", "#bfe3d8", "#ffe8c9"), "#fff6dd", ("#9cc3b9", "#6fa39d", "#3f7a7c", "#1c4a52")
)
EMBER = Palette(
    ("#43162e", "#c0472f", "#ffb454"), "#fff0b8", ("#b4553f", "#843747", "#552440", "#27102c"), 12
)
FROST = Palette(
    ("#0c1d3a", "#2a5680", "#9bd0d8"), "#eefaff", ("#5e93ab", "#3b6a8b", "#234a6c", "#0f2744"), 70
)
HARBOUR = Palette(
    ("#16324f", "#d0736b", "#ffd59a"), "#fff1cf", ("#5f6f94", "#3f6c93", "#27507a", "#12304f"), 10
)
NIGHT_SEA = Palette(
    ("#050b22", "#0e2a4d", "#1f6a7a"), "#f4f6e6", ("#17466a", "#0f5068", "#0b3450", "#061a30"), 160
)
AURORA = Palette(
    ("#041a26", "#0d5c56", "#8fe3a8"), "#eafff0", ("#1d7468", "#126a6e", "#0c4654", "#052430"), 120
)
DAWN_SEA = Palette(
    ("#7fb4d8", "#f7c6b4", "#fff0d0"), "#fffaf0", ("#8fb2c9", "#5e9ab8", "#3a7899", "#1f5576")
)
VIOLET = Palette(
    ("#0b0620", "#1d0f45", "#35155c"), "#ffd9a8", ("#b04bd6", "#5a6bff", "#d98a5b", "#0d0718"), 260
)
TEAL = Palette(
    ("#03131c", "#06303c", "#0a4a4c"), "#d5fff2", ("#1fb6a6", "#2a7de0", "#3fa58d", "#04141a"), 260
)
AMBER = Palette(
    ("#140a06", "#3b1a10", "#5e2c12"), "#ffe3a6", ("#ff8a3d", "#c23b5a", "#c98f4e", "#150a08"), 240
)
ROSE = Palette(
    ("#170818", "#3d1138", "#661c46"), "#ffe0ea", ("#ff5f8f", "#7a5cff", "#c7688e", "#16070f"), 240
)

POSTER_LINES = {"The Paper Mountains": "The\nPaper\nMountains", "Small Orbits": "Small\nOrbits"}
MINOR = ((220.0, 261.6, 329.6), (174.6, 220.0, 261.6), (261.6, 329.6, 392.0), (196.0, 246.9, 293.7))
MAJOR = ((261.6, 329.6, 392.0), (196.0, 246.9, 293.7), (220.0, 261.6, 329.6), (174.6, 220.0, 261.6))

SERIES = Series(
    title="Small Orbits",
    year=2020,
    plot="A mail carrier and her ship deliver parcels between moons too small for a map.",
    genres=("Animation", "Science Fiction"),
    cast=(("Ilse Farrow", "Captain Wren"), ("Tomo Adebayo", "The Ship")),
)


def _orbit(first: Palette, second: Palette, seed: int) -> tuple[Scene, Scene, Scene, Scene]:
    return (
        Scene("orbits", first, seed),
        Scene("orbits", second, seed + 1),
        Scene("orbits", first, seed + 2),
        Scene("orbits", second, seed + 3),
    )


STORIES = (
    Story(
        title="Tidelight",
        year=2021,
        plot="A small boat leaves the harbour at dusk to return a light that the sea has lent.",
        tagline="What the sea lends, it asks for again.",
        chapters=("The Harbour", "Open Water", "The Green Sky", "Morning"),
        lines=(
            "We leave when the lamps are lit.",
            "Keep the light under the bench.",
            "There is no one out here but us.",
            "And whoever is humming.",
            "The sky has turned over in its sleep.",
            "Give it back. Gently.",
            "You can let go of the rope now.",
            "Good morning, sea.",
        ),
        scenes=(
            Scene("sea", HARBOUR, 21, (0.7, 0.42)),
            Scene("sea", NIGHT_SEA, 22, (0.3, 0.25)),
            Scene("sea", AURORA, 23, (0.62, 0.2)),
            Scene("sea", DAWN_SEA, 24, (0.5, 0.46)),
        ),
        notes=MINOR,
        genres=("Animation", "Adventure", "Short"),
        cast=(("Mara Quill", "The Keeper"), ("Osei Lund", "The Boat")),
    ),
    Story(
        title="The Paper Mountains",
        year=2019,
        plot="A letter folded into a bird crosses four mountains and four kinds of weather.",
        tagline="Four mountains. One letter.",
        chapters=("Dusk Ridge", "Meadow Ridge", "Ember Ridge", "Frost Ridge"),
        lines=(
            "It was folded eleven times.",
            "Twelve, if you count the wings.",
            "The meadow reads over your shoulder.",
            "Do not land here. It will keep you.",
            "Fire is only paper that hurried.",
            "Higher now.",
            "Snow, at last. Blank as a page.",
            "Dear reader, you have arrived.",
        ),
        scenes=(
            Scene("mountains", DUSK, 3, (0.66, 0.32)),
            Scene("mountains", MEADOW, 4, (0.3, 0.3)),
            Scene("mountains", EMBER, 5, (0.5, 0.42)),
            Scene("mountains", FROST, 9, (0.74, 0.24)),
        ),
        notes=MAJOR,
        genres=("Animation", "Fantasy", "Short"),
        cast=(("Ana Brisk", "The Letter"), ("Jun Castellan", "The Wind")),
    ),
    Story(
        title="First Light",
        year=2020,
        season=1,
        episode=1,
        plot="The first parcel of the first day is addressed to a star that has not risen yet.",
        tagline="Post for places too small to name.",
        chapters=("Sorting Room", "Departure", "The Waiting Star", "Delivered"),
        lines=(
            "One parcel, no return address.",
            "Ship? You are humming again.",
            "I am warming the engine. With a song.",
            "Fair enough.",
            "It is not up yet.",
            "Then we wait.",
            "There.",
            "Sign here, please.",
        ),
        scenes=_orbit(VIOLET, AMBER, 60),
        notes=MAJOR,
    ),
    Story(
        title="The Long Way Round",
        year=2020,
        season=1,
        episode=2,
        plot="A closed bridge between two moons sends the ship the long way round, past home.",
        tagline="Post for places too small to name.",
        chapters=("Detour", "Green Water", "Past Home", "The Other Side"),
        lines=(
            "The bridge is closed for repairs.",
            "What sort of repairs?",
            "They are looking for the other half.",
            "The long way, then.",
            "Is that your window, with the lamp?",
            "It is. Do not slow down.",
            "We could have waved.",
            "We did.",
        ),
        scenes=_orbit(TEAL, VIOLET, 72),
        notes=MINOR,
    ),
    Story(
        title="Ring Season",
        year=2021,
        season=2,
        episode=1,
        plot="When the rings open, everyone within a million miles posts a wish at once.",
        tagline="Post for places too small to name.",
        chapters=("The Queue", "Opening Day", "A Million Wishes", "The Last One"),
        lines=(
            "They are early this year.",
            "The rings or the wishes?",
            "Both. Mind the sacks.",
            "Someone wished for more sacks.",
            "Granted.",
            "This one is addressed to us.",
            "Open it later.",
            "Later, then.",
        ),
        scenes=_orbit(AMBER, ROSE, 84),
        notes=MAJOR,
    ),
    Story(
        title="Home Is a Direction",
        year=2021,
        season=2,
        episode=2,
        plot="With the hold empty at last, the ship has to be told where to go.",
        tagline="Post for places too small to name.",
        chapters=("Empty Hold", "Headings", "The Lamp", "Home"),
        lines=(
            "Nothing left to carry.",
            "Then where do I steer?",
            "Towards whatever is getting warmer.",
            "That is not a heading.",
            "It is the only one I know.",
            "I see a lamp.",
            "Slow down this time.",
            "Wave.",
        ),
        scenes=_orbit(ROSE, TEAL, 96),
        notes=MINOR,
    ),
)
