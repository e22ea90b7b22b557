"""A local Telegram: data centres that speak real MTProto 2.0 on loopback.

For tests and `bench/telegram`; nothing in `src` may import it. It knows the calls that `shadow`
makes, keeps Telegram's rules about files, bots and sessions, and breaks in the ways Telegram and
networks do when a test turns a switch of `Faults`.
"""

from tests.support.telegram_dc.contents import Generated
from tests.support.telegram_dc.faults import Counters, Faults
from tests.support.telegram_dc.server import DataCentres, Options, Stored
from tests.support.telegram_dc.world import Account

__all__ = ["Account", "Counters", "DataCentres", "Faults", "Generated", "Options", "Stored"]
