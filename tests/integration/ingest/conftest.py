"""The ingest function where it runs: behind the deployed queue, buckets and stream."""

import uuid

import pytest

from support.ingest import Ingest
from support.stack import RunningStack


@pytest.fixture
def ingest(stack: RunningStack) -> Ingest:
    return Ingest(stack, f"{uuid.uuid4().hex[:12]}.example.com")
