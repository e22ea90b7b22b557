"""Subtitles: inside files, beside them, uploaded, found; as WebVTT, ASS or pictures."""
