"""Users: making, changing and deleting them, and never losing the last admin."""

import secrets
from collections.abc import Sequence

from sqlalchemy import delete, exists, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from shadow.accounts.authentication import Accounts
from shadow.accounts.errors import (
    LastAdmin,
    NameInvalid,
    NameTaken,
    OwnPassword,
    UserMissing,
)
from shadow.accounts.events import AccessEnded
from shadow.accounts.models import OneTimeLink, SignInSession, User
from shadow.accounts.names import clean_name, name_key
from shadow.accounts.passwords import hash_password
from shadow.accounts.sessions import end_sessions
from shadow.runtime.access import Principal, Role
from shadow.runtime.events import publish


async def create_user(session: AsyncSession, *, name: str, password: str, role: Role) -> User:
    """Make a user who signs in with a password.

    Raises:
        NameInvalid, PasswordInvalid: say what is allowed.
        NameTaken: someone has this name, or one that reads the same.
    """
    clean_name(name)
    return await add_user(
        session, name=name, password_hash=await hash_password(password), role=role
    )


async def register_user(accounts: Accounts, *, name: str, password: str, role: Role) -> User:
    """Make a user like `create_user`, in a transaction that does not wait for the hash."""
    clean_name(name)
    password_hash = await hash_password(password)
    async with accounts.database.transaction() as session:
        return await add_user(session, name=name, password_hash=password_hash, role=role)


async def add_user(
    session: AsyncSession, *, name: str, password_hash: str | None, role: Role
) -> User:
    """Make a user from a hash made before, so that no transaction waits for it.

    Raises:
        NameInvalid, NameTaken: as `create_user`.
    """
    key = name_key(name)
    if key is None:
        raise NameInvalid
    user = User(
        name=clean_name(name), name_key=key, password_hash=password_hash, role_name=role.name
    )
    try:
        async with session.begin_nested():
            session.add(user)
    except IntegrityError as error:
        raise NameTaken from error
    return user


async def add_guest(session: AsyncSession) -> User:
    """Make a guest identity with a name nobody has, and clear away guests who cannot come back."""
    await session.execute(
        delete(User).where(
            User.role_name == Role.guest.name,
            User.password_hash.is_(None),
            ~exists().where(SignInSession.user_id == User.id),
        )
    )
    name = f"guest-{secrets.token_hex(6)}"
    return await add_user(session, name=name, password_hash=None, role=Role.guest)


async def find_user(session: AsyncSession, *, name: str) -> User:
    """Return the user of this name, however it is spelled.

    Raises:
        UserMissing: nobody is called so.
    """
    user = await session.scalar(select(User).where(User.name_key == name_key(name)))
    if user is None:
        raise UserMissing
    return user


async def list_users(session: AsyncSession) -> Sequence[User]:
    """Return every user, by name."""
    return (await session.scalars(select(User).order_by(User.name_key))).all()


async def any_admin(session: AsyncSession) -> bool:
    """Tell whether someone can administer the server."""
    return bool(await session.scalar(select(exists().where(User.role_name == Role.admin.name))))


async def edit_user(
    accounts: Accounts,
    *,
    actor: Principal,
    user_id: int,
    role: Role | None = None,
    password: str | None = None,
) -> User:
    """Give a user another role or password; either may be None to stay.

    A new password, or a ban, ends the user's sessions and sign-in links; a ban shuts tokens out
    too for as long as it lasts.

    Raises:
        UserMissing, PasswordInvalid: what it says.
        LastAdmin: nobody would be left to administer the server.
        OwnPassword: the actor's own password needs the present one (`sign_in.change_password`).
    """
    if password is not None and user_id == actor.user_id:
        raise OwnPassword
    password_hash = None if password is None else await hash_password(password)
    async with accounts.database.transaction() as session:
        admins = await _lock_admins(session)
        user = await session.scalar(select(User).where(User.id == user_id).with_for_update())
        if user is None:
            raise UserMissing
        if role not in (None, Role.admin) and admins == {user_id}:
            raise LastAdmin
        user.role_name = user.role_name if role is None else role.name
        user.password_hash = password_hash or user.password_hash
        if role is Role.banned:
            publish(session, AccessEnded(user_id))
        if role is Role.banned or password_hash is not None:
            await end_sessions(session, user_id=user_id)
            await end_links(session, user_id=user_id)
        return user


async def delete_user(session: AsyncSession, *, user_id: int) -> None:
    """Delete a user with all that is theirs.

    Raises:
        UserMissing: there is none.
        LastAdmin: nobody would be left to administer the server.
    """
    if await _lock_admins(session) == {user_id}:
        raise LastAdmin
    deleted = await session.scalar(delete(User).where(User.id == user_id).returning(User.id))
    if deleted is None:
        raise UserMissing
    publish(session, AccessEnded(user_id))


async def end_links(session: AsyncSession, *, user_id: int) -> None:
    """Revoke the unused sign-in links of a user."""
    await session.execute(
        delete(OneTimeLink).where(OneTimeLink.user_id == user_id, OneTimeLink.used_at.is_(None))
    )


async def _lock_admins(session: AsyncSession) -> set[int]:
    """Return the ids of all admins, locked, so that two admins cannot remove each other at once."""
    rows = await session.scalars(
        select(User.id).where(User.role_name == Role.admin.name).order_by(User.id).with_for_update()
    )
    return set(rows)
