"""The ways in: name and password, one-time link, guest; and changing one's password.

These take `Accounts`, not a database session: a password hash takes a tenth of a second or waits
for its turn, and no transaction stays open meanwhile.
"""

from dataclasses import dataclass

import structlog
from sqlalchemy import select

from shadow.accounts.authentication import Accounts
from shadow.accounts.errors import (
    ClaimIncomplete,
    GuestsRefused,
    LinkInvalid,
    WrongCredentials,
    WrongPassword,
)
from shadow.accounts.links import FIRST_ADMIN, read_link, use_link
from shadow.accounts.models import User
from shadow.accounts.names import clean_name, name_key
from shadow.accounts.passwords import hash_password, password_matches, renewed_hash
from shadow.accounts.sessions import SignedIn, Visitor, end_sessions, open_session
from shadow.accounts.users import add_guest, add_user, end_links
from shadow.runtime.access import Principal, Role

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Verified:
    """A person who gave the right password, and the hash that proved it."""

    user_id: int
    password_hash: str


async def verify_credentials(
    accounts: Accounts, *, name: str, password: str, address: str
) -> Verified:
    """Check a name and a password sent from `address`. Every password check goes through here.

    Takes the same work and gives the same answer whether or not the name exists.

    Raises:
        TooManyAttempts: before anything is looked up.
        WrongCredentials: wrong, unknown or banned.
    """
    key = name_key(name)
    counted = key or name
    await accounts.limits.count(address=address, account=counted)
    async with accounts.database.session() as session:
        found = (
            await session.execute(
                select(User.id, User.password_hash, User.role_name).where(User.name_key == key)
            )
        ).one_or_none()
    matches = await password_matches(found.password_hash if found else None, password)
    if found is None or not matches or found.role_name == Role.banned.name:
        # Without the name: people type passwords there.
        log.warning("accounts.sign_in_refused", address=address)
        raise WrongCredentials
    await accounts.limits.forgive(address=address, account=counted)
    return Verified(found.id, found.password_hash)


async def log_in(accounts: Accounts, *, name: str, password: str, visitor: Visitor) -> SignedIn:
    """Sign a person in with name and password; the session that the browser had ends.

    Raises:
        TooManyAttempts, WrongCredentials: as `verify_credentials`.
    """
    proof = await verify_credentials(
        accounts, name=name, password=password, address=visitor.address
    )
    fresh = await renewed_hash(proof.password_hash, password)
    async with accounts.database.transaction() as session:
        user = await session.scalar(
            select(User)
            .where(User.id == proof.user_id, User.password_hash == proof.password_hash)
            .with_for_update()
        )
        if user is None or user.role is Role.banned:  # changed since the check
            raise WrongCredentials
        user.password_hash = fresh or user.password_hash
        return await open_session(
            session,
            user=user,
            visitor=visitor,
            settings=accounts.settings,
            now=accounts.clock(),
        )


async def claim_link(
    accounts: Accounts, *, secret: str, name: str | None, password: str | None, visitor: Visitor
) -> SignedIn:
    """Use a one-time link: make the first admin (needs `name` and `password`) or sign a user in.

    Raises:
        TooManyAttempts: too many claims from this address.
        LinkInvalid: unknown, used, revoked or expired.
        ClaimIncomplete, NameInvalid, NameTaken, PasswordInvalid: the link can be used again.
    """
    await accounts.limits.count(address=visitor.address)
    async with accounts.database.session() as session:
        link = await read_link(session, secret=secret, now=accounts.clock())
    if link is None:
        raise LinkInvalid
    password_hash = None
    if link.purpose == FIRST_ADMIN:
        if not name or not password:
            raise ClaimIncomplete
        clean_name(name)
        password_hash = await hash_password(password)
    now = accounts.clock()
    async with accounts.database.transaction() as session:
        used = await use_link(session, secret=secret, now=now)
        if used.purpose == FIRST_ADMIN:
            user = await add_user(
                session, name=name or "", password_hash=password_hash, role=Role.admin
            )
        else:
            user = await session.get_one(User, used.user_id, with_for_update=True)
            if user.role is Role.banned:
                raise LinkInvalid
        return await open_session(
            session, user=user, visitor=visitor, settings=accounts.settings, now=now
        )


async def enter_as_guest(accounts: Accounts, *, visitor: Visitor) -> SignedIn:
    """Make a guest identity and sign it in.

    Raises:
        GuestsRefused: guests are switched off.
        TooManyAttempts: too many guests from this address.
    """
    if not accounts.settings.guests_allowed:
        raise GuestsRefused
    await accounts.limits.count(address=visitor.address)
    async with accounts.database.transaction() as session:
        guest = await add_guest(session)
        return await open_session(
            session,
            user=guest,
            visitor=visitor,
            settings=accounts.settings,
            now=accounts.clock(),
        )


async def change_password(
    accounts: Accounts, *, caller: Principal, current: str, new: str, address: str
) -> None:
    """Change the caller's own password. Their other sessions and their sign-in links end.

    API tokens stay: each is revoked by itself.

    Raises:
        TooManyAttempts: counted like signing in.
        WrongPassword: `current` is wrong, or the caller has none.
        PasswordInvalid: the new one is too short or too long.
    """
    try:
        proof = await verify_credentials(
            accounts, name=caller.name, password=current, address=address
        )
    except WrongCredentials as error:
        raise WrongPassword from error
    new_hash = await hash_password(new)
    async with accounts.database.transaction() as session:
        user = await session.scalar(
            select(User)
            .where(User.id == caller.user_id, User.password_hash == proof.password_hash)
            .with_for_update()
        )
        if user is None:
            raise WrongPassword
        user.password_hash = new_hash
        kept = caller.credential_id if caller.via == "cookie" else None
        await end_sessions(session, user_id=user.id, keep=kept)
        await end_links(session, user_id=user.id)
