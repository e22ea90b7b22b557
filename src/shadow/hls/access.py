"""Who may use a playback token: checked once, and remembered for a few seconds."""

import time
from typing import Final

from shadow.accounts.models import User
from shadow.hls.errors import AccessEnded
from shadow.hls.memory import Recent
from shadow.hls.tokens import Claims, read, token_secret
from shadow.runtime.access import Role
from shadow.runtime.context import Runtime

CHECK_SECONDS: Final = 10.0
"""How long a person whose account is closed or banned may go on."""
REMEMBERED: Final = 4096


class Access:
    """Read tokens of one server, and ask now and then whether their people may still watch."""

    def __init__(self, runtime: Runtime) -> None:
        self._runtime = runtime
        self._secret = token_secret(runtime.secret_key)
        self._read: Recent[tuple[str, str], Claims] = Recent(REMEMBERED)
        self._allowed: Recent[int, float] = Recent(REMEMBERED)

    async def check(self, file_id: str, token: str) -> Claims:
        """Return what a token says.

        Raises:
            TokenMissing, TokenInvalid, TokenExpired: as `tokens.read`.
            AccessEnded: its person may not watch any more.
        """
        now = self._runtime.clock().timestamp()
        claims = self._read.get((file_id, token))
        if claims is None or claims.expires <= now:
            claims = read(self._secret, token, file_id=file_id, now=now)
            self._read.put((file_id, token), claims)
        if claims.user_id is not None:
            await self._check_person(claims.user_id)
        return claims

    async def _check_person(self, user_id: int) -> None:
        asked = self._allowed.get(user_id)
        if asked is not None and time.monotonic() - asked < CHECK_SECONDS:
            return
        async with self._runtime.database.session() as session:
            user = await session.get(User, user_id)
        if user is None or user.role < Role.guest:
            self._allowed.drop(user_id)
            raise AccessEnded("You may not watch this any more. Sign in again.")
        self._allowed.put(user_id, time.monotonic())
