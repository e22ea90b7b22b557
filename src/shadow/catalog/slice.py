"""The catalogue as the composition root sees it."""

from shadow.runtime.slices import Slice

SLICE = Slice("catalog")
