"""As much of S3 as an upload in parts needs, which forgets what it is sent. Prints its port."""

import asyncio
import re

SIZES: dict[str, int] = {}
PARTS: dict[str, int] = {}
STARTED = b"<InitiateMultipartUploadResult><UploadId>1</UploadId></InitiateMultipartUploadResult>"
FINISHED = b"<CompleteMultipartUploadResult><ETag>e</ETag></CompleteMultipartUploadResult>"


async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Serve one connection."""
    while head := await reader.readuntil(b"\r\n\r\n"):
        method, target, _ = head.split(b"\r\n")[0].decode().split(" ")
        length = int((re.search(rb"(?i)content-length: *(\d+)", head) or [0, 0])[1])
        left = length
        while left:
            left -= len(await reader.read(min(left, 1 << 20)))
        path, _, query = target.partition("?")
        status, fields, body = reply(method, path, query, length)
        writer.write(
            f"HTTP/1.1 {status}\r\nContent-Length: {fields.pop('length', len(body))}\r\n".encode()
            + "".join(f"{name}: {value}\r\n" for name, value in fields.items()).encode()
            + b"\r\n"
            + body
        )
        await writer.drain()


def reply(method: str, path: str, query: str, length: int) -> tuple[str, dict[str, object], bytes]:
    """Return status, headers and body."""
    match method:
        case "POST" if query.startswith("uploads"):
            PARTS[path] = 0
            return "200 OK", {}, STARTED
        case "POST" if query.startswith("delete"):
            return "200 OK", {}, b"<DeleteResult/>"
        case "POST":
            SIZES[path] = PARTS.pop(path)
            return "200 OK", {}, FINISHED
        case "PUT":
            if "partNumber" in query:
                PARTS[path] += length
            else:
                SIZES[path] = length
            return "200 OK", {"ETag": '"e"'}, b""
        case "DELETE":
            SIZES.pop(path, None)
            return "204 No Content", {}, b""
        case _ if path in SIZES:
            when = "Sat, 21 Nov 2026 05:33:41 GMT"
            return "200 OK", {"ETag": '"e"', "Last-Modified": when, "length": SIZES[path]}, b""
    return "404 Not Found", {}, b""


async def main() -> None:
    """Serve until killed."""
    server = await asyncio.start_server(answer, "127.0.0.1", 0, limit=1 << 20)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(main())
