"""Plugins: found by entry point, described by a card, built one by one; a broken one harms nobody.

Life: card (no side effects) → settings validated → `build` → async context → health.
"""

from collections.abc import AsyncIterator, Callable, Iterable, Mapping
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from importlib.metadata import EntryPoint, entry_points
from typing import TYPE_CHECKING, Any, TypeVar

import structlog
from pydantic import BaseModel

from shadow.kit.errors import Kind, ShadowError

if TYPE_CHECKING:
    from shadow.runtime.context import Runtime

log = structlog.get_logger(__name__)
GROUP = "shadow.plugins"
Port = TypeVar("Port")


class PluginMissing(ShadowError):
    """No working plugin of that name fills the port."""

    kind = Kind.unavailable
    code = "runtime.plugin_missing"


@dataclass(frozen=True, slots=True)
class Plugin:
    """A plugin's card: what it is called, which port it fills, how it is built.

    `build` returns an async context manager whose value fills the port. `settings_group` is the
    prefix of its settings, and `settings` their model.
    """

    name: str
    port: str
    build: Callable[["Runtime"], AbstractAsyncContextManager[Any]]
    settings: type[BaseModel] | None = None
    settings_group: str | None = None


@dataclass(slots=True)
class PluginStatus:
    """How a plugin fares: `ready`, `off` (not configured) or `broken`, with the reason."""

    name: str
    port: str
    state: str
    reason: str | None = None


class PluginOff(Exception):
    """Raised by `build`'s context when the plugin is not configured: it is off, not broken."""


def discover(found: Iterable[EntryPoint] | None = None) -> tuple[list[Plugin], list[PluginStatus]]:
    """Load every plugin card; those that fail to load come back as broken."""
    cards: list[Plugin] = []
    broken: list[PluginStatus] = []
    for entry in sorted(found or entry_points(group=GROUP), key=lambda entry: entry.name):
        try:
            cards.append(_card(entry))
        except Exception as error:
            log.exception("plugins.not_loaded", plugin=entry.name)
            broken.append(
                PluginStatus(entry.name, "?", "broken", f"{type(error).__name__}: {error}")
            )
    return cards, broken


def _card(entry: EntryPoint) -> Plugin:
    card = entry.load()
    if not isinstance(card, Plugin):
        raise TypeError(f"{entry.value} is not a Plugin")
    return card


def _check_port(card: Plugin, built: object, ports: Mapping[str, type]) -> None:
    if card.port not in ports:
        raise TypeError(f"no slice offers the port “{card.port}”")
    if not isinstance(built, ports[card.port]):
        raise TypeError(f"does not fill the port “{card.port}”")


@dataclass(slots=True)
class Plugins:
    """The plugins that run, by port and name, and the status of all."""

    statuses: list[PluginStatus] = field(default_factory=list)
    _ready: dict[str, dict[str, Any]] = field(default_factory=dict)

    @asynccontextmanager
    async def running(
        self, runtime: "Runtime", cards: Iterable[Plugin], ports: Mapping[str, type]
    ) -> AsyncIterator[None]:
        """Build every plugin and keep it open; each must satisfy its port's Protocol."""
        async with AsyncExitStack() as stack:
            for card in cards:
                self.statuses.append(await self._start(runtime, card, ports, stack))
            yield

    async def _start(
        self, runtime: "Runtime", card: Plugin, ports: Mapping[str, type], stack: AsyncExitStack
    ) -> PluginStatus:
        try:
            built = await stack.enter_async_context(card.build(runtime))
            _check_port(card, built, ports)
        except PluginOff as off:
            return PluginStatus(card.name, card.port, "off", str(off))
        except Exception as error:
            log.exception("plugins.not_started", plugin=card.name)
            reason = f"{type(error).__name__}: {error}"
            return PluginStatus(card.name, card.port, "broken", reason)
        self._ready.setdefault(card.port, {})[card.name] = built
        return PluginStatus(card.name, card.port, "ready")

    def all(self, port: str) -> list[Any]:
        """Return every working plugin of a port, by name."""
        return [built for _, built in sorted(self._ready.get(port, {}).items())]

    def get(self, port: str, name: str) -> Any:
        """Return one working plugin.

        Raises:
            PluginMissing: there is none of that name.
        """
        try:
            return self._ready[port][name]
        except KeyError:
            raise PluginMissing(
                f"The {port} “{name}” is not available. `shadow doctor` says why."
            ) from None
