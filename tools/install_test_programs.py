"""Install the Debian packages that the tests use and the machine lacks, and say which."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

TESTS = {
    "postgresql": "/usr/lib/postgresql/*/bin/initdb",
    "nginx-light": "/usr/sbin/nginx",
    "redis-server": "/usr/bin/redis-server",
    "chromium": "/usr/bin/chromium",
    "ffmpeg": "/usr/bin/ffprobe",
    "aria2": "/usr/bin/aria2c",
    "rclone": "/usr/bin/rclone",
}
BENCH = {"minidlna": "/usr/sbin/minidlnad"}


def present(pattern: str) -> bool:
    """Tell whether a file of that pattern exists."""
    return any(Path("/").glob(pattern.lstrip("/")))


def main() -> int:
    """Install what is missing, as root or with sudo."""
    wanted = TESTS | (BENCH if "--bench" in sys.argv else {})
    missing = [package for package, pattern in wanted.items() if not present(pattern)]
    if not missing:
        return 0
    if not shutil.which("apt-get"):
        print(f"Install these first: {', '.join(missing)}", file=sys.stderr)
        return 1
    print(f"Installing Debian packages for the tests: {', '.join(missing)}", file=sys.stderr)
    sudo = [] if os.geteuid() == 0 else ["sudo"]
    quiet = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    install = [*sudo, "apt-get", "install", "-y", "-qq", "--no-install-recommends", *missing]
    subprocess.run([*sudo, "apt-get", "update", "-qq"], check=True, env=quiet)
    return subprocess.run(install, env=quiet, check=False, stdout=subprocess.DEVNULL).returncode


sys.exit(main())
