"""What aria2 is told for one download."""

from collections.abc import Sequence
from ipaddress import ip_address
from pathlib import Path
from urllib.parse import urlsplit

from shadow.ingest.ports import Link
from shadow.kit.errors import ShadowError
from shadow.kit.torrents import Torrent
from shadow.plugins.source_aria2.settings import Aria2Settings
from shadow.runtime.http import USER_AGENT, HttpClients

Options = dict[str, str | list[str]]
MOST_TRACKERS = 30
HARMLESS = frozenset({"accept", "accept-language", "user-agent"})
"""Headers that may go to whatever host a link redirects to: aria2 sends them to all."""


def common(settings: Aria2Settings, folder: Path, gid: str, proxy: str) -> Options:
    """Return the options of every download."""
    return {
        "gid": gid,
        "dir": str(folder),
        "all-proxy": proxy,
        "proxy-method": "tunnel",
        "allow-overwrite": "true",
        "auto-file-renaming": "false",
        "continue": "true",
        "always-resume": "false",
        "max-resume-failure-tries": "0",
        "remote-time": "false",
        "timeout": str(settings.timeout_seconds),
        "connect-timeout": str(min(settings.timeout_seconds, 60)),
        "max-tries": "3",
        "retry-wait": "1",
        "max-connection-per-server": str(settings.connections),
        "split": str(settings.connections),
        "min-split-size": "32M",
        "user-agent": USER_AGENT,
        # Nearly from front to back, so that it can be hashed while it comes.
        "stream-piece-selector": "inorder",
    }


def for_file(link: Link, name: str) -> Options:
    """Return the options of a download over http or ftp."""
    options: Options = {"out": name, "lowest-speed-limit": "1K"}
    if link.headers:
        options["header"] = [f"{field}: {value}" for field, value in link.headers.items()]
    if link.sha256:
        options["checksum"] = f"sha-256={link.sha256.strip().lower()}"
    return options


def for_swarm(settings: Aria2Settings, trackers: Sequence[str]) -> Options:
    """Return the options of everything that deals with peers: only the trackers given."""
    return {
        "bt-exclude-tracker": "*",
        "bt-tracker": ",".join(trackers),
        "bt-stop-timeout": str(settings.peer_seconds),
        "bt-tracker-connect-timeout": "10",
        "bt-tracker-timeout": "15",
        "seed-time": str(settings.seed_minutes),
        "seed-ratio": "0.0",
    }


def for_torrent(torrent: Torrent, chosen: Sequence[int]) -> Options:
    """Return the options that name every file ourselves, and fetch the chosen ones."""
    return {
        "index-out": [f"{one.number}={one.path}" for one in torrent.files],
        "select-file": ",".join(str(number) for number in chosen),
        "bt-remove-unselected-file": "true",
        "bt-save-metadata": "false",
    }


async def judged_trackers(http: HttpClients, trackers: Sequence[str]) -> list[str]:
    """Return the trackers that aria2 may ask.

    Those over http go through the filtering proxy and are judged there. Those over UDP cannot:
    they are judged here and named by the address that was judged.
    """
    kept: list[str] = []
    for tracker in trackers[:MOST_TRACKERS]:
        try:
            parts = urlsplit(tracker)
            host, port = parts.hostname or "", parts.port
        except ValueError:
            continue
        if "," in tracker or not tracker.isprintable() or " " in tracker:
            continue
        if parts.scheme in {"http", "https"}:
            kept.append(tracker)
        elif parts.scheme == "udp" and port:
            address = await _judged_address(http, host, port)
            if address:
                kept.append(f"udp://{address}:{port}/announce")
    return kept


async def _judged_address(http: HttpClients, host: str, port: int) -> str | None:
    try:
        found = await http.addresses(host, port)
    except ShadowError:
        return None
    return next((one for one in found if ip_address(one).version == 4), None)
