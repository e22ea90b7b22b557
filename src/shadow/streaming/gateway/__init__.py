"""What streaming says to an nginx in front of it: where the bytes are, and what to forget."""
