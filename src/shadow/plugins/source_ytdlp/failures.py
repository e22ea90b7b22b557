"""yt-dlp's complaints in words for people."""

import re

from shadow.ingest.ports import NoRoom, SourceRefused, SourceUnavailable
from shadow.kit.errors import ShadowError

PASSING = re.compile(
    r"HTTP Error (?:408|425|429|5\d\d)|timed out|time[- ]?out|refused|reset by peer|broken pipe"
    r"|temporary failure|unable to connect|cannot connect|remote end closed|incomplete ?read"
    r"|more expected|did not get any data|content too short|getaddrinfo|connection aborted",
    re.IGNORECASE,
)
MEANINGS = (
    (r"No space left|Disk quota", "The disk is full."),
    (
        r"\bDRM\b",
        "The video is protected against copying (DRM), and such protection is not circumvented.",
    ),
    (
        r"log(?:ged)?[ -]?in|sign in|--cookies|account credentials|registered users|members[- ]only"
        r"|subscri(?:be|ption)|private video|purchase|HTTP Error 401",
        "The site shows this video only to people who have signed in there.",
    ),
    (
        r"Unsupported URL|No video formats|no video could be found|no media|There's no video",
        "There is no video on this web page that could be fetched.",
    ),
    (
        r"Requested format is not available",
        "The video comes in no form that could be fetched here.",
    ),
    (
        r"in your (?:country|location|region)|geo[- ]?restrict",
        "The site does not show this video in the country of this server.",
    ),
    (r"file:// URLs", "The page leads to files of this machine, which are not handed out."),
    (r"fragment \d+ not found", "A part of the video is missing, or leads where it must not."),
    (r"HTTP Error (?:404|410)", "The server has no such file."),
    (r"HTTP Error 403|captcha|robot", "The site refuses programs, or this server."),
    (r"The guard allows", "The page led yt-dlp to do what it may not, and it was stopped."),
)


def failure(errors: str) -> ShadowError:
    """Return the error that yt-dlp's standard error means."""
    said = _said(errors)
    for pattern, meaning in MEANINGS:
        if re.search(pattern, said, re.IGNORECASE):
            kind = NoRoom if "disk" in meaning else SourceRefused
            return kind(f"{meaning} (yt-dlp: {said})")
    if PASSING.search(said):
        return SourceUnavailable(f"The site does not answer as it should. (yt-dlp: {said})")
    return SourceRefused(f"The video cannot be fetched. (yt-dlp: {said})")


def _said(errors: str) -> str:
    """Return the last error, without what yt-dlp asks of people at a terminal."""
    lines = [line for line in errors.splitlines() if line.strip()]
    wrong = [line for line in lines if "ERROR:" in line] or lines or ["it says nothing"]
    text = wrong[-1].rpartition("ERROR:")[2]
    text = re.split(r"; please report|\. +Use --|; see +https|\(caused by", text, maxsplit=1)[0]
    return "".join(letter for letter in " ".join(text.split()) if letter.isprintable())[:200]
