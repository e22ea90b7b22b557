"""Files over http and https with our own client: resumed, bounded, checked.

The plain engine: one connection, no program beside ours. `SHADOW_HTTP__…`.
"""

from shadow.plugins.source_http.plugin import PLUGIN

__all__ = ["PLUGIN"]
