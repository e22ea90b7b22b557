"""Archives that came from outside, taken apart without trusting anything they say.

Reading is done by libraries, extraction is our own: plain files only, below one folder, within
caps on bytes, ratio, count, nesting and names. An archive that tries more is refused as a whole.
"""
