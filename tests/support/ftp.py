"""A small FTP server on loopback (RFC 959): enough for a client that only fetches."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field


@dataclass
class FtpServer:
    """What it holds by path, where it listens, and what it was told."""

    files: Mapping[str, bytes]
    passive_host: str
    port: int = 0
    said: list[str] = field(default_factory=list)

    async def converse(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        folder, offset = "/", 0
        connected: asyncio.Queue[asyncio.StreamWriter] = asyncio.Queue()
        data: asyncio.Server | None = None
        writer.write(b"220 here\r\n")
        while line := (await reader.readline()).decode().strip():
            self.said.append(line)
            verb, _, value = line.partition(" ")
            if verb == "CWD":
                folder = value if value.startswith("/") else f"{folder.rstrip('/')}/{value}"
            path = f"{folder.rstrip('/')}/{value}"
            content = self.files.get(path)
            if verb == "PASV":
                data = await asyncio.start_server(
                    lambda _, out: connected.put_nowait(out), "127.0.0.1", 0
                )
                port = data.sockets[0].getsockname()[1]
                place = f"{self.passive_host.replace('.', ',')},{port >> 8},{port & 255}"
                writer.write(f"227 Entering ({place})\r\n".encode())
            elif verb == "REST":
                offset = int(value)
                writer.write(b"350 from there\r\n")
            elif verb == "RETR" and content is not None:
                writer.write(b"150 coming\r\n")
                out = await connected.get()
                out.write(content[offset:])
                await out.drain()
                out.close()
                await out.wait_closed()
                writer.write(b"226 sent\r\n")
            elif verb == "SIZE" and content is not None:
                writer.write(f"213 {len(content)}\r\n".encode())
            else:
                writer.write(ANSWERS.get(verb, "500 what?").encode() + b"\r\n")
        writer.close()
        if data is not None:
            data.close()


ANSWERS = {
    "USER": "331 and the password?",
    "PASS": "230 come in",
    "TYPE": "200 fine",
    "PWD": '257 "/" it is',
    "CWD": "250 done",
    "SIZE": "550 no such file",
    "RETR": "550 no such file",
    "QUIT": "221 bye",
}


@asynccontextmanager
async def ftp_server(
    files: Mapping[str, bytes], *, passive_host: str = "127.0.0.1"
) -> AsyncIterator[FtpServer]:
    """Serve files by their paths; `passive_host` is where it sends clients for the content."""
    ftp = FtpServer(files, passive_host)
    talks: set[asyncio.Task[None]] = set()

    def accept(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        talks.add(asyncio.create_task(ftp.converse(reader, writer)))

    server = await asyncio.start_server(accept, "127.0.0.1", 0)
    ftp.port = server.sockets[0].getsockname()[1]
    try:
        yield ftp
    finally:
        server.close()
        for talk in talks:
            talk.cancel()
        await asyncio.gather(*talks, return_exceptions=True)
