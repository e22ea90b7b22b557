"""The storage plugin `telegram`: files kept in a channel, read by range.

Off until accounts and `SHADOW_TELEGRAM__CHANNEL_LOGS` are set.
"""

from shadow.plugins.storage_telegram.plugin import PLUGIN

__all__ = ["PLUGIN"]
