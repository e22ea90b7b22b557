"""What the library holds: titles, seasons, episodes, files, streams, people, collections, artwork.

Owns those tables, the understanding of names, matching against metadata providers, and search.
Refuses to touch files or the disk beyond its artwork folder: finding files is `ingest`'s work.
"""
