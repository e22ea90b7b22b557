"""`upload.*`: the rules of core.telegram.org/api/files, all of them enforced."""

import time
from hashlib import md5, sha256
from pathlib import Path
from typing import Any

from telethon.tl import TLObject, functions, types

from tests.support.telegram_dc.centre import Part, Upload
from tests.support.telegram_dc.contents import Content, Forgotten, InMemory, OnDisk, Parts
from tests.support.telegram_dc.faults import RpcError
from tests.support.telegram_dc.rpc import Call, FileBytes, answers
from tests.support.telegram_dc.world import Document

MIB = 1 << 20
LARGEST_PART = 512 << 10
LARGEST_SMALL_FILE = 10 << 20


def check_range(offset: int, limit: int, *, precise: bool) -> None:
    """Raise OFFSET_INVALID or LIMIT_INVALID unless `upload.getFile` may be asked this."""
    step = 1024 if precise else 4096
    if offset < 0 or offset % step:
        raise RpcError(400, "OFFSET_INVALID")
    whole = limit <= MIB if precise else limit > 0 and MIB % limit == 0
    if limit <= 0 or limit % step or not whole:
        raise RpcError(400, "LIMIT_INVALID")
    if offset // MIB != (offset + limit - 1) // MIB:
        raise RpcError(400, "LIMIT_INVALID")


def located(call: Call, location: TLObject) -> Document:
    """Find the document of a location, on this DC; raises what is wrong with it."""
    if not isinstance(location, types.InputDocumentFileLocation) or location.thumb_size:
        raise RpcError(400, "LOCATION_INVALID")
    document = call.centre.world.document(location.id)
    if document is None:
        raise RpcError(400, "FILE_ID_INVALID")
    if location.access_hash != call.hash_of("document", document.id):
        raise RpcError(400, "LOCATION_INVALID")
    if document.dc != call.centre.id:
        raise RpcError(303, f"FILE_MIGRATE_{document.dc}")
    call.centre.world.check_reference(location.file_reference, call.account.id, document.id)
    return document


@answers(functions.upload.GetFileRequest)
async def get_file(call: Call, request: Any) -> FileBytes:
    check_range(request.offset, request.limit, precise=request.precise)
    document = located(call, request.location)
    return FileBytes(document.id, document.content.read(request.offset, request.limit))


@answers(functions.upload.GetFileHashesRequest)
async def get_file_hashes(call: Call, request: Any) -> list[TLObject]:
    """Give the SHA-256 of each 128 KiB of the MiB that the offset lies in."""
    document = located(call, request.location)
    start = request.offset // MIB * MIB
    hashes = []
    for offset in range(start, min(start + MIB, document.content.size), 128 << 10):
        piece = document.content.read(offset, 128 << 10)
        hashes.append(types.FileHash(offset, len(piece), sha256(piece).digest()))
    return hashes


def _check_part(request: Any, most: int, *, total: int) -> None:
    size = len(request.bytes)
    if not size:
        raise RpcError(400, "FILE_PART_EMPTY")
    if size > LARGEST_PART:
        raise RpcError(400, "FILE_PART_TOO_BIG")
    if total == 0 or total < -1 or total > most:
        raise RpcError(400, "FILE_PARTS_INVALID")
    if not 0 <= request.file_part < (most if total == -1 else total):
        raise RpcError(400, "FILE_PART_INVALID")


def _check_size(upload: Upload, size: int, *, last: bool) -> None:
    """Check that a part has the length of the others, and that it is a lawful one."""
    if last and (not upload.part_size or size <= upload.part_size):
        return
    if size % 1024 or LARGEST_PART % size:
        raise RpcError(400, "FILE_PART_SIZE_INVALID")
    if upload.part_size and size != upload.part_size:
        raise RpcError(400, "FILE_PART_SIZE_CHANGED")
    upload.part_size = size


def _keep(call: Call, upload: Upload, request: Any) -> bool:
    centre = call.centre
    centre.counters.parts[request.file_id] += 1
    if request.file_part in centre.faults.lost_parts:
        centre.faults.lost_parts.discard(request.file_part)
        return True
    size = len(request.bytes)
    content = bytes(request.bytes) if centre.keep_uploads else None
    upload.parts[request.file_part] = Part(size, content)
    return True


def _upload(call: Call, file_id: int, *, big: bool) -> Upload:
    known = call.centre.parts.setdefault((call.account.id, file_id), Upload(big))
    if known.big != big:
        raise RpcError(400, "FILE_PART_INVALID")
    return known


@answers(functions.upload.SaveBigFilePartRequest)
async def save_big_file_part(call: Call, request: Any) -> bool:
    total = request.file_total_parts
    _check_part(request, call.centre.world.most_parts[call.account.premium], total=total)
    upload = _upload(call, request.file_id, big=True)
    last = request.file_part == total - 1
    _check_size(upload, len(request.bytes), last=last)
    upload.total = max(upload.total, total)
    return _keep(call, upload, request)


@answers(functions.upload.SaveFilePartRequest)
async def save_file_part(call: Call, request: Any) -> bool:
    most = call.centre.world.most_parts[call.account.premium]
    _check_part(request, most, total=-1)
    # Which part is the last is known when the message is sent: `assembled` checks lengths.
    return _keep(call, _upload(call, request.file_id, big=False), request)


def _whole(call: Call, file: TLObject) -> list[Part]:
    """Take the parts of an upload in order; raises the FILE_PART errors."""
    big = isinstance(file, types.InputFileBig)
    upload = call.centre.parts.get((call.account.id, file.id)) or Upload(big)
    most = call.centre.world.most_parts[call.account.premium]
    if not 0 < file.parts <= most or upload.big != big or upload.total > file.parts:
        raise RpcError(400, "FILE_PARTS_INVALID")
    newest = time.monotonic() - call.centre.world.part_seconds
    parts: list[Part] = []
    for number in range(file.parts):
        part = upload.parts.get(number)
        if part is None or part.saved < newest:
            raise RpcError(400, f"FILE_PART_{number}_MISSING")
        parts.append(part)
    lengths = Upload(big)
    for part in parts[:-1]:
        _check_size(lengths, part.size, last=False)
    _check_size(lengths, parts[-1].size, last=True)
    return parts


def assembled(call: Call, file: TLObject) -> Content:
    """Make the parts a client saved into a document's content, and forget the upload."""
    parts = _whole(call, file)
    size = sum(part.size for part in parts)
    if isinstance(file, types.InputFile):
        if size > LARGEST_SMALL_FILE:
            raise RpcError(400, "FILE_PARTS_INVALID")
        _check_md5(parts, file.md5_checksum)
    del call.centre.parts[call.account.id, file.id]
    contents = [part.content for part in parts]
    kept = [content for content in contents if content is not None]
    if len(kept) < len(contents):
        return Forgotten(size)
    folder = call.centre.world.folder
    if folder is None:
        return Parts([InMemory(content) for content in kept])
    return _written(folder / f"document.{file.id & (1 << 64) - 1:x}", kept)


def _check_md5(parts: list[Part], given: str) -> None:
    whole = md5(b"".join(part.content or b"" for part in parts)).hexdigest()
    if given and all(part.content is not None for part in parts) and given != whole:
        raise RpcError(400, "MD5_CHECKSUM_INVALID")


def _written(path: Path, parts: list[bytes]) -> Content:
    with path.open("wb") as file:
        file.writelines(parts)
    return OnDisk(path)
