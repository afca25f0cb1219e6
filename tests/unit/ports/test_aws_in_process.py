"""The stand-in of AWS in the process of a test takes one call at a time, whatever the code under test does."""

import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from moto.core.botocore_stubber import BotocoreStubber

from app.config.api import Settings
from support.aws_in_process import aws_in_process
from support.clients import clients_for


def test_calls_of_several_threads_take_turns(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    under_way: list[int] = [0]
    seen: set[int] = set()
    answer = BotocoreStubber.process_request

    def watched(stubber: BotocoreStubber, request: Any) -> Any:
        under_way[0] += 1
        seen.add(under_way[0])
        time.sleep(0.005)
        try:
            return answer(stubber, request)
        finally:
            under_way[0] -= 1

    monkeypatch.setattr(BotocoreStubber, "process_request", watched)
    with aws_in_process(), ThreadPoolExecutor(4) as threads:
        dynamodb = clients_for(settings).dynamodb
        list(threads.map(lambda _: dynamodb.list_tables(), range(12)))

    assert seen == {1}
