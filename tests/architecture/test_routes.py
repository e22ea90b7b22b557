"""Every address of the server says who may call it."""

from collections.abc import Iterator

from fastapi import APIRouter, FastAPI
from fastapi.dependencies.models import Dependant
from fastapi.routing import APIRoute
from starlette.routing import Mount

from shadow.app.web import build_app
from shadow.runtime.web import AccessRule, AllowAnyone

PUBLIC = {  # who adds to this list says why in the pull request
    "/api/health",
    "/api/ready",
    "/metrics",
    "/api/auth/welcome",
    "/api/auth/link",
    "/api/auth/claim",
    "/api/auth/login",
    "/api/auth/guest",
    "/api/auth/logout",
    "/{path:path}",
}


def rules(dependant: Dependant) -> Iterator[AccessRule]:
    if isinstance(dependant.call, AccessRule):
        yield dependant.call
    for inner in dependant.dependencies:
        yield from rules(inner)


def routes(app: FastAPI | APIRouter) -> list[APIRoute]:
    found: list[APIRoute] = []
    for route in app.routes:
        if isinstance(route, APIRoute):
            found.append(route)
        elif inner := getattr(route, "original_router", None):
            found += routes(inner)
    return found


def test_the_walk_over_routes_misses_none() -> None:
    app = build_app()
    described = {
        (method.upper(), path)
        for path, operations in app.openapi()["paths"].items()
        for method in operations
    }
    walked = {(m, route.path) for route in routes(app) for m in route.methods}
    assert described <= walked
    assert len(described) > 20


def test_every_route_says_who_may_call_it() -> None:
    silent = [route.path for route in routes(build_app()) if not list(rules(route.dependant))]
    assert silent == []


def test_only_the_listed_routes_are_open_to_everyone() -> None:
    open_to_all = {
        route.path
        for route in routes(build_app())
        if any(isinstance(rule, AllowAnyone) for rule in rules(route.dependant))
    }
    assert open_to_all == PUBLIC


def test_nothing_but_the_web_clients_assets_is_served_outside_the_routes() -> None:
    mounts = [route.path for route in build_app().routes if isinstance(route, Mount)]
    assert mounts == ["/assets"]


def test_every_operation_has_a_tag_and_a_description() -> None:
    for path, operations in build_app().openapi()["paths"].items():
        for method, operation in operations.items():
            assert operation.get("tags"), f"{method} {path} has no tag"
            assert operation.get("description"), f"{method} {path} says nothing"
