"""Where bytes live: the port every storage plugin fills. Owns no tables; knows nothing of media."""
