"""Folders shared on Gofile, by its API. `SHADOW_SOURCE_GOFILE__…`.

Gofile asks for an account: one of the operator's, or a guest's that is made for the occasion. It
lists folders to guests only when it likes; the tokens by which its own page proves to be one are
not forged.
"""

from shadow.plugins.source_gofile.plugin import PLUGIN

__all__ = ["PLUGIN"]
