"""What clients of the upload protocol say in headers (tus 1.0.0), read without trust."""

import base64
import binascii
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from shadow.ingest.uploads.errors import (
    ChecksumWrong,
    TypeRefused,
    UploadRefused,
    VersionRefused,
)

VERSION: Final = "1.0.0"
EXTENSIONS: Final = "creation,creation-with-upload,expiration,checksum,termination"
ALGORITHMS: Final = {"sha256": 32, "sha1": 20}
"""Bytes of each hash. SHA-1 is what the protocol asks every server for."""
BYTES_OF_UPLOAD: Final = "application/offset+octet-stream"
MOST_METADATA: Final = 8192
MOST_DIGITS: Final = 18


@dataclass(frozen=True, slots=True)
class Checksum:
    """The hash that the bytes of a request must have; `algorithm` is one of `ALGORITHMS`."""

    algorithm: str
    digest: bytes


def check_version(headers: Mapping[str, str]) -> None:
    """Return if the client speaks our version. Raises `VersionRefused`."""
    if headers.get("tus-resumable") != VERSION:
        raise VersionRefused(f"This server speaks version {VERSION} of the tus protocol.")


def check_type(headers: Mapping[str, str]) -> None:
    """Return if a request carries bytes of an upload. Raises `TypeRefused`."""
    if not has_bytes(headers):
        raise TypeRefused(f"The content type must be {BYTES_OF_UPLOAD}.")


def has_bytes(headers: Mapping[str, str]) -> bool:
    """Tell whether a request says that it carries bytes of an upload."""
    return headers.get("content-type", "").partition(";")[0].strip().lower() == BYTES_OF_UPLOAD


def number(headers: Mapping[str, str], name: str) -> int:
    """Return a header's whole number from 0 on. Raises `UploadRefused`."""
    text = headers.get(name.lower(), "")
    if not (text.isascii() and text.isdigit() and len(text) <= MOST_DIGITS):
        raise UploadRefused(f"The header {name} must be a number of bytes.")
    return int(text)


def metadata(headers: Mapping[str, str]) -> dict[str, str]:
    """Return the pairs of `Upload-Metadata`: `name base64,name base64,name`.

    Raises:
        UploadRefused: it is malformed or far too long.
    """
    header = headers.get("upload-metadata", "")
    if len(header) > MOST_METADATA:
        raise UploadRefused("The header Upload-Metadata is too long.")
    found: dict[str, str] = {}
    for pair in header.split(",") if header.strip() else ():
        name, _, value = pair.strip().partition(" ")
        if not name or name in found:
            raise UploadRefused("The header Upload-Metadata is malformed.")
        try:
            found[name] = base64.b64decode(value.strip(), validate=True).decode()
        except (binascii.Error, ValueError) as error:
            raise UploadRefused("The header Upload-Metadata is malformed.") from error
    return found


def checksum(headers: Mapping[str, str]) -> Checksum | None:
    """Return what `Upload-Checksum` announces: `sha256 base64`; None without it.

    Raises:
        UploadRefused: it is malformed, or of a kind that this server does not know.
    """
    header = headers.get("upload-checksum")
    if header is None:
        return None
    algorithm, _, value = header.strip().partition(" ")
    try:
        digest = base64.b64decode(value.strip(), validate=True)
    except (binascii.Error, ValueError):
        digest = b""
    if ALGORITHMS.get(algorithm) != len(digest):
        raise UploadRefused("The header Upload-Checksum must be “sha256” and a hash in base64.")
    return Checksum(algorithm, digest)


def refuse_checksum() -> ChecksumWrong:
    """Return what is said of bytes with another hash than announced."""
    return ChecksumWrong("What came does not have the hash that was announced. Send it again.")
