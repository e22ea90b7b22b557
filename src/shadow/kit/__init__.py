"""Helpers that could be libraries of their own: errors, ids, clock, paging, byte ranges.

Knows nothing above it.
"""
