"""An S3 service that all tests of the folder share."""

from collections.abc import Iterator

import pytest
from tests.support.s3 import running_s3


@pytest.fixture(scope="session")
def s3_service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with running_s3(tmp_path_factory.mktemp("s3") / "log") as endpoint:
        yield endpoint
