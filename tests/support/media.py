"""Small real media files, made once by FFmpeg and kept for the test session."""

import functools
import hashlib
import shutil
import subprocess
import tempfile
from pathlib import Path

from shadow.runtime.processes import find_ffmpeg

PICTURE = ("-f", "lavfi", "-i", "testsrc2=size=320x180:rate=25:duration={seconds}")
TONE = ("-f", "lavfi", "-i", "sine=frequency=440:duration={seconds}")
H264 = ("-c:v", "libx264", "-preset", "ultrafast", "-g", "25", "-pix_fmt", "yuv420p")
AAC = ("-c:a", "aac", "-b:a", "32k")


@functools.cache
def media_folder() -> Path:
    """The folder of this test process's files; removed when it ends."""
    folder = tempfile.TemporaryDirectory(prefix="shadow-media-")
    _KEPT.append(folder)
    return Path(folder.name)


_KEPT: list[tempfile.TemporaryDirectory[str]] = []


@functools.cache
def ffmpeg_made(name: str, *args: str) -> Path:
    """Make a file with FFmpeg's arguments, once a session, and return its path.

    The same name with other arguments is another file: others may hold a link to the first.
    """
    recipe = hashlib.sha256("\0".join(args).encode()).hexdigest()[:8]
    path = media_folder() / recipe / name
    path.parent.mkdir(exist_ok=True)
    command = [str(find_ffmpeg()), "-hide_banner", "-loglevel", "error", "-nostdin", "-y"]
    subprocess.run([*command, *args, str(path)], check=True, timeout=60)
    return path


def film(name: str = "film.mp4", *, seconds: int = 2) -> Path:
    """A picture with one English tone: H.264 and AAC, in the container that the name says."""
    source = [part.format(seconds=seconds) for part in (*PICTURE, *TONE)]
    return ffmpeg_made(name, *source, *H264, *AAC, "-metadata:s:a:0", "language=eng")


def song(name: str = "song.mp3") -> Path:
    """Two seconds of a tone with tags."""
    source = [part.format(seconds=2) for part in TONE]
    return ffmpeg_made(name, *source, "-metadata", "title=A Tone", "-metadata", "artist=Nobody")


def rich_film() -> Path:
    """A Matroska film with two languages, subtitles, chapters, tags and an attached font."""
    folder = media_folder()
    chapters = folder / "chapters.txt"
    chapters.write_text(
        ";FFMETADATA1\ntitle=The Rich Film\n"
        "[CHAPTER]\nTIMEBASE=1/1000\nSTART=0\nEND=1000\ntitle=Opening\n"
        "[CHAPTER]\nTIMEBASE=1/1000\nSTART=1000\nEND=2000\ntitle=The End\n"
    )
    words = folder / "words.srt"
    words.write_text("1\n00:00:00,000 --> 00:00:01,500\nHello there\n")
    font = folder / "font.ttf"
    font.write_bytes(b"\0\1\0\0" + bytes(60))
    source = [part.format(seconds=2) for part in (*PICTURE, *TONE, *TONE)]
    inputs = ["-i", str(words), "-i", str(chapters)]
    maps = ["-map", "0", "-map", "1", "-map", "2", "-map", "3", "-map_metadata", "4"]
    facts = [
        *("-metadata:s:a:0", "language=ger", "-metadata:s:a:1", "language=pt-BR"),
        *("-metadata:s:a:1", "title=Commentary", "-disposition:a:0", "default"),
        *("-disposition:a:1", "comment", "-metadata:s:s:0", "language=eng"),
        *("-disposition:s:0", "forced+hearing_impaired"),
        *("-attach", str(font), "-metadata:s:t:0", "mimetype=application/x-truetype-font"),
    ]
    return ffmpeg_made("rich.mkv", *source, *inputs, *maps, *H264, *AAC, "-c:s", "srt", *facts)


def many_films(target: Path, count: int) -> list[Path]:
    """Copy the small film `count` times under distinct names and contents."""
    target.mkdir(parents=True, exist_ok=True)
    original = film()
    made = []
    for number in range(count):
        path = target / f"Film {number:05d} (2001).mp4"
        shutil.copyfile(original, path)
        with path.open("ab") as end:  # a `free` box: a different file with the same content
            end.write((16).to_bytes(4, "big") + b"free" + number.to_bytes(8, "big"))
        made.append(path)
    return made
