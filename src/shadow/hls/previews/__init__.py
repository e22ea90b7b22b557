"""Small pictures of a film for the seek bar, taken from its key pictures only."""
