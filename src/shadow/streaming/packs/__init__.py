"""A season as one archive, made while it is sent: nothing is compressed, kept, or held whole.

`choosing` says what is in it, `sending` sends it.
"""
