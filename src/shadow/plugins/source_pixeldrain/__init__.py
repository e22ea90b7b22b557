"""Files and lists shared on PixelDrain, by its public API. `SHADOW_SOURCE_PIXELDRAIN__…`.

Where PixelDrain wants a person to solve a captcha, the link is refused and says so.
"""

from shadow.plugins.source_pixeldrain.plugin import PLUGIN

__all__ = ["PLUGIN"]
