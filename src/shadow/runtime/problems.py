"""Every error of the HTTP API as RFC 9457 `application/problem+json`."""

from http import HTTPStatus
from typing import Any

import orjson
import structlog
from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException

from shadow.kit.errors import Kind, ShadowError

log = structlog.get_logger(__name__)
TITLES = {
    Kind.missing: "Not found",
    Kind.conflict: "Conflict",
    Kind.gone: "No longer there",
    Kind.denied: "Not allowed",
    Kind.unauthenticated: "Sign in first",
    Kind.invalid: "Not valid",
    Kind.exhausted: "Too many requests",
    Kind.unavailable: "Not available now",
    Kind.upstream: "Another service failed",
}
FRAMEWORK_CODES = {
    404: "runtime.no_such_address",
    405: "runtime.method_not_allowed",
    413: "runtime.request_too_large",
}


def problem(status: int, *, title: str, detail: str, code: str) -> Response:
    """Return an RFC 9457 answer. `code` is `slice.name`; `type` is made of it."""
    content: dict[str, Any] = {
        "type": f"urn:shadow:error:{code}",
        "title": title,
        "status": status,
        "detail": detail,
        "code": code,
    }
    return Response(orjson.dumps(content), status, media_type="application/problem+json")


def problem_of(error: ShadowError) -> Response:
    """Return the answer for one of our own errors."""
    answer = problem(
        error.kind.value, title=TITLES[error.kind], detail=error.detail, code=error.code
    )
    if error.retry_after is not None:
        answer.headers["Retry-After"] = str(error.retry_after)
    if error.kind is Kind.unauthenticated:
        answer.headers["WWW-Authenticate"] = "Bearer"
    return answer


def install_problems(app: FastAPI) -> None:
    """Answer every foreseen failure of `app` as a problem; `Observed` answers the others."""

    @app.exception_handler(ShadowError)
    async def on_own(request: Request, error: ShadowError) -> Response:
        if error.kind in (Kind.unavailable, Kind.upstream):
            log.warning("web.failed", code=error.code, detail=error.detail)
        return problem_of(error)

    @app.exception_handler(RequestValidationError)
    async def on_invalid(request: Request, error: RequestValidationError) -> Response:
        parts = [
            f"{'.'.join(str(place) for place in part['loc'][1:]) or part['loc'][0]}: {part['msg']}"
            for part in error.errors()[:5]
        ]
        return problem(
            422, title=TITLES[Kind.invalid], detail="; ".join(parts), code="runtime.request_invalid"
        )

    @app.exception_handler(HTTPException)
    async def on_framework(request: Request, error: HTTPException) -> Response:
        return framework_problem(error)


def framework_problem(error: HTTPException) -> Response:
    """Return the answer for an error of the framework, such as a method that is not allowed."""
    code = FRAMEWORK_CODES.get(error.status_code, "runtime.http")
    title = HTTPStatus(error.status_code).phrase
    answer = problem(error.status_code, title=title, detail=str(error.detail), code=code)
    answer.headers.update(error.headers or {})
    return answer


def crash_problem() -> Response:
    """Return the answer for what nobody foresaw, with no inner workings shown."""
    return problem(
        500,
        title="Something went wrong",
        detail="Something went wrong inside. The log has the request id and says what.",
        code="runtime.crashed",
    )
