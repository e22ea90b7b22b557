"""Files that several processes make at once and one of them wins."""

import os
import secrets
from pathlib import Path


def make_once(path: Path, content: str) -> str:
    """Create `path` whole with `content` unless it exists; return what it holds (owner only).

    Raises:
        OSError: the folder cannot be written.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    if not path.exists():
        fresh = path.with_name(f".{path.name}.{os.getpid()}.{secrets.token_hex(4)}")
        descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        try:
            with os.fdopen(descriptor, "w") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
            os.link(fresh, path)  # never half-written, and only one of several processes wins
        except FileExistsError:
            pass
        finally:
            fresh.unlink()
    return path.read_text()
