"""Turn a story's pictures into a film with FFmpeg: parallax, chords, chapters, subtitles."""

from collections.abc import Sequence
from pathlib import Path

from shadow.ingest.sample.stories import (
    FRAME,
    LAYER_WIDTHS,
    RATE,
    SCENE_SECONDS,
    STEPS,
    Story,
)
from shadow.runtime.processes import media_argument, run_ffmpeg

LANGUAGES = (("eng", "English", 1.0), ("spa", "Español", 0.75))
TIMEOUT = 180.0  # seconds; it takes about 6 on one core
PICTURES = RATE * SCENE_SECONDS
COLOUR = "scale=out_color_matrix=bt709:out_range=tv"
HELD = f"loop=loop=-1:size=1,setpts=N/{RATE}/TB"
VIDEO = (
    *("-c:v", "libx264", "-preset", "superfast", "-crf", "25", "-profile:v", "high"),
    *("-pix_fmt", "yuv420p", "-g", str(RATE * 2), "-keyint_min", str(RATE * 2)),
    *("-sc_threshold", "0", "-threads", "1", "-colorspace", "bt709"),
    *("-color_primaries", "bt709", "-color_trc", "bt709", "-color_range", "tv"),
)
AUDIO = ("-c:a", "aac", "-b:a", "96k", "-aac_coder", "fast")


async def make_film(
    ffmpeg: Path, story: Story, layers: Sequence[Sequence[str]], title: str, target: Path
) -> None:
    """Encode a story as MP4 and put it at `target` once it is whole.

    `layers` holds the backdrop and two layers of each scene, `title` the opening lettering.

    Raises:
        ProgramMissing, ProgramTimedOut, ProgramFailed.
    """
    parts = [target.with_name(f"{target.stem}.{part}.part") for part in ("notes", "words", "film")]
    notes, words, unfinished = parts
    whole = target.with_name(f"{target.stem}.part")
    notes.write_text(chapter_notes(story), encoding="utf-8")
    words.write_text(subtitles(story), encoding="utf-8")
    try:
        await run_ffmpeg(ffmpeg, encoding(story, layers, title, unfinished), timeout=TIMEOUT)
        # Apart from the encoding: FFmpeg 9 drops the chapter track of an MP4 that it encodes
        # pictures, sound and text for at once.
        await run_ffmpeg(ffmpeg, joining(unfinished, words, notes, whole), timeout=TIMEOUT)
        whole.replace(target)
    finally:
        for leftover in (*parts, whole):
            leftover.unlink(missing_ok=True)


def encoding(
    story: Story, layers: Sequence[Sequence[str]], title: str, target: Path
) -> list[str | bytes]:
    """List the arguments that make picture and sound."""
    pictures = [path for scene in layers for path in scene] + [title]
    args: list[str | bytes] = []
    for path in pictures:
        args += ["-framerate", str(RATE), "-i", media_argument(path)]
    args += ["-filter_complex", f"{picture_graph(story, len(pictures))};{sound_graph(story)}"]
    args += ["-map", "[film]", "-map", "[sound0]", "-map", "[sound1]"]
    args += [*VIDEO, *AUDIO, "-t", str(story.seconds), "-f", "mp4", media_argument(target)]
    return args


def joining(film: Path, words: Path, notes: Path, target: Path) -> list[str | bytes]:
    """List the arguments that add subtitles, chapters, tags and the streams' names."""
    args: list[str | bytes] = ["-i", media_argument(film)]
    args += ["-f", "srt", "-i", media_argument(words)]
    args += ["-f", "ffmetadata", "-i", media_argument(notes)]
    args += ["-map", "0", "-map", "1", "-map_metadata", "2", "-map_chapters", "2"]
    args += ["-c", "copy", "-c:s", "mov_text", "-disposition:s:0", "0"]
    for number, (code, name, _) in enumerate(LANGUAGES):
        args += [f"-metadata:s:a:{number}", f"language={code}"]
        args += [f"-metadata:s:a:{number}", f"handler_name={name}"]
    args += ["-metadata:s:s:0", "language=eng", "-metadata:s:s:0", "handler_name=English"]
    return [*args, "-movflags", "+faststart", "-f", "mp4", media_argument(target)]


