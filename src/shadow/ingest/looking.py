"""A first look at a link: is it a file, what is it called, how large is it?"""

from dataclasses import dataclass

import httpx

from shadow.ingest.ports import Link
from shadow.kit.file_names import looks_like_a_page, name_of_disposition, name_of_url
from shadow.runtime.http import AnswerRefused, HttpClients, RequestRefused, Unreachable

MOST_BYTES = 1 << 60  # announced; no more than the first are read
SECONDS = 30.0
HEAD = 1024


@dataclass(frozen=True, slots=True)
class Seen:
    """What a look told. `trouble` says, for people, why it told nothing."""

    page: bool = False
    name: str | None = None
    size: int | None = None
    trouble: str = ""


async def look(http: HttpClients, link: Link) -> Seen:
    """Ask for an http or https link and read the first bytes of the answer.

    Raises:
        RequestRefused: it leads to where requests may not go.
    """
    headers = {"Accept-Encoding": "identity", "Accept": "*/*", **link.headers}
    try:
        async with (
            http.client(max_bytes=MOST_BYTES, total_seconds=SECONDS) as client,
            client.stream("GET", link.url, headers=headers) as answer,
        ):
            return await _describe(answer)
    except RequestRefused:
        raise
    except (AnswerRefused, Unreachable) as error:
        return Seen(trouble=error.detail)


async def _describe(answer: httpx.Response) -> Seen:
    if answer.status_code != 200:
        return Seen(trouble=f"“{answer.url.host}” answers with status {answer.status_code}.")
    head = b""
    async for chunk in answer.aiter_raw():
        head += chunk
        if len(head) >= HEAD:
            break
    if looks_like_a_page(head, answer.headers.get("content-type", "")):
        return Seen(page=True)
    length = answer.headers.get("content-length", "")
    return Seen(
        name=name_of_disposition(answer.headers.get("content-disposition", ""))
        or name_of_url(str(answer.url)),
        size=int(length) if length.isascii() and length.isdigit() else None,
    )
