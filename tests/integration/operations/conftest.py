"""An AWS of its own for each module: these commands create, change and delete whole stacks."""

from collections.abc import Iterator
from typing import Any

import pytest

from operations.cloud import Cloud
from support.emulator import emulator


@pytest.fixture(scope="module")
def endpoint(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with emulator(tmp_path_factory.mktemp("operations")) as url:
        yield url


@pytest.fixture
def cloud(endpoint: str, monkeypatch: pytest.MonkeyPatch) -> Cloud:
    """The account of a shell that is signed in."""
    monkeypatch.setenv("AWS_ENDPOINT_URL", endpoint)
    monkeypatch.setenv("AWS_REGION", "us-east-1")
    return Cloud()


@pytest.fixture
def s3(cloud: Cloud) -> Any:
    return cloud.client("s3")
