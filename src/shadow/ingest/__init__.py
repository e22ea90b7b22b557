"""What brings media in: library folders, the scan, the folder watch.

Owns the library folders and the scan's memory of folders. Hands what it finds to `catalog`, which
decides. Refuses to play or to describe anything.
"""
