"""What the errors of the S3 client mean. The client's texts hold addresses: they go to the log."""

import re
from typing import Final

import structlog
from obstore.exceptions import (
    AlreadyExistsError,
    BaseError,
    NotFoundError,
    NotSupportedError,
    PermissionDeniedError,
    PreconditionError,
    UnauthenticatedError,
)

from shadow.kit.errors import ShadowError
from shadow.storage.errors import (
    ObjectChanged,
    ObjectExists,
    ObjectMissing,
    StorageFull,
    StorageUnavailable,
)

log = structlog.get_logger(__name__)
Failures: Final = (BaseError, OSError, ValueError)
"""What the client raises: its own errors, Python's `FileNotFoundError`, and for odd paths
`ValueError`."""
_STATUS: Final = re.compile(r"status code: (\d{3}[\w ]{0,40})")
_FULL: Final = re.compile(r"507 Insufficient|QuotaExceeded|StorageFull|EntityTooLarge")
_NO_CONDITIONS: Final = re.compile(r"501 Not Implemented|NotImplemented")


def understood(error: Exception) -> ShadowError:
    """Return the storage error that an error of the client stands for."""
    match error:
        case NotFoundError() | FileNotFoundError() | ValueError():
            return ObjectMissing("There is no such object in the bucket.")
        case AlreadyExistsError():
            return ObjectExists("Something lies under that name already.")
        case PreconditionError():
            return ObjectChanged("The object was changed while it was being read. Try again.")
        case PermissionDeniedError() | UnauthenticatedError():
            return StorageUnavailable("The S3 service refuses the access key. Check its rights.")
    text = str(error)
    log.warning("storage.s3_failed", error=text[:500])
    if _FULL.search(text):
        return StorageFull("The S3 service has no room for the object.")
    status = _STATUS.search(text)
    reason = f"answers {status[1].strip()}" if status else "does not answer"
    return StorageUnavailable(f"The S3 service {reason}.")


def lacks_conditions(error: Exception) -> bool:
    """Tell whether the service does not know conditional writes."""
    return isinstance(error, NotSupportedError) or bool(_NO_CONDITIONS.search(str(error)))
