"""Session strings of accounts that somebody logged in before the test began."""

import base64
import ipaddress
import struct

from tests.support.telegram_dc.world import Account

API_ID = 4321


def telethon_string(dc: int, host: str, port: int, key: bytes) -> str:
    """Write a Telethon `StringSession`."""
    packed = struct.pack(">B4sH256s", dc, ipaddress.ip_address(host).packed, port, key)
    return "1" + base64.urlsafe_b64encode(packed).decode()


def pyrogram_string(account: Account, key: bytes, *, form: str = "new") -> str:
    """Write a Pyrogram session string: `new` (with api id), `64` (64-bit user id) or `old`."""
    last = (account.id, account.bot)
    packed = {
        "new": lambda: struct.pack(">BI?256sQ?", account.dc, API_ID, False, key, *last),
        "64": lambda: struct.pack(">B?256sQ?", account.dc, False, key, *last),
        "old": lambda: struct.pack(">B?256sI?", account.dc, False, key, *last),
    }[form]()
    return base64.urlsafe_b64encode(packed).decode().rstrip("=")
