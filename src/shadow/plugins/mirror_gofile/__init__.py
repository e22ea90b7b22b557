"""The mirror `gofile`: Gofile keeps copies in a folder of an account."""

from shadow.plugins.mirror_gofile.plugin import PLUGIN

__all__ = ["PLUGIN"]
