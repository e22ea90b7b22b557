"""Make the sample library in a folder: films, episodes, posters, descriptions."""

import asyncio
import tempfile
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from shadow.ingest.sample.films import make_film
from shadow.ingest.sample.sidecars import episode_nfo, film_nfo, series_nfo
from shadow.ingest.sample.stories import SERIES, STORIES, Story
from shadow.kit.errors import Kind, ShadowError
from shadow.runtime.processes import find_ffmpeg
from shadow.runtime.workers import WorkerPool

ART = "shadow.ingest.sample.art:"
DRAWING = tuple(ART + name for name in ("draw_layers", "draw_title", "draw_poster", "draw_plain"))
AT_ONCE = 2  # encoders and drawing processes: each keeps one core busy
README = "README.txt"
README_TEXT = """\
The sample library of Shadow Systems
====================================
Two short films and a series, to try a media server with. Pictures, sounds, words and names were
all invented and drawn by the program that made this folder. They are given to the public domain
(CC0 1.0, https://creativecommons.org/publicdomain/zero/1.0/): use them for anything.
The lettering uses League Spartan (SIL Open Font License 1.1).
"""


class FolderOccupied(ShadowError):
    """Say that the folder holds files that are not of the sample library."""

    kind = Kind.conflict
    code = "ingest.folder_occupied"


@dataclass(frozen=True, slots=True)
class Picture:
    """One picture to draw: the function of `art`, its arguments before and after the path."""

    path: Path
    function: str
    story: int
    rest: tuple[int | str, ...]


def make_sample_library(
    target: Path, *, progress: Callable[[str], None], ffmpeg_setting: str = ""
) -> None:
    """Make the sample library in a new or empty folder; what is already made is kept.

    `progress` is called with a line of text for each thing made.

    Raises:
        FolderOccupied: The folder holds other files, or is no folder.
        ProgramMissing, ProgramFailed, ProgramTimedOut: FFmpeg cannot make the films.
    """
    asyncio.run(build(target.absolute(), progress, find_ffmpeg(ffmpeg_setting)))


async def build(target: Path, progress: Callable[[str], None], ffmpeg: Path) -> None:
    """Make what is missing, films and pictures at the same time."""
    pictures = planned_pictures(target)
    texts = planned_texts(target)
    films = {film_path(target, story): number for number, story in enumerate(STORIES)}
    refuse_strangers(target, {*films, *texts, *(picture.path for picture in pictures)})
    for path, text in texts.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        if not path.exists():
            path.write_bytes(text)
    pool = WorkerPool(AT_ONCE, functions=DRAWING, task_timeout=60)
    works: dict[Path, Callable[[], Awaitable[None]]] = {}
    for path, number in films.items():
        works[path] = partial(make_story, pool, ffmpeg, number, path)
    for picture in pictures:
        works[picture.path] = partial(draw, pool, picture)
    turn = asyncio.Semaphore(AT_ONCE)

    async def make(path: Path) -> None:
        async with turn:
            await works[path]()
        progress(f"made {path.relative_to(target)}")

    try:
        async with pool, asyncio.TaskGroup() as group:
            for path in works:
                if not path.exists():
                    group.create_task(make(path))
    except* ShadowError as failures:
        raise failures.exceptions[0] from None  # the first one tells it all


def refuse_strangers(target: Path, ours: set[Path]) -> None:
    """Raise FolderOccupied if anything in the folder is not ours."""
    if target.exists() and not target.is_dir():
        raise FolderOccupied(f"{target} is a file: name a folder.")
    if not target.exists():
        return
    for found in target.rglob("*"):
        if found.is_dir() and not found.is_symlink():
            continue
        if found not in ours and found.suffix != ".part":  # .part: an earlier run was stopped
            raise FolderOccupied(
                f"{target} holds other files ({found.relative_to(target)}): "
                "name a new or empty folder."
            )


def film_path(target: Path, story: Story) -> Path:
    """Name a film or episode as media servers expect it."""
    if not story.season:
        name = f"{story.title} ({story.year})"
        return target / "Films" / name / f"{name}.mp4"
    season = series_folder(target) / f"Season {story.season:02d}"
    return season / f"{SERIES.title} - {story.code} - {story.title}.mp4"


def series_folder(target: Path) -> Path:
    """Name the folder of the series."""
    return target / "Series" / f"{SERIES.title} ({SERIES.year})"


def planned_texts(target: Path) -> dict[Path, bytes]:
    """List the text files with their content."""
    texts = {target / README: README_TEXT.encode()}
    texts[series_folder(target) / "tvshow.nfo"] = series_nfo()
    for story in STORIES:
        describe = episode_nfo if story.season else film_nfo
        texts[film_path(target, story).with_suffix(".nfo")] = describe(story)
    return texts


def planned_pictures(target: Path) -> list[Picture]:
    """List the pictures to draw."""
    pictures = []
    for number, story in enumerate(STORIES):
        film = film_path(target, story)
        if story.season:
            still = film.with_name(f"{film.stem}-thumb.jpg")
            pictures.append(Picture(still, "draw_plain", number, (0, "still")))
        else:
            poster = (0 if number else 1, str(story.year))
            pictures.append(Picture(film.with_name("poster.jpg"), "draw_poster", number, poster))
            fanart = film.with_name("fanart.jpg")
            pictures.append(Picture(fanart, "draw_plain", number, (0, "fanart")))
    first = next(number for number, story in enumerate(STORIES) if story.season)
    folder = series_folder(target)
    pictures += [
        Picture(folder / "poster.jpg", "draw_poster", first, (0, str(SERIES.year))),
        Picture(folder / "fanart.jpg", "draw_plain", first, (2, "fanart")),
        Picture(folder / "season01-poster.jpg", "draw_poster", first + 1, (0, "Season 1")),
        Picture(folder / "season02-poster.jpg", "draw_poster", first + 2, (1, "Season 2")),
    ]
    return pictures


async def make_story(pool: WorkerPool, ffmpeg: Path, number: int, path: Path) -> None:
    """Draw a story's layers in a temporary folder and encode its film."""
    with tempfile.TemporaryDirectory(prefix="shadow-sample-") as folder:
        scenes = range(len(STORIES[number].scenes))
        layers = [
            await pool.call(f"{ART}draw_layers", number, scene, f"{folder}/layer")
            for scene in scenes
        ]
        title = await pool.call(f"{ART}draw_title", number, f"{folder}/title.png")
        await make_film(ffmpeg, STORIES[number], layers, title, path)


async def draw(pool: WorkerPool, picture: Picture) -> None:
    """Draw one picture and put it in its place when it is whole."""
    unfinished = picture.path.with_suffix(".jpg.part")
    await pool.call(f"{ART}{picture.function}", picture.story, str(unfinished), *picture.rest)
    unfinished.replace(picture.path)
