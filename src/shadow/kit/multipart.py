"""Forms with one file in them (RFC 7578), framed so that the file itself can be streamed."""

import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

_UNFIT: Final = re.compile(r'[\x00-\x1f\x7f"\\]')


@dataclass(frozen=True, slots=True)
class Form:
    """What goes before and after the file's bytes; `content_type` is that of the whole."""

    content_type: str
    head: bytes
    tail: bytes

    def length(self, size: int) -> int:
        """Return the length of the whole for a file of `size` bytes."""
        return len(self.head) + size + len(self.tail)


def file_form(field: str, name: str, fields: Mapping[str, str] | None = None) -> Form:
    """Frame a file of a name as a form's last field, after plain fields.

    Names of fields and their values are ours; quotes and control characters in the file's name are
    replaced, as browsers escape them in ways that servers read differently.
    """
    boundary = f"shadow-{secrets.token_hex(16)}"
    before = "".join(
        f'--{boundary}\r\nContent-Disposition: form-data; name="{key}"\r\n\r\n{value}\r\n'
        for key, value in (fields or {}).items()
    )
    shown = _UNFIT.sub("_", name)
    head = (
        f"{before}--{boundary}\r\n"
        f'Content-Disposition: form-data; name="{field}"; filename="{shown}"\r\n'
        "Content-Type: application/octet-stream\r\n\r\n"
    )
    return Form(
        f"multipart/form-data; boundary={boundary}",
        head.encode("utf-8", "replace"),
        f"\r\n--{boundary}--\r\n".encode(),
    )
