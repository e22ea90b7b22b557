"""The session cookie, and what a request says of its sender."""

from fastapi import Request, Response

from shadow.accounts.authentication import Accounts
from shadow.accounts.sessions import Visitor
from shadow.runtime.web import SESSION_COOKIE


def visitor(request: Request) -> Visitor:
    """Return who sent the request: the connection's address, never one from a header.

    Behind a trusted proxy (`SHADOW_TRUSTED_PROXIES`) the server has put the client's there.
    """
    return Visitor(
        address=request.client.host if request.client else "",
        user_agent=request.headers.get("user-agent"),
        cookie=request.cookies.get(SESSION_COOKIE),
    )


def set_session_cookie(
    request: Request, response: Response, accounts: Accounts, secret: str
) -> None:
    """Hand the session's secret to the browser, out of reach of scripts.

    No `__Host-` prefix: at home it has to work over plain HTTP too.
    """
    response.set_cookie(
        SESSION_COOKIE,
        secret,
        max_age=accounts.settings.session_max_days * 86400,
        path="/",
        httponly=True,
        samesite="lax",
        secure=_by_https(request, accounts),
    )
    response.headers["Cache-Control"] = "no-store"


def clear_session_cookie(request: Request, response: Response, accounts: Accounts) -> None:
    """Make the browser forget its session."""
    response.delete_cookie(
        SESSION_COOKIE,
        path="/",
        httponly=True,
        samesite="lax",
        secure=_by_https(request, accounts),
    )


def _by_https(request: Request, accounts: Accounts) -> bool:
    # The public address counts too: a proxy that is not trusted hides that people came by https.
    return request.url.scheme == "https" or accounts.public_url.startswith("https://")
