"""What the server holds for each player."""

import socket
from pathlib import Path

from bench.hls import server
from bench.hls.tables import heading, row

VIEWERS = 200
SEGMENTS = 3


def viewers(film: Path) -> None:
    """Print bytes resident for each player that asked for a segment and does not read on."""
    with server.running(film, viewers=VIEWERS) as running:
        player = running.player()
        for number in range(SEGMENTS):
            player.get(f"vsource/{number}.m4s")
        warm = [ask(running, number % 20) for number in range(20)]
        for one in warm:
            one.close()
        running.rest()
        before = running.resident()
        held = [ask(running, number) for number in range(VIEWERS)]
        running.rest()
        each = (running.resident() - before) / VIEWERS
        for one in held:
            one.close()
    heading("memory", "KB", "goal")
    row(f"resident for each of {VIEWERS} stalled players", f"{each / 1000:.0f}", "≤ 150")


def ask(running: server.Server, viewer: int) -> socket.socket:
    """Open a connection as one more player, fetch the playlists, and read no segment to its end.

    Several are asked for at once, more than the system's own buffers take.
    """
    player = running.player(viewer)
    player.get("master.m3u8")
    player.get("vsource/index.m3u8")
    player.close()
    made = socket.socket()
    made.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 64 << 10)
    made.connect(("127.0.0.1", running.port))
    for number in range(SEGMENTS):
        path = f"{running.addresses[viewer]}vsource/{number}.m4s"
        made.sendall(f"GET {path} HTTP/1.1\r\nHost: bench\r\n\r\n".encode())
    if not made.recv(2048).startswith(b"HTTP/1.1 200"):
        raise SystemExit("a segment was refused")
    return made
