"""The mirror `pixeldrain`: PixelDrain keeps copies, and they can be read back."""

from shadow.plugins.mirror_pixeldrain.plugin import PLUGIN

__all__ = ["PLUGIN"]
