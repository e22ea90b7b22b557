"""What a slice hands to the composition root, and nothing more."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from fastapi import APIRouter
from pydantic import BaseModel

if TYPE_CHECKING:
    from shadow.runtime.context import Runtime
    from shadow.runtime.jobs import JobKind
    from shadow.runtime.schedules import Schedule

EventHandler = Callable[["Runtime", Any], Awaitable[None]]
Service = Callable[["Runtime"], AbstractAsyncContextManager[None]]
Part = Callable[["Runtime"], AbstractAsyncContextManager[object]]


@dataclass(frozen=True, slots=True)
class Slice:
    """One folder of the product as `app` sees it. Every field but the name may be empty.

    `stream_router` is the part of `router` that a process answers which only sends streams.
    `handlers` maps an event class of this or a lower slice to the functions told after commit.
    `ports` maps a port's name to its Protocol; plugins name the port they fill.
    `worker_functions` are the `"module:function"` names that may run in the worker pool.
    `services` are background companions of the server (a folder watcher), entered at start.
    `schedules` are jobs that come round; some worker starts each when it is due.
    `parts` are what the slice holds in every process, server or not (caches, worker processes):
    entered with the Runtime, closed with it, and found by class with `runtime.part`.
    `body_limits` maps patterns of paths (regular expressions) to the bytes that a request to them
    may have, where that is more than `runtime.bodies` allows every other.
    """

    name: str
    router: APIRouter | None = None
    stream_router: APIRouter | None = None
    jobs: Sequence["JobKind"] = ()
    handlers: Mapping[type, Sequence[EventHandler]] = field(default_factory=dict)
    ports: Mapping[str, type] = field(default_factory=dict)
    settings: type[BaseModel] | None = None
    settings_prefix: str | None = None
    """The pinned prefix where it is not the slice's name (`library` for `ingest`)."""
    more_settings: Mapping[str, type[BaseModel]] = field(default_factory=dict)
    """Further groups of settings, each under its prefix."""
    worker_functions: Sequence[str] = ()
    services: Sequence[Service] = ()
    schedules: Sequence["Schedule"] = ()
    parts: Sequence[Part] = ()
    body_limits: Mapping[str, int] = field(default_factory=dict)
