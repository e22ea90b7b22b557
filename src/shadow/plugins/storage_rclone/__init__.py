"""The storage plugin `rclone`: objects on whatever rclone speaks to, through its own daemon.

Remotes are set up by an admin and lie in `rclone/rclone.conf` in the data folder. New files go to
`SHADOW_RCLONE__REMOTE`.
"""

from shadow.plugins.storage_rclone.plugin import PLUGIN

__all__ = ["PLUGIN"]
