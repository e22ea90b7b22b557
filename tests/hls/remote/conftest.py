"""A bucket with films in it, catalogued where they lie."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from shadow.runtime.context import Runtime
from tests.support.far_films import Bucket
from tests.support.s3 import SECRET, running_s3
from tests.support.storages import s3_settings


@pytest.fixture(scope="session")
def s3_service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with running_s3(tmp_path_factory.mktemp("s3") / "log") as endpoint:
        yield endpoint


@pytest.fixture
def s3(s3_service: str) -> dict[str, Any]:
    return {**s3_settings(s3_service).model_dump(mode="json"), "secret_key": SECRET}


@pytest.fixture
def hls_settings() -> dict[str, Any]:
    return {"index_after_scan": False, "previews": "asked", "read_ahead": 0}


@pytest.fixture
def given_settings(
    s3: dict[str, Any], hls_settings: dict[str, Any], tmp_path: Path
) -> dict[str, Any]:
    (tmp_path / "far" / "lib").mkdir(parents=True)
    return {
        "network": {"allow_private": ("127.0.0.0/8",)},
        "hls": hls_settings,
        "rclone": {"remote": "near:lib", "allow_local": True},
        "s3": s3,
    }


@pytest.fixture
def bucket(runtime: Runtime, s3: dict[str, Any]) -> Bucket:
    return Bucket(runtime, s3)
