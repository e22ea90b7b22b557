"""Media types by container and file name: a closed list, so that no name can ask for HTML."""

from typing import Final

UNKNOWN: Final = "application/octet-stream"

_BY_SUFFIX: Final = {
    "mkv": "video/x-matroska",
    "mk3d": "video/x-matroska",
    "mka": "audio/x-matroska",
    "webm": "video/webm",
    "weba": "audio/webm",
    "mp4": "video/mp4",
    "m4v": "video/mp4",
    "mov": "video/quicktime",
    "qt": "video/quicktime",
    "3gp": "video/3gpp",
    "3g2": "video/3gpp2",
    "avi": "video/x-msvideo",
    "divx": "video/x-msvideo",
    "ts": "video/mp2t",
    "m2ts": "video/mp2t",
    "mts": "video/mp2t",
    "mpg": "video/mpeg",
    "mpeg": "video/mpeg",
    "vob": "video/mpeg",
    "m2v": "video/mpeg",
    "wmv": "video/x-ms-wmv",
    "asf": "video/x-ms-asf",
    "flv": "video/x-flv",
    "ogv": "video/ogg",
    "ogm": "video/ogg",
    "mp3": "audio/mpeg",
    "m4a": "audio/mp4",
    "m4b": "audio/mp4",
    "aac": "audio/aac",
    "ac3": "audio/ac3",
    "eac3": "audio/eac3",
    "dts": "audio/vnd.dts",
    "flac": "audio/flac",
    "ogg": "audio/ogg",
    "oga": "audio/ogg",
    "opus": "audio/ogg",
    "wav": "audio/wav",
    "aif": "audio/aiff",
    "aiff": "audio/aiff",
    "wma": "audio/x-ms-wma",
    "ape": "audio/x-ape",
    "wv": "audio/x-wavpack",
    "vtt": "text/vtt; charset=utf-8",
    "srt": "application/x-subrip",
    "ass": "text/x-ssa",
    "ssa": "text/x-ssa",
    "sup": UNKNOWN,
    "jpg": "image/jpeg",
    "jpeg": "image/jpeg",
    "png": "image/png",
    "webp": "image/webp",
    "avif": "image/avif",
    "epub": "application/epub+zip",
    "cbz": "application/vnd.comicbook+zip",
    "cbr": "application/vnd.comicbook-rar",
    "pdf": "application/pdf",
}
# What the demuxers call themselves, where the name says nothing better.
_BY_CONTAINER: Final = {
    "matroska": "video/x-matroska",
    "mpegts": "video/mp2t",
    "mpeg": "video/mpeg",
}


def media_type(name: str, container: str | None = None) -> str:
    """Return the media type for a file name, else for the container a probe found in it.

    Args:
        name: a file name or path; only what follows its last dot counts.
        container: a format name as ffmpeg lists them, such as `matroska,webm` or `mp4`.
    """
    suffix = name.rpartition(".")[2].lower()
    if suffix in _BY_SUFFIX:
        return _BY_SUFFIX[suffix]
    for part in (container or "").lower().split(","):
        known = _BY_CONTAINER.get(part) or _BY_SUFFIX.get(part)
        if known:
            return known
    return UNKNOWN
