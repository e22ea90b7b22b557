"""A local Telegram: data centres that speak real MTProto 2.0 on loopback.

For tests and `bench/telegram`; nothing in `src` may import it. It knows the calls that `shadow`
makes, keeps Telegram's rules about files, bots and sessions, and breaks in the ways Telegram and
networks do when a test turns a switch of `Faults`.

    async with DataCentres(Options(dcs=2, home=2)) as dc:
        bot = dc.add_bot("1001:secret")
        channel = dc.add_channel(-1001234567890)
        film = dc.put_document(channel, Generated(4 << 30), "film.mkv", dc=1)
        settings = dc.client_settings()        # what SHADOW_TELEGRAM__DC and __DC_KEY are set to
        dc.faults.flood("upload.getFile", seconds=3, every=20)
        dc.faults.delay = 0.06                 # seconds, a round trip
        dc.world.reference_seconds = 5
        …
        assert dc.counters.bytes_sent[film.document] <= 1.02 * (4 << 30)

A benchmark runs them in another process: `process.served`, or `python -m
tests.support.telegram_dc`. `clients` and `kurigram` make plain clients that use them.
"""

from tests.support.telegram_dc.contents import Generated
from tests.support.telegram_dc.faults import Counters, Faults
from tests.support.telegram_dc.server import DataCentres, Options, Stored
from tests.support.telegram_dc.world import Account

__all__ = ["Account", "Counters", "DataCentres", "Faults", "Generated", "Options", "Stored"]
