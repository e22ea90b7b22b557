"""Play any file anywhere: the index of a file, HLS made on demand, subtitles, previews.

Owns the packet index of each file, its segments and their cache, what was prepared ahead of time,
subtitles beside files, preview sheets and markers. Refuses to know how a title is matched or who a
person is: those are `catalog`'s and `accounts`'.
"""