def picture_graph(story: Story, pictures: int) -> str:
    """Write the filter graph of the picture: each scene's layers move, scenes follow each other."""
    parts = [scene_graph(story, number) for number in range(len(story.scenes))]
    parts.append(
        f"[{pictures - 1}:v]{COLOUR},format=yuva420p,{HELD},trim=duration=6,"
        "fade=in:st=0.6:d=1:alpha=1,fade=out:st=4.6:d=1:alpha=1[title];"
        "[scene0][title]overlay=eof_action=pass[opening]"
    )
    rest = "".join(f"[scene{number}]" for number in range(1, len(story.scenes)))
    return ";".join(parts) + f";[opening]{rest}concat=n={len(story.scenes)}[film]"


def scene_graph(story: Story, number: int) -> str:
    """Write one scene: a held backdrop, a middle layer and a near layer that moves faster."""
    first = number * 3
    wide, high = FRAME
    bob = "+4+4*sin(t*1.3)" if story.scenes[number].kind == "sea" else ""
    moving = [
        f"[{first + at}:v]{COLOUR},format=yuva420p,{HELD},"
        f"crop=w={wide}:h=ih:x='min({step}*n,{full - wide})':y=0[layer{number}{at}]"
        for at, (step, full) in enumerate(zip(STEPS, LAYER_WIDTHS, strict=True), start=1)
    ]
    fades = f"fade=in:s=0:n=10,fade=out:s={PICTURES - 10}:n=10"
    return ";".join(
        [
            f"[{first}:v]{COLOUR},format=yuv420p,{HELD},trim=end_frame={PICTURES}[back{number}]",
            *moving,
            f"[back{number}][layer{number}1]overlay=x=0:y='{high}-h{bob}'[half{number}]",
            f"[half{number}][layer{number}2]overlay=x=0:y={high}-h[near{number}]",
            f"[near{number}]trim=end_frame={PICTURES},{fades}[scene{number}]",
        ]
    )


def sound_graph(story: Story) -> str:
    """Write the filter graph of the sound: a soft chord a scene, in another key per language."""
    parts = []
    for language, (_, _, key) in enumerate(LANGUAGES):
        chords = ""
        for number, chord in enumerate(story.notes):
            names = "".join(f"[n{language}{number}{at}]" for at in range(len(chord)))
            parts += [
                f"sine=f={note * key:.2f}:d={SCENE_SECONDS}:r=44100[n{language}{number}{at}]"
                for at, note in enumerate(chord)
            ]
            parts.append(
                f"{names}amix=inputs={len(chord)},tremolo=f=0.4:d=0.5,afade=in:d=2.5,"
                f"afade=out:st={SCENE_SECONDS - 3}:d=3[c{language}{number}]"
            )
            chords += f"[c{language}{number}]"
        parts.append(
            f"{chords}concat=n={len(story.notes)}:v=0:a=1,volume=4,"
            f"aecho=0.8:0.6:350|620:0.35|0.25[sound{language}]"
        )
    return ";".join(parts)


def chapter_notes(story: Story) -> str:
    """Write titles, tags and chapters in FFmpeg's metadata format."""
    lines = [";FFMETADATA1", f"title={escaped(story.title)}", f"date={story.year}"]
    lines += [f"genre={escaped(story.genres[0])}", f"description={escaped(story.plot)}"]
    lines.append("comment=Made by Shadow Systems. CC0 1.0: free for any use.")
    for number, name in enumerate(story.chapters):
        start = number * SCENE_SECONDS
        lines += ["[CHAPTER]", "TIMEBASE=1/1", f"START={start}"]
        lines += [f"END={start + SCENE_SECONDS}", f"title={escaped(name)}"]
    return "\n".join(lines) + "\n"


def escaped(value: str) -> str:
    """Protect the characters that FFmpeg's metadata format gives a meaning."""
    return "".join("\\" + letter if letter in "=;#\\\n" else letter for letter in value)


def subtitles(story: Story) -> str:
    """Write the lines as SubRip, evenly spread."""
    each = story.seconds / len(story.lines)
    cues = []
    for number, line in enumerate(story.lines):
        start = number * each + 1.5
        cues.append(f"{number + 1}\n{clock(start)} --> {clock(start + 4)}\n{line}\n")
    return "\n".join(cues)


def clock(seconds: float) -> str:
    """Write seconds as SubRip does."""
    thousandths = round(seconds * 1000)
    minutes, rest = divmod(thousandths, 60_000)
    return f"00:{minutes:02d}:{rest // 1000:02d},{rest % 1000:03d}"
