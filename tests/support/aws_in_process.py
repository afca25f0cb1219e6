"""AWS in the process of a test, by moto."""

from collections.abc import Iterator
from contextlib import contextmanager
from threading import RLock
from typing import Any
from unittest.mock import patch

from moto import mock_aws
from moto.core.botocore_stubber import BotocoreStubber


@contextmanager
def aws_in_process() -> Iterator[None]:
    """Answer every call of boto3 by moto, one at a time: a transaction copies all tables, and fails where another
    thread changes an item meanwhile."""
    answer, lock = BotocoreStubber.__call__, RLock()

    def one_at_a_time(stubber: BotocoreStubber, *arguments: Any, **named: Any) -> Any:
        with lock:
            return answer(stubber, *arguments, **named)

    with mock_aws(), patch.object(BotocoreStubber, "__call__", one_at_a_time):
        yield
