"""The composition root: the explicit list of slices, the server, the command line."""
