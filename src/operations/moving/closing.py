"""Close a stage: no function of it runs, so that nothing changes its data. `closing.py` opens it again, too.

Its functions get no concurrency, and its queues and streams are not read: requests are answered 503 by the gateway,
and messages wait. Functions that are running when it is closed may go on for as long as their time-out.
https://docs.aws.amazon.com/lambda/latest/dg/configuration-concurrency.html
"""

import time
from collections.abc import Callable
from typing import Any

from operations import stacks
from operations.cloud import Cloud
from project.errors import StackError

STAYS_OPEN = frozenset({"MigrateFunction"})
"""It changes the schema, which a closed stage may need."""


class Closing:
    """The functions of the stack, and what they read from."""

    def __init__(self, cloud: Cloud, stack: str) -> None:
        self._lambda = cloud.client("lambda")
        cloudformation = cloud.client("cloudformation")
        functions = stacks.resources(cloudformation, stack, "AWS::Lambda::Function")
        self._functions = [name for id_, name in functions.items() if id_ not in STAYS_OPEN]
        self._sources = list(
            stacks.resources(cloudformation, stack, "AWS::Lambda::EventSourceMapping").values()
        )

    def close(self, *, sleep: Callable[[float], None] = time.sleep) -> None:
        """Return when nothing runs any more. Safe to repeat."""
        for source in self._sources:
            self._lambda.update_event_source_mapping(UUID=source, Enabled=False)
        for function in self._functions:
            self._lambda.put_function_concurrency(FunctionName=function, ReservedConcurrentExecutions=0)
        sleep(max(self._configuration(function)["Timeout"] for function in self._functions))

    def open(self) -> None:
        """Safe to repeat."""
        for function in self._functions:
            self._lambda.delete_function_concurrency(FunctionName=function)
        for source in self._sources:
            self._lambda.update_event_source_mapping(UUID=source, Enabled=True)

    def require(self) -> None:
        """Raises:
        StackError: it is open.
        """
        running = [name for name in self._functions if self._reserved(name) != 0]
        if running:
            raise StackError(f"the stage is open ({running[0]} may run): close it first")

    def _reserved(self, function: str) -> int | None:
        answer = self._lambda.get_function_concurrency(FunctionName=function)
        concurrency: int | None = answer.get("ReservedConcurrentExecutions")
        return concurrency

    def _configuration(self, function: str) -> Any:
        return self._lambda.get_function_configuration(FunctionName=function)
