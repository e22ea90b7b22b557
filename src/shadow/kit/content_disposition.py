"""File names in HTTP headers (RFC 6266, RFC 8187), whatever the name holds."""

import re
import unicodedata
from typing import Final
from urllib.parse import quote

MAX_NAME_BYTES: Final = 255
_UNSAFE_IN_QUOTES: Final = re.compile(r"[^ !#$&\'()+,\-.0-9;=@A-Z\[\]^_`a-z{}~]")
_ATTR_CHARS: Final = "!#$&+-.^_`|~"  # RFC 8187 attr-char beside letters and digits


def content_disposition(name: str, *, inline: bool = True) -> str:
    """Return a header value that offers `name` for saving; always plain ASCII on one line.

    The name may be anything a disk holds: lone surrogates of undecodable bytes become U+FFFD,
    control and bidirectional-override characters go (they let `gpj.exe` pose as `exe.jpg`),
    path separators become `_`, and length is kept to 255 bytes with the extension saved.
    """
    kind = "inline" if inline else "attachment"
    clean = _clean(name)
    plain = unicodedata.normalize("NFKD", clean).encode("ascii", "ignore").decode()
    plain = _UNSAFE_IN_QUOTES.sub("_", plain)
    if plain == clean:
        return f'{kind}; filename="{plain}"'
    stem, dot, suffix = plain.rpartition(".") if "." in plain else (plain, "", "")
    plain = f"{stem if stem.strip(' _') else 'file'}{dot}{suffix}"
    return f"{kind}; filename=\"{plain}\"; filename*=UTF-8''{quote(clean, safe=_ATTR_CHARS)}"


def _clean(name: str) -> str:
    """Return what of a name can be shown and saved anywhere; `file` when nothing is left."""
    valid = "".join("\ufffd" if unicodedata.category(c) == "Cs" else c for c in name)
    shown = "".join(" " if c in "\t\r\n" else c for c in valid)
    shown = "".join(c for c in shown if unicodedata.category(c) not in {"Cc", "Cf"})
    shown = shown.replace("/", "_").replace("\\", "_").strip(" .")
    if len(shown.encode()) > MAX_NAME_BYTES:
        stem, dot, suffix = shown.rpartition(".")
        tail = f"{dot}{suffix}" if stem and len(suffix) <= 10 else ""
        head = (stem if tail else shown).encode()[: MAX_NAME_BYTES - len(tail.encode())]
        shown = head.decode("utf-8", "ignore") + tail
    return shown or "file"
