"""What can go wrong between a key and its bytes."""

from shadow.kit.errors import Kind, ShadowError


class ObjectMissing(ShadowError):
    """Nothing readable lies under the key (any more)."""

    kind = Kind.missing
    code = "storage.object_missing"


class ObjectOutside(ShadowError):
    """The key leads out of what the storage was told to serve."""

    kind = Kind.denied
    code = "storage.object_outside"


class ObjectChanged(ShadowError):
    """The object was written to or cut short while it was being read."""

    kind = Kind.conflict
    code = "storage.object_changed"


class StorageUnavailable(ShadowError):
    """The storage, or the disk or service behind it, does not answer."""

    kind = Kind.unavailable
    code = "storage.unavailable"


class ObjectExists(ShadowError):
    """Something else lies under the name; nothing was overwritten."""

    kind = Kind.conflict
    code = "storage.object_exists"


class StorageFull(ShadowError):
    """There is no room for the object."""

    kind = Kind.unavailable
    code = "storage.full"


class StorageReadOnly(ShadowError):
    """The storage takes no new files."""

    kind = Kind.invalid
    code = "storage.read_only"


class RemoteMissing(ShadowError):
    """There is no remote of that name."""

    kind = Kind.missing
    code = "storage.remote_missing"


class RemoteTaken(ShadowError):
    """There is a remote of that name already."""

    kind = Kind.conflict
    code = "storage.remote_taken"


class RemoteInUse(ShadowError):
    """New files go to the remote: it cannot be deleted."""

    kind = Kind.conflict
    code = "storage.remote_in_use"


class RemoteRefused(ShadowError):
    """The remote cannot be set up like that; the message says what is missing or not allowed."""

    kind = Kind.invalid
    code = "storage.remote_refused"
