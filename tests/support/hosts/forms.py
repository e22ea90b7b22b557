"""Read a form as a host does: strictly, by its boundary."""

import re
from email import message_from_bytes
from email.policy import HTTP

from tests.support.wire import Asked


def read_form(asked: Asked) -> dict[str, tuple[str | None, bytes]]:
    """Return fields by name: the file's name, if it is one, and the content."""
    kind = asked.headers["content-type"]
    assert re.fullmatch(r"multipart/form-data; boundary=[\w-]{1,70}", kind), kind
    whole = message_from_bytes(
        b"Content-Type: " + kind.encode() + b"\r\n\r\n" + asked.body, policy=HTTP
    )
    found: dict[str, tuple[str | None, bytes]] = {}
    for part in whole.iter_parts():
        name = part.get_param("name", header="content-disposition")
        content = part.get_payload(decode=True)
        assert isinstance(name, str)
        assert isinstance(content, bytes)
        found[name] = part.get_filename(), content
    return found
