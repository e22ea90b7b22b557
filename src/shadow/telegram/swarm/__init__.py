"""All sessions of this process together: who carries the next stream, and how each one fares."""
