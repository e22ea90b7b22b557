"""The Movie Database (TMDB, API v3) as a metadata provider for films and shows.

Off until `SHADOW_METADATA__TMDB_KEY` is set. This product uses the TMDB API but is not endorsed or
certified by TMDB; its terms ask for this notice and for answers to be kept at most six months.
"""

from shadow.plugins.metadata_tmdb.plugin import PLUGIN

__all__ = ["PLUGIN"]
