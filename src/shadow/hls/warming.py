"""Load what segments are made with, before the first one is asked for.

Runs in a worker process only: starting one and loading the media libraries takes 0.3 s and more,
which would all be felt between a press of play and the first picture.
"""

from shadow.hls.segments import tasks


def load() -> str:
    """Return the module that holds the work this process is ready for."""
    return tasks.__name__
