"""The storage plugin `s3`: objects in a bucket of Amazon S3 or any service that speaks its API.

Off until `SHADOW_S3__BUCKET` is set.
"""

from shadow.plugins.storage_s3.plugin import PLUGIN

__all__ = ["PLUGIN"]
