"""Shadow Systems: one self-hosted platform for the media a person, a family or a community owns."""

__version__ = "0.1.0"
