"""What playback's workers may be asked for, by name.

Names only: the modules behind them load media libraries, which the server itself never does.
"""

from typing import Final

_TASKS: Final = "shadow.hls.segments.tasks"
LOAD: Final = "shadow.hls.warming:load"
WORKER_FUNCTIONS: Final[tuple[str, ...]] = (
    LOAD,
    "shadow.hls.segments.indexing:index_file",
    "shadow.hls.segments.speed:measure",
    f"{_TASKS}:copied_init",
    f"{_TASKS}:video_init",
    f"{_TASKS}:audio_init",
    f"{_TASKS}:copied_audio_init",
    f"{_TASKS}:copy_video",
    f"{_TASKS}:key_picture",
    f"{_TASKS}:encode_video",
    f"{_TASKS}:copy_audio",
    f"{_TASKS}:encode_audio",
)
