"""The ingest function where it runs: behind the deployed queue, buckets and stream."""

import uuid

import pytest
from fastapi.testclient import TestClient

from devstack.seed import ADMIN
from support.ingest import Ingest
from support.stack import RunningStack


@pytest.fixture
def api(stack: RunningStack) -> TestClient:
    return TestClient(stack.app(), raise_server_exceptions=False)


@pytest.fixture
def admin(api: TestClient) -> dict[str, str]:
    """The headers of an administrator's requests."""
    signed_in = api.post("/v1/auth/login", json={"email": ADMIN.email, "password": ADMIN.password})
    return {"Authorization": f"Bearer {signed_in.json()['access_token']}"}


@pytest.fixture
def ingest(stack: RunningStack) -> Ingest:
    return Ingest(stack, f"{uuid.uuid4().hex[:12]}.example.com")
