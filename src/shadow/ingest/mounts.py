"""Which file system a folder is on, as far as it matters for noticing changes (Linux)."""

import os
import re
from pathlib import Path

MOUNTINFO = Path("/proc/self/mountinfo")
SILENT = frozenset(
    {"nfs", "nfs4", "cifs", "smb2", "smb3", "smbfs", "9p", "afs", "ceph", "glusterfs", "lustre"}
    | {"virtiofs", "vboxsf", "prl_fs", "vmhgfs", "drvfs", "davfs", "ncpfs"}
)
"""File systems that others change without this machine's kernel being told."""
ESCAPE = re.compile(rb"\\([0-7]{3})")


def gives_no_notice(folder: bytes, mountinfo: Path = MOUNTINFO) -> bool:
    """Tell whether a folder, or a mount in it, is of a kind that sends no notice of changes.

    Unknown (no `/proc`) counts as giving notice.
    """
    try:
        lines = mountinfo.read_bytes().splitlines()
    except OSError:
        return False
    path = os.path.realpath(folder).rstrip(b"/") + b"/"
    own, own_kind = b"", b""
    below = []
    for line in lines:
        point, kind = _mount(line)
        if path.startswith(point) and len(point) >= len(own):
            own, own_kind = point, kind  # of two mounts on one point, the later covers the other
        elif point.startswith(path):
            below.append(kind)
    return any(_is_silent(kind) for kind in (own_kind, *below))


def _mount(line: bytes) -> tuple[bytes, bytes]:
    """Return mount point (ending in a slash) and type of a line, see proc_pid_mountinfo(5)."""
    first, _, second = line.partition(b" - ")
    fields, rest = first.split(b" "), second.split(b" ")
    if len(fields) < 5:
        return b"\0", b""
    point = ESCAPE.sub(lambda match: bytes([int(match[1], 8) & 0xFF]), fields[4])
    return point.rstrip(b"/") + b"/", rest[0]


def _is_silent(kind: bytes) -> bool:
    name = kind.decode("ascii", "replace")
    return name in SILENT or name.startswith("fuse.")
