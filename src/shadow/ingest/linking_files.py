"""Give a file a second name instead of copying it, where the disk allows that."""

import errno
import os
import secrets
import shutil
from pathlib import Path
from typing import Final

from shadow.ingest.ports import NoRoom

_NO_LINKS: Final = frozenset({errno.EXDEV, errno.EPERM, errno.EMLINK, errno.EOPNOTSUPP})


def link_or_copy(source: Path, target: Path) -> None:
    """Make `target` the same file as `source`, or a copy of it; whole or not at all. Blocks.

    A target of the same size is taken for what an earlier call made; another one is replaced.

    Raises:
        NoRoom: a copy does not fit the disk.
        FileNotFoundError: there is no source.
    """
    size = source.stat(follow_symlinks=False).st_size
    if target.is_file() and target.stat().st_size == size:
        return
    fresh = target.with_name(f".{secrets.token_hex(6)}.part")
    try:
        try:
            os.link(source, fresh, follow_symlinks=False)
        except OSError as error:
            if error.errno not in _NO_LINKS:
                raise
            shutil.copyfile(source, fresh, follow_symlinks=False)
        fresh.replace(target)
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            raise NoRoom("The disk is full. Make room and try again.") from error
        raise
    finally:
        fresh.unlink(missing_ok=True)
