"""Playing what the catalogue holds: bytes by range, signed links, and how far a person got.

Owns progress. Refuses to know where bytes live (that is `storage`) and how they are re-encoded
(that is `hls`).
"""
