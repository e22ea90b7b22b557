"""Commands to data centres in another process: one JSON object a line, each answered by one."""

import json
import time
from hashlib import sha256
from pathlib import Path
from typing import Any

from tests.support.telegram_dc.contents import Content, Generated
from tests.support.telegram_dc.server import DataCentres, marked


def described(dc: DataCentres) -> dict[str, Any]:
    """Say what a client needs, as the first line that a process prints."""
    return {
        "addresses": {str(n): f"{at.host}:{at.port}" for n, at in dc.addresses.items()},
        "public_key": dc.public_pem,
        "settings": dc.client_settings(),
        "documents": [
            {"channel": marked(channel.id), "message": post.id, "document": post.document}
            for channel in dc.world.channels.values()
            for post in channel.posts.values()
            if post.document is not None
        ],
        "bots": [account.token for account in dc.world.accounts.values() if account.bot],
    }


def _given(content: dict[str, Any]) -> bytes | Path | Content:
    if "path" in content:
        return Path(content["path"])
    if "hex" in content:
        return bytes.fromhex(content["hex"])
    return Generated(content["size"], content.get("seed", 1))


def digest(content: Content) -> str:
    """Compute the SHA-256 of a whole document."""
    whole = sha256()
    for offset in range(0, content.size, 1 << 20):
        whole.update(content.read(offset, 1 << 20))
    return whole.hexdigest()


class Control:
    """Does what a line of control says; each public method is a command, its arguments by name."""

    def __init__(self, dc: DataCentres) -> None:
        self._dc = dc

    def answer(self, line: str) -> dict[str, Any]:
        """Do one command: {"do": name, "with": {…}} is answered {"answer": …} or {"error": …}."""
        try:
            asked = json.loads(line)
            command = getattr(self, asked["do"]) if asked["do"] in COMMANDS else None
            if command is None:
                return {"error": f"no command {asked['do']}"}
            return {"answer": command(**asked.get("with", {}))}
        except Exception as error:  # whatever it is, the other side is waiting for a line
            return {"error": f"{type(error).__name__}: {error}"}

    def add_bot(self, token: str, **more: Any) -> int:
        return self._dc.add_bot(token, **more).id

    def add_user(self, number: int, **more: Any) -> int:
        return self._dc.add_user(number, **more).id

    def session_string(self, account: int, form: str = "telethon") -> str:
        return self._dc.session_string(self._dc.world.accounts[account], form)

    def add_channel(self, channel: int, username: str = "") -> int:
        return self._dc.add_channel(channel, username=username)

    def set_role(self, channel: int, account: int, role: str | None) -> None:
        self._dc.set_role(channel, self._dc.world.accounts[account], role)

    def put_document(
        self, channel: int, content: dict[str, Any], name: str, **more: Any
    ) -> dict[str, int]:
        return vars(self._dc.put_document(channel, _given(content), name, **more))

    def delete_message(self, channel: int, message: int) -> None:
        self._dc.delete_message(channel, message)

    def digest(self, channel: int, message: int) -> str:
        return digest(self._dc.content(channel, message))

    def revoke(self, account: int, error: str = "SESSION_REVOKED") -> None:
        self._dc.world.refresh()
        self._dc.revoke(self._dc.world.accounts[account], error)

    def forget_keys(self, account: int) -> None:
        self._dc.world.refresh()
        self._dc.forget_keys(self._dc.world.accounts[account])

    def drop_connections(self) -> None:
        self._dc.drop_connections()

    def reference_seconds(self, seconds: float) -> None:
        self._dc.world.reference_seconds = seconds

    def faults(self, **switches: Any) -> None:
        self._dc.faults.set(**switches)
        if switches.get("unreachable"):
            self._dc.drop_connections()

    def flood(self, method: str, **more: Any) -> None:
        self._dc.faults.flood(method, **more)

    def refuse(self, method: str, **more: Any) -> None:
        self._dc.faults.refuse(method, **more)

    def ignore(self, method: str, times: int = 1) -> None:
        self._dc.faults.ignore(method, times)

    def clear_faults(self) -> None:
        self._dc.faults.clear()

    def cpu_seconds(self) -> float:
        """Give the processor time this process has used."""
        return time.process_time()

    def counters(self) -> dict[str, Any]:
        return dict(vars(self._dc.counters))

    def clear_counters(self) -> None:
        self._dc.counters.clear()


COMMANDS = {name for name in vars(Control) if not name.startswith("_")} - {"answer"}
