"""HTTP of accounts: sign-in, one's own sessions and tokens, and users for admins."""

from datetime import timedelta
from typing import Annotated

from fastapi import APIRouter, Depends, Path, Query, Request, Response

from shadow import __version__
from shadow.accounts import service
from shadow.accounts.cookies import clear_session_cookie, set_session_cookie, visitor
from shadow.accounts.models import ApiToken, SignInSession, User
from shadow.accounts.schemas import (
    ClaimIn,
    LinkOut,
    LoginIn,
    LoginLinkOut,
    MeOut,
    PasswordIn,
    SessionList,
    SessionOut,
    TokenCreated,
    TokenIn,
    TokenList,
    TokenOut,
    UserEdit,
    UserIn,
    UserList,
    UserOut,
    WelcomeOut,
)
from shadow.runtime.access import Role
from shadow.runtime.web import (
    SESSION_COOKIE,
    Admin,
    CrossSite,
    CurrentRuntime,
    Member,
    Reading,
    Viewer,
    Writing,
    public,
    refuse_cross_site,
)

router = APIRouter(tags=["accounts"])
RowId = Annotated[int, Path(ge=1, le=2**31 - 1)]
LinkSecret = Annotated[str, Query(max_length=200)]


def _by_our_own_page(request: Request) -> None:
    """Refuse a sign-in that a page of another site sent, when the browser says so.

    Programs sign in without the CSRF header; a foreign page cannot send JSON unasked.
    """
    if request.headers.get("sec-fetch-site") not in {None, "same-origin", "none"}:
        raise CrossSite("This request came from another site. Open Shadow Systems itself.")


open_to_all = [public, Depends(_by_our_own_page)]


@router.get("/api/auth/welcome", dependencies=[public])
async def welcome(runtime: CurrentRuntime, session: Reading) -> WelcomeOut:
    """Tell the sign-in page what to offer."""
    return WelcomeOut(
        needs_admin=not await service.any_admin(session),
        guests_allowed=service.accounts_of(runtime).settings.guests_allowed,
        version=__version__,
    )


@router.get("/api/auth/link", dependencies=[public])
async def show_link(runtime: CurrentRuntime, session: Reading, token: LinkSecret) -> LinkOut:
    """Tell what a one-time link would do, without using it."""
    link = await service.read_link(session, secret=token, now=runtime.clock())
    return LinkOut(valid=link is not None, purpose=link.purpose if link else None)


@router.post("/api/auth/claim", dependencies=open_to_all)
async def claim(
    claim: ClaimIn, request: Request, response: Response, runtime: CurrentRuntime
) -> MeOut:
    """Use a one-time link and sign in."""
    accounts = service.accounts_of(runtime)
    signed_in = await service.claim_link(
        accounts,
        secret=claim.token,
        name=claim.username,
        password=claim.password,
        visitor=visitor(request),
    )
    set_session_cookie(request, response, accounts, signed_in.secret)
    return _me(signed_in.user)


@router.post("/api/auth/login", dependencies=open_to_all)
async def log_in(
    login: LoginIn, request: Request, response: Response, runtime: CurrentRuntime
) -> MeOut:
    """Sign in with name and password."""
    accounts = service.accounts_of(runtime)
    signed_in = await service.log_in(
        accounts, name=login.username, password=login.password, visitor=visitor(request)
    )
    set_session_cookie(request, response, accounts, signed_in.secret)
    return _me(signed_in.user)


@router.post("/api/auth/guest", dependencies=[public, Depends(refuse_cross_site)])
async def enter_as_guest(request: Request, response: Response, runtime: CurrentRuntime) -> MeOut:
    """Become a guest, when guests are allowed."""
    accounts = service.accounts_of(runtime)
    signed_in = await service.enter_as_guest(accounts, visitor=visitor(request))
    set_session_cookie(request, response, accounts, signed_in.secret)
    return _me(signed_in.user)


@router.post("/api/auth/logout", status_code=204, dependencies=[public])
async def log_out(
    request: Request, response: Response, runtime: CurrentRuntime, session: Writing
) -> None:
    """End this browser's session. Without one, nothing happens."""
    cookie = request.cookies.get(SESSION_COOKIE)
    if cookie is not None:
        refuse_cross_site(request)
        await service.end_session_of_cookie(session, cookie=cookie)
    clear_session_cookie(request, response, service.accounts_of(runtime))


@router.get("/api/auth/me")
async def me(caller: Viewer) -> MeOut:
    """Tell who is signed in."""
    return MeOut(
        id=caller.user_id,
        username=caller.name,
        role=caller.role.name,
        via=caller.via,
        scopes=None if caller.scopes is None else sorted(caller.scopes),
    )


