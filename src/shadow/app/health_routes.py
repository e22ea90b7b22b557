"""Health, readiness and metrics, for whoever watches over the server."""

import os
import time
from typing import Any

import prometheus_client
from fastapi import APIRouter, Response
from pydantic import BaseModel
from sqlalchemy import text

from shadow.kit.errors import ShadowError
from shadow.runtime.context import Runtime
from shadow.runtime.web import Admin, CurrentRuntime, public

router = APIRouter(tags=["system"])
probes = APIRouter(tags=["system"])
"""What every process that serves answers to whoever watches it."""
PROCESS = prometheus_client.Gauge(
    "shadow_process", "1, for the process that answers: several may share a port.", ["pid"]
)


class HealthOut(BaseModel):
    """The process answers."""

    status: str


class DependencyOut(BaseModel):
    """One thing the server needs, and how it is."""

    name: str
    ok: bool
    detail: str | None
    seconds: float


class ReadyOut(BaseModel):
    """`ready` when every dependency is fine."""

    status: str
    dependencies: list[DependencyOut]


class PluginOut(BaseModel):
    """How a plugin fares."""

    name: str
    port: str
    state: str
    reason: str | None


class PluginList(BaseModel):
    """Every plugin found."""

    items: list[PluginOut]


@probes.get("/api/health", dependencies=[public])
@probes.head("/api/health", dependencies=[public], include_in_schema=False)
async def health() -> HealthOut:
    """Tell that the process answers."""
    return HealthOut(status="ok")


@probes.get("/api/ready", dependencies=[public], responses={503: {"model": ReadyOut}})
@probes.head("/api/ready", dependencies=[public], include_in_schema=False)
async def ready(runtime: CurrentRuntime, response: Response) -> ReadyOut:
    """Tell whether the server can do its work now: 200, or 503 with what is missing."""
    checks = [await _database(runtime)]
    fine = all(check.ok for check in checks)
    response.status_code = 200 if fine else 503
    return ReadyOut(status="ready" if fine else "not ready", dependencies=checks)


@probes.get("/metrics", dependencies=[public], response_class=Response)
async def metrics() -> Response:
    """Give the metrics in Prometheus' text format."""
    PROCESS.labels(os.getpid()).set(1)
    return Response(
        prometheus_client.generate_latest(), media_type=prometheus_client.CONTENT_TYPE_LATEST
    )


@router.get("/api/plugins")
async def plugins(runtime: CurrentRuntime, caller: Admin) -> PluginList:
    """List every plugin with its state and, where it does not run, why."""
    shown: list[dict[str, Any]] = [
        {"name": s.name, "port": s.port, "state": s.state, "reason": s.reason}
        for s in runtime.plugins.statuses
    ]
    return PluginList(items=[PluginOut(**one) for one in shown])


async def _database(runtime: Runtime) -> DependencyOut:
    started = time.perf_counter()
    detail = None
    try:
        async with runtime.database.session() as session:
            await session.execute(text("SELECT 1"))
    except ShadowError as error:
        detail = error.detail
    took = time.perf_counter() - started
    return DependencyOut(name="database", ok=detail is None, detail=detail, seconds=took)
