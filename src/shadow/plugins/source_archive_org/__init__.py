"""Items of the Internet Archive, by its metadata API. `SHADOW_SOURCE_ARCHIVE_ORG__…`.

Of an item the original media files are fetched, not what the Archive made of them; what it lends
only is refused.
"""

from shadow.plugins.source_archive_org.plugin import PLUGIN

__all__ = ["PLUGIN"]
