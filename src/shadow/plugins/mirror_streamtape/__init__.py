"""The mirror `streamtape`: StreamTape fetches copies itself, or is sent them."""

from shadow.plugins.mirror_streamtape.plugin import PLUGIN

__all__ = ["PLUGIN"]