@router.put("/api/auth/password", status_code=204)
async def change_password(
    change: PasswordIn, caller: Member, request: Request, runtime: CurrentRuntime
) -> None:
    """Change one's own password; other browsers must sign in again."""
    await service.change_password(
        service.accounts_of(runtime),
        caller=caller,
        current=change.current,
        new=change.new,
        address=visitor(request).address,
    )


@router.get("/api/auth/sessions")
async def list_sessions(caller: Viewer, runtime: CurrentRuntime, session: Reading) -> SessionList:
    """List the browsers one is signed in with."""
    rows = await service.list_sessions(session, user_id=caller.user_id, now=runtime.clock())
    current = caller.credential_id if caller.via == "cookie" else None
    return SessionList(items=[_session(row, current=row.id == current) for row in rows])


@router.delete("/api/auth/sessions/{session_id}", status_code=204)
async def end_session(session_id: RowId, caller: Member, session: Writing) -> None:
    """Sign one of one's browsers out."""
    await service.end_session(session, user_id=caller.user_id, session_id=session_id)


@router.get("/api/tokens")
async def list_tokens(caller: Member, session: Reading) -> TokenList:
    """List one's own API tokens."""
    rows = await service.list_tokens(session, user_id=caller.user_id)
    return TokenList(items=[_token(row) for row in rows])


@router.post("/api/tokens", status_code=201)
async def create_token(
    wanted: TokenIn, caller: Member, runtime: CurrentRuntime, session: Writing
) -> TokenCreated:
    """Make an API token. Its secret is shown this once."""
    days = wanted.expires_in_days
    made = await service.create_own_token(
        session,
        caller=caller,
        name=wanted.name,
        scopes=wanted.scopes,
        expires_at=None if days is None else runtime.clock() + timedelta(days=days),
    )
    return TokenCreated(**_token(made.token).model_dump(), token=made.secret)


@router.delete("/api/tokens/{token_id}", status_code=204)
async def revoke_token(token_id: RowId, caller: Member, session: Writing) -> None:
    """Take an API token back."""
    await service.revoke_token(session, user_id=caller.user_id, token_id=token_id)


@router.get("/api/users")
async def list_users(caller: Admin, session: Reading) -> UserList:
    """List every user."""
    return UserList(items=[_user(row) for row in await service.list_users(session)])


@router.post("/api/users", status_code=201)
async def create_user(wanted: UserIn, caller: Admin, runtime: CurrentRuntime) -> UserOut:
    """Make a user."""
    user = await service.register_user(
        service.accounts_of(runtime),
        name=wanted.username,
        password=wanted.password,
        role=Role[wanted.role],
    )
    return _user(user)


@router.patch("/api/users/{user_id}")
async def edit_user(
    user_id: RowId, changes: UserEdit, caller: Admin, runtime: CurrentRuntime
) -> UserOut:
    """Give a user another role or password."""
    user = await service.edit_user(
        service.accounts_of(runtime),
        actor=caller,
        user_id=user_id,
        role=None if changes.role is None else Role[changes.role],
        password=changes.password,
    )
    return _user(user)


@router.delete("/api/users/{user_id}", status_code=204)
async def delete_user(user_id: RowId, caller: Admin, session: Writing) -> None:
    """Delete a user with all that is theirs."""
    await service.delete_user(session, user_id=user_id)


@router.post("/api/users/{user_id}/login-link", status_code=201)
async def create_login_link(
    user_id: RowId, caller: Admin, runtime: CurrentRuntime, session: Writing
) -> LoginLinkOut:
    """Make a link that signs this user in once, for someone who lost their password."""
    lifetime = timedelta(minutes=service.accounts_of(runtime).settings.link_minutes)
    now = runtime.clock()
    secret = await service.create_login_link(session, user_id=user_id, now=now, lifetime=lifetime)
    return LoginLinkOut(token=secret, path=f"/auth?token={secret}", expires_at=now + lifetime)


def _me(user: User) -> MeOut:
    return MeOut(id=user.id, username=user.name, role=user.role.name, via="cookie", scopes=None)


def _session(row: SignInSession, *, current: bool) -> SessionOut:
    return SessionOut(
        id=row.id,
        created_at=row.created_at,
        last_seen_at=row.last_seen_at,
        user_agent=row.user_agent,
        current=current,
    )


def _token(row: ApiToken) -> TokenOut:
    return TokenOut(
        id=row.id,
        name=row.name,
        scopes=row.scopes,
        created_at=row.created_at,
        expires_at=row.expires_at,
        last_used_at=row.last_used_at,
    )


def _user(row: User) -> UserOut:
    return UserOut(
        id=row.id,
        username=row.name,
        role=row.role.name,
        created_at=row.created_at,
        last_seen_at=row.last_seen_at,
    )
