"""The HTTP application: every slice's routes, the system's own, and the web client.

A process that only streams answers less: bytes of files, HLS, and whoever watches over it.
"""

from fastapi import FastAPI

from shadow import __version__
from shadow.app import health_routes, jobs_routes, webclient
from shadow.app.slices import SLICES
from shadow.runtime.bodies import BodyLimit
from shadow.runtime.context import Runtime
from shadow.runtime.problems import install_problems
from shadow.runtime.web import Observed


def build_app(runtime: Runtime | None = None) -> FastAPI:
    """Return the application. Without a runtime it can only describe itself (OpenAPI)."""
    app = _bare_app(runtime)
    app.include_router(health_routes.probes)
    app.include_router(health_routes.router)
    app.include_router(jobs_routes.router)
    for part in SLICES:
        if part.router is not None:
            app.include_router(part.router)
    webclient.install(app)
    larger = {path: limit for part in SLICES for path, limit in part.body_limits.items()}
    app.add_middleware(BodyLimit, larger=larger)
    app.add_middleware(Observed)  # added last, so outermost: it sees every answer
    return app


def build_stream_app(runtime: Runtime) -> FastAPI:
    """Return the application of `shadow serve --role stream`: streams, health and metrics."""
    app = _bare_app(runtime, described=False)
    app.include_router(health_routes.probes)
    for part in SLICES:
        if part.stream_router is not None:
            app.include_router(part.stream_router)
    app.add_middleware(BodyLimit)
    app.add_middleware(Observed)
    return app


def _bare_app(runtime: Runtime | None, *, described: bool = True) -> FastAPI:
    app = FastAPI(
        title="Shadow Systems",
        version=__version__,
        openapi_url="/openapi.json" if described else None,
        docs_url=None,
        redoc_url=None,
        generate_unique_id_function=lambda route: route.name,
    )
    app.state.runtime = runtime
    install_problems(app)
    return app
