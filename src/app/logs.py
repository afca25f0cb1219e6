"""Logs in JSON, one object a line, for every function. CloudWatch reads metrics out of them."""

import json
import logging
import sys
import traceback
from datetime import UTC, datetime
from typing import Any

from app import context
from app.models.moments import timestamp

_NAMESPACE = "ServerlessBackend"


class JsonFormatter(logging.Formatter):
    """One JSON object a line. JSON escapes line breaks, so no value can forge a second line.

    An exception is logged as its type and where it was raised: its message may hold what a log must not.
    `stack` is the dimension of every metric, so that two stacks of one account can be distinguished.
    """

    def __init__(self, stack: str | None = None) -> None:
        super().__init__()
        self._stack = stack

    def format(self, record: logging.LogRecord) -> str:
        entry: dict[str, Any] = {
            "time": timestamp(datetime.fromtimestamp(record.created, UTC)),
            "level": record.levelname,
            "logger": record.name,
            "message": record.getMessage(),
        }
        if (request := context.current()) is not None:
            entry["requestId"] = request.request_id
        entry.update(getattr(record, "fields", {}))
        if (metric := getattr(record, "metric", None)) is not None:
            entry.update(self._metric(metric, record.created))
        if record.exc_info and record.exc_info[0] is not None:
            entry["exception"] = record.exc_info[0].__name__
            entry["stack"] = [
                f"{frame.filename}:{frame.lineno} {frame.name}"
                for frame in traceback.extract_tb(record.exc_info[2])
            ]
        return json.dumps(entry)

    def _metric(self, name: str, seconds: float) -> dict[str, Any]:
        """https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html"""
        dimensions = {} if self._stack is None else {"Stack": self._stack}
        directive = {
            "Namespace": _NAMESPACE,
            "Dimensions": [list(dimensions)],
            "Metrics": [{"Name": name, "Unit": "Count"}],
        }
        emf = {"Timestamp": int(seconds * 1000), "CloudWatchMetrics": [directive]}
        return {**dimensions, name: 1, "_aws": emf}


def configure_logging(level: str, stack: str | None) -> None:
    """Log in JSON to standard output, where Lambda collects it. `stack` is the name of the deployment."""
    handler = logging.StreamHandler(sys.stdout)
    handler.setFormatter(JsonFormatter(stack))
    logger = logging.getLogger("app")
    logger.handlers = [handler]
    logger.setLevel(level)
    logger.propagate = False
    # What no line has is not looked up for each of them.
    logging.logThreads = logging.logProcesses = logging.logMultiprocessing = False
    # Uvicorn's line for a request has its query, and that may have an e-mail address in it: ours is enough.
    logging.getLogger("uvicorn.access").disabled = True


def counted(metric: str, **fields: Any) -> dict[str, Any]:
    """`extra` for a line that CloudWatch also counts as `metric`."""
    return {"fields": fields, "metric": metric}
