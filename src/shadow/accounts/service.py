"""What accounts can do for others: the door to this slice.

Functions take a database session, and flush. Those that check or hash a password take `Accounts`
(`accounts_of(runtime)`) and commit by themselves, so that no transaction waits for a hash.
"""

from shadow.accounts.authentication import Accounts, accounts_of
from shadow.accounts.limits import SignInLimits
from shadow.accounts.links import (
    Link,
    create_login_link,
    ensure_first_admin_link,
    read_link,
)
from shadow.accounts.sessions import (
    SignedIn,
    Visitor,
    end_session,
    end_session_of_cookie,
    list_sessions,
)
from shadow.accounts.settings import AccountsSettings
from shadow.accounts.sign_in import (
    Verified,
    change_password,
    claim_link,
    enter_as_guest,
    log_in,
    verify_credentials,
)
from shadow.accounts.tokens import (
    NewToken,
    create_own_token,
    create_token,
    list_tokens,
    revoke_token,
)
from shadow.accounts.users import (
    any_admin,
    create_user,
    delete_user,
    edit_user,
    find_user,
    list_users,
    register_user,
)
from shadow.kit.clock import Clock
from shadow.runtime.database import Database
from shadow.runtime.settings import Settings

__all__ = [
    "Accounts",
    "Link",
    "NewToken",
    "SignedIn",
    "Verified",
    "Visitor",
    "accounts_of",
    "any_admin",
    "authenticator",
    "change_password",
    "claim_link",
    "create_login_link",
    "create_own_token",
    "create_token",
    "create_user",
    "delete_user",
    "edit_user",
    "end_session",
    "end_session_of_cookie",
    "ensure_first_admin_link",
    "enter_as_guest",
    "find_user",
    "list_sessions",
    "list_tokens",
    "list_users",
    "log_in",
    "read_link",
    "register_user",
    "revoke_token",
    "verify_credentials",
]


def authenticator(database: Database, clock: Clock, settings: Settings) -> Accounts:
    """Build what fills `Runtime.authenticate`. Attempts are counted in Redis if there is one.

    Raises:
        LimitsUnavailable: `SHADOW_REDIS_URL` cannot be used.
    """
    group = settings.group(AccountsSettings)
    return Accounts(
        database=database,
        settings=group,
        limits=SignInLimits(group, redis_url=settings.core.redis_url),
        clock=clock,
        public_url=settings.core.public_url,
    )
