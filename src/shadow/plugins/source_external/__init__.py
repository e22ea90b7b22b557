"""Programs of the operator's own that find media: they are given a link or words and print links.

A link names one as `external:NAME?WORDS` (the words percent-encoded), or its host does. What a
program prints is fetched by the usual engines, and its addresses are judged like everybody's.
`SHADOW_EXTERNAL__COMMANDS`.
"""

from shadow.plugins.source_external.plugin import PLUGIN

__all__ = ["PLUGIN"]
