"""Reports functions that fail, and pollers of queues and streams that cannot run: no client waits for their answer.

Without this, mail that is not sent or a file that stays pending would be the only sign.
"""

import logging
import sys
from typing import Any

from ministack.services import lambda_svc

from devstack import reports


def install() -> None:
    """Every call of a function goes through `_execute_function`, which MiniStack looks up by name."""
    execute = lambda_svc._execute_function

    def reporting(func: dict[str, Any], event: Any) -> Any:
        result = execute(func, event)
        if isinstance(result, dict) and result.get("error"):
            _report(_failure(func, result.get("body")))
        return result

    lambda_svc._execute_function = reporting
    lambda_svc.logger.addHandler(_Reporter(logging.ERROR))


class _Reporter(logging.Handler):
    def emit(self, record: logging.LogRecord) -> None:
        _report(record.getMessage())


def _failure(func: dict[str, Any], body: Any) -> str:
    name = (func.get("config") or func).get("FunctionName", "unknown")
    error = body if isinstance(body, dict) else {}
    return f"Function {name} failed: {error.get('errorType')}: {error.get('errorMessage')}"


def _report(text: str) -> None:
    print(reports.line(text), file=sys.stderr, flush=True)
