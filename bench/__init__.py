"""Measurements: each module prints a table, beside peers where there are any, in one run."""
