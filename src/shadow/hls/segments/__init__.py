"""Segments as pure functions of file, index, rendition and number. Runs in workers mostly."""
