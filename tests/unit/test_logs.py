"""The lines that CloudWatch reads."""

import json
import logging

import pytest

from app.cache.circuit import FAILURES, Circuit
from app.logs import configure_logging, counted


@pytest.fixture(autouse=True)
def logger():
    """The application's logger, given back as it was."""
    logger = logging.getLogger("app")
    handlers, level, propagate = logger.handlers, logger.level, logger.propagate
    yield logger
    logger.handlers, logger.propagate = handlers, propagate
    logger.setLevel(level)  # not `level =`: loggers remember what they let through


@pytest.fixture
def lines(capsys):
    return lambda: [json.loads(line) for line in capsys.readouterr().out.splitlines()]


def test_a_counted_line_is_a_metric_of_its_stack(lines, logger):
    configure_logging("INFO", "app-prod")

    logger.warning("mail refused", extra=counted("MailRefused", reason="unknown_kind"))

    (line,) = lines()
    assert (line["message"], line["reason"]) == ("mail refused", "unknown_kind")
    assert (line["MailRefused"], line["Stack"]) == (1, "app-prod")
    assert line["_aws"]["CloudWatchMetrics"] == [
        {
            "Namespace": "ServerlessBackend",
            "Dimensions": [["Stack"]],
            "Metrics": [{"Name": "MailRefused", "Unit": "Count"}],
        }
    ]
    assert line["_aws"]["Timestamp"] > 1_700_000_000_000


def test_where_no_stack_is_named_the_metric_has_no_dimension(lines, logger):
    configure_logging("INFO", None)

    logger.warning("mail refused", extra=counted("MailRefused"))

    (line,) = lines()
    assert "Stack" not in line
    assert line["_aws"]["CloudWatchMetrics"][0]["Dimensions"] == [[]]


def test_a_line_that_is_not_counted_is_no_metric(lines, logger):
    configure_logging("INFO", "app-prod")

    logger.info("request", extra={"fields": {"status": 200}})

    (line,) = lines()
    assert line["status"] == 200
    assert line.keys().isdisjoint({"_aws", "Stack"})


def test_an_open_cache_circuit_is_counted_at_least_every_minute_while_there_are_calls(lines):
    configure_logging("INFO", "app-prod")
    now = 0.0
    circuit = Circuit(lambda: now)
    opened: list[float] = []

    for now in range(600):
        if (permit := circuit.permit()) is not None:
            circuit.failed(permit, "TimeoutError")
        opened += [now for line in lines() if line["CacheCircuitOpen"] == 1 and line["Stack"] == "app-prod"]

    assert opened[0] == FAILURES - 1
    assert all(later - earlier <= 60 for earlier, later in zip(opened, [*opened[1:], 600], strict=True))


def test_uvicorn_writes_no_line_of_its_own_with_the_query(caplog, monkeypatch):
    monkeypatch.setattr(logging.getLogger("uvicorn.access"), "disabled", False)
    configure_logging("INFO", None)

    with caplog.at_level(logging.INFO, "uvicorn.access"):
        logging.getLogger("uvicorn.access").info("GET /v1/admin/users?email=ada@example.com")

    assert caplog.messages == []
