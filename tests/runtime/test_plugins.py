"""Plugins: a broken one has a state and a reason, and the server starts all the same."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from importlib.metadata import EntryPoint
from typing import Any, Protocol, runtime_checkable

import pytest

from shadow.runtime.context import Runtime
from shadow.runtime.plugins import Plugin, PluginMissing, PluginOff, Plugins, discover


@runtime_checkable
class Kettle(Protocol):
    def boil(self) -> str: ...


class Steel:
    def boil(self) -> str:
        return "boiled"


def building(made: Any) -> Any:
    @asynccontextmanager
    async def build(runtime: Any) -> AsyncIterator[Any]:
        if isinstance(made, Exception):
            raise made
        yield made

    return build


async def test_each_plugin_has_its_own_fate(runtime: Runtime) -> None:
    cards = [
        Plugin("steel", "kettle", building(Steel())),
        Plugin("off", "kettle", building(PluginOff("no water"))),
        Plugin("burst", "kettle", building(RuntimeError("burst"))),
        Plugin("stone", "kettle", building(object())),
        Plugin("lost", "teapot", building(Steel())),
    ]
    plugins = Plugins()
    async with plugins.running(runtime, cards, {"kettle": Kettle}):
        assert plugins.get("kettle", "steel").boil() == "boiled"
        assert len(plugins.all("kettle")) == 1
        states = {status.name: (status.state, status.reason) for status in plugins.statuses}
        with pytest.raises(PluginMissing):
            plugins.get("kettle", "burst")
    assert states == {
        "steel": ("ready", None),
        "off": ("off", "no water"),
        "burst": ("broken", "RuntimeError: burst"),
        "stone": ("broken", "TypeError: does not fill the port “kettle”"),
        "lost": ("broken", "TypeError: no slice offers the port “teapot”"),
    }


def test_a_card_that_cannot_be_loaded_is_broken_not_fatal() -> None:
    found = [
        EntryPoint("gone", "shadow.no_such_module:PLUGIN", "shadow.plugins"),
        EntryPoint("odd", "shadow:__version__", "shadow.plugins"),
        EntryPoint("storage_local", "shadow.plugins.storage_local:PLUGIN", "shadow.plugins"),
    ]
    cards, broken = discover(found)
    assert [card.name for card in cards] == ["local"]
    assert [status.name for status in broken] == ["gone", "odd"]


async def test_the_built_in_plugins_are_found_by_entry_point(runtime: Runtime) -> None:
    states = {(s.port, s.name): s.state for s in runtime.plugins.statuses}
    assert states[("storage", "local")] == "ready"
    assert states[("metadata", "tmdb")] == "off"
