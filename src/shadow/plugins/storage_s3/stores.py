"""The connections to the service, one for reading and one for writing: they differ in patience."""

from datetime import timedelta
from typing import TYPE_CHECKING, Final

from obstore.store import S3Store

from shadow.plugins.storage_s3.settings import S3Settings

if TYPE_CHECKING:
    from obstore.store import ClientConfig, RetryConfig, S3Config

READ_SILENCE: Final = timedelta(seconds=20)
WRITE_SILENCE: Final = timedelta(minutes=5)
"""The service says nothing while a part is sent to it: this is what a part may take."""
STREAM: Final = timedelta(days=1)
"""A film is read in one request, at the pace of who watches it."""


def stores(settings: S3Settings) -> tuple[S3Store, S3Store]:
    """Return the store to read with and the one to write with."""
    return _store(settings, READ_SILENCE), _store(settings, WRITE_SILENCE)


def _store(settings: S3Settings, silence: timedelta) -> S3Store:
    config: S3Config = {
        "region": settings.region,
        "virtual_hosted_style_request": not settings.path_style,
        "disable_bulk_delete": True,  # one object at a time is what every service knows
        # TLS proves the bytes already; hashing each part once more costs a core.
        "unsigned_payload": not settings.endpoint.startswith("http://"),
    }
    if settings.endpoint:
        config["endpoint"] = settings.endpoint
    if settings.access_key:
        config["access_key_id"] = settings.access_key
        config["secret_access_key"] = settings.secret_key.get_secret_value()
    client: ClientConfig = {
        "allow_http": settings.endpoint.startswith("http://"),
        "connect_timeout": timedelta(seconds=10),
        "read_timeout": silence,
        "timeout": STREAM,
    }
    retry: RetryConfig = {"max_retries": 4, "retry_timeout": timedelta(minutes=2)}
    return S3Store(settings.bucket, config=config, client_options=client, retry_config=retry)
