"""HLS as the composition root sees it."""

from shadow.hls import models
from shadow.hls.settings import HlsSettings
from shadow.runtime.slices import Slice

TABLES = models
SLICE = Slice("hls", settings=HlsSettings)
