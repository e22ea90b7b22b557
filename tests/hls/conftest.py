"""What every test of playback may ask for."""

from tests.support.hls_fixtures import media

__all__ = ["media"]
