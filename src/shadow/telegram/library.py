"""Telethon's schema, loaded when Telegram is first used: importing it takes a second of CPU.

`functions.upload.GetFileRequest(…)` and `types.InputChannel(…)` work as if imported.
"""

import asyncio
from importlib import import_module
from typing import TYPE_CHECKING, Any


class _Deferred:
    """A module that is imported when something of it is first asked for."""

    def __init__(self, name: str) -> None:
        self.__name = name

    def __getattr__(self, attribute: str) -> Any:
        if attribute.startswith("__"):
            raise AttributeError(attribute)
        module = import_module(self.__name)
        self.__dict__.update({k: v for k, v in vars(module).items() if not k.startswith("__")})
        return getattr(module, attribute)


if TYPE_CHECKING:
    functions: Any
    types: Any
    reading: Any
    schema: Any
    rsa: Any
else:
    functions = _Deferred("telethon.tl.functions")
    types = _Deferred("telethon.tl.types")
    reading = _Deferred("telethon.extensions.binaryreader")
    schema = _Deferred("telethon.tl.alltlobjects")
    rsa = _Deferred("telethon.crypto.rsa")

TLObject = Any
"""An object of Telegram's schema; Telethon has no type stubs."""
TLRequest = Any
"""A call of Telegram's schema, such as `functions.upload.GetFileRequest`."""


async def load() -> None:
    """Import the library without holding up the event loop."""
    await asyncio.to_thread(import_module, "telethon.tl.alltlobjects")
