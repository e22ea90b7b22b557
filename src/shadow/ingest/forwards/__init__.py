"""Files that people forward to a Telegram channel become titles where they lie, untransferred.

The channel is looked at every minute, or one message is named by its link. What cannot be known
without reading a whole file is not: a blocked hash is recognised only where the channel's own
caption tells it.
"""
