"""How fast one large file is stored, and how much memory that takes."""
