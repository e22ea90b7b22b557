"""Understand the names of media files, folders and releases.

One function, `understand`, takes any text and always answers: bounded work, no exception, a title
that is never empty. It knows no file, no database and no network.
"""

from shadow.kit.naming.facts import ExtraKind, Hints, Kind, ParsedName
from shadow.kit.naming.understanding import understand

__all__ = ["ExtraKind", "Hints", "Kind", "ParsedName", "understand"]
