"""What the upload protocol refuses, with the status that it asks for (tus 1.0.0)."""

from typing import ClassVar

from shadow.kit.errors import Kind, ShadowError


class UploadRefused(ShadowError):
    """Base of the refusals; as itself: a header is missing or malformed."""

    kind = Kind.invalid
    code = "ingest.upload_refused"
    status: ClassVar[int] = 400


class UploadMissing(UploadRefused):
    """There is no such upload, it expired, or it is somebody else's."""

    kind = Kind.missing
    code = "ingest.upload_missing"
    status = 404


class VersionRefused(UploadRefused):
    """The client speaks another version of the protocol."""

    code = "ingest.upload_version"
    status = 412


class MethodMissing(UploadRefused):
    """A POST to an upload does not say what it stands for."""

    code = "ingest.upload_method"
    status = 405


class OffsetWrong(UploadRefused):
    """The bytes do not follow on those that are there, or a job is working on the upload."""

    kind = Kind.conflict
    code = "ingest.upload_offset"
    status = 409


class UploadTooLarge(UploadRefused):
    """The file, or what a request brings of it, is larger than it may be."""

    code = "ingest.upload_too_large"
    status = 413


class TypeRefused(UploadRefused):
    """The request does not carry bytes of an upload."""

    code = "ingest.upload_type"
    status = 415


class UploadLocked(UploadRefused):
    """Another request is writing to the upload."""

    kind = Kind.conflict
    code = "ingest.upload_locked"
    status = 423


class TooManyUploads(UploadRefused):
    """The person has begun as many uploads as they may."""

    kind = Kind.exhausted
    code = "ingest.too_many_uploads"
    status = 429


class ChecksumWrong(UploadRefused):
    """What came does not have the hash that was announced; it was dropped."""

    code = "ingest.upload_checksum"
    status = 460


class SenderSilent(UploadRefused):
    """The sender stopped sending; what came is kept."""

    code = "ingest.upload_silent"
    status = 408
