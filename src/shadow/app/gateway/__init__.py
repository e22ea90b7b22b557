"""The nginx in front: its configuration, written from the settings."""
