"""What a test may break, and what it may count."""

import math
import random
import time
from collections import Counter
from dataclasses import dataclass, field
from typing import Any


class RpcError(Exception):
    """A request is refused with `rpc_error`: HTTP-like code and a name such as LIMIT_INVALID."""

    def __init__(self, code: int, name: str) -> None:
        super().__init__(f"{code} {name}")
        self.code = code
        self.name = name


@dataclass
class Rule:
    """Refuse every Nth call of a method; `left` times, or always when that is None.

    A flood wait that `holds` refuses every call of that account until it is over, as Telegram
    does; otherwise only the Nth calls themselves are refused, which a test can count.
    """

    error: RpcError
    every: int = 1
    left: int | None = None
    account: int | None = None
    holds: int = 0  # seconds
    seen: int = 0
    until: dict[int | None, float] = field(default_factory=dict)

    def check(self, account: int | None) -> None:
        """Raise the error if it is due to this call."""
        if self.account not in {None, account}:
            return
        rest = self.until.get(account, 0.0) - time.monotonic()
        if rest > 0:
            raise RpcError(420, f"FLOOD_WAIT_{math.ceil(rest)}")
        if self.left == 0:
            return
        self.seen += 1
        if self.seen % self.every:
            return
        if self.left is not None:
            self.left -= 1
        if self.holds:
            self.until[account] = time.monotonic() + self.holds
        raise self.error


@dataclass
class Counters:
    """What the data centres have done so far, all of them together."""

    connections: int = 0
    open_connections: int = 0
    open_by_dc: Counter[str] = field(default_factory=Counter)
    handshakes: int = 0
    calls: Counter[str] = field(default_factory=Counter)
    errors: Counter[str] = field(default_factory=Counter)
    bytes_sent: Counter[int] = field(default_factory=Counter)  # of each document, by its id
    parts: Counter[int] = field(default_factory=Counter)  # saved, by the client's file id
    calls_by_dc: Counter[str] = field(default_factory=Counter)  # "4 upload.getFile"
    calls_by_account: Counter[str] = field(default_factory=Counter)  # "1001 upload.getFile"

    def clear(self) -> None:
        """Count from nothing again; open connections stay counted."""
        fresh = Counters(open_connections=self.open_connections, open_by_dc=self.open_by_dc)
        self.__dict__.update(fresh.__dict__)


@dataclass
class Faults:
    """Switches that may be turned at any moment; all off at first.

    delay, jitter         seconds added to every packet that comes in, plus a random part of jitter:
                          a round trip's length. Packets keep their order.
    bytes_per_second      of each connection, in each direction
    drop_after            bytes sent on a connection before it is cut, in the middle of an answer
    half_open             DCs that take connections and bytes and say nothing
    unreachable           DCs that refuse and cut every connection
    transport_floods      how many of the next packets are answered -429
    lost_parts            numbers of upload parts to be confirmed, and lost, once each
    """

    delay: float = 0.0
    jitter: float = 0.0
    bytes_per_second: float = 0.0
    drop_after: int = 0
    half_open: set[int] = field(default_factory=set)
    unreachable: set[int] = field(default_factory=set)
    transport_floods: int = 0
    lost_parts: set[int] = field(default_factory=set)
    rules: dict[str, list[Rule]] = field(default_factory=dict)
    unanswered: Counter[str] = field(default_factory=Counter)

    def flood(
        self, method: str, *, seconds: int = 3, every: int = 1, times: int | None = None,
        premium: bool = False, account: int | None = None, holds: bool = False,
    ) -> None:  # fmt: skip
        """Answer FLOOD_WAIT_(seconds) to every Nth call of a method such as `upload.getFile`.

        With `account`, only to that one's calls; with `holds`, to all of them until it is over.
        """
        name = f"FLOOD_PREMIUM_WAIT_{seconds}" if premium else f"FLOOD_WAIT_{seconds}"
        held = seconds if holds else 0
        self._refuse(method, Rule(RpcError(420, name), every, times, account, held))

    def refuse(
        self, method: str, code: int, name: str, *, every: int = 1, times: int | None = 1
    ) -> None:
        """Answer a method with any other error; only the next call unless told otherwise."""
        self._refuse(method, Rule(RpcError(code, name), every, times))

    def _refuse(self, method: str, rule: Rule) -> None:
        self.rules.setdefault(method, []).append(rule)

    def ignore(self, method: str, times: int = 1) -> None:
        """Leave the next calls of a method unanswered for ever."""
        self.unanswered[method] += times

    def clear(self) -> None:
        """Turn every switch off."""
        self.__dict__.update(Faults().__dict__)

    def check(self, method: str, account: int | None) -> bool:
        """Raise the error due to this call; True when it is to stay unanswered."""
        for rule in self.rules.get(method, []):
            rule.check(account)
        if self.unanswered[method] > 0:
            self.unanswered[method] -= 1
            return True
        return False

    def arrival(self) -> float:
        """When a packet received now is to be seen, on `time.monotonic`'s clock."""
        wait = self.delay + (random.random() * self.jitter if self.jitter else 0.0)
        return time.monotonic() + wait if wait else 0.0

    def set(self, **switches: Any) -> None:
        """Turn several switches by name, as the control line of a process does."""
        for name, value in switches.items():
            kind = type(getattr(self, name))
            setattr(self, name, kind(value))
