"""Statements over the RDS Data API: HTTPS, authorised by IAM.

https://docs.aws.amazon.com/rdsdataservice/latest/APIReference/API_ExecuteStatement.html
https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/data-api.troubleshooting.html
"""

import json
import logging
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from app import deadline
from app.aws.calls import record
from app.aws.clients import Clients
from app.aws.errors import UNANSWERED, TransactionConflict, code_of, is_passing, status_of
from app.config.reader import AuroraCluster
from app.context import FailedCall
from app.errors import AppError, DeadlineExceeded, Unavailable, Unprocessable, WakingUp
from app.repositories.postgres.statements import Row, Statement, Value
from app.repositories.postgres.transport import Disconnected, meaning_of

if TYPE_CHECKING:
    from types_boto3_rds_data.type_defs import FieldUnionTypeDef, SqlParameterTypeDef

_SQLSTATE = re.compile(r".*SQLState: ([0-9A-Z]{5})", re.DOTALL)
"""The last one: the message may quote a value before it."""
_OUTAGES = frozenset(
    {
        "DatabaseNotFoundException",
        "HttpEndpointNotEnabledException",
        "InvalidResourceStateException",
        "InvalidSecretException",
        "SecretsErrorException",
        "StatementTimeoutException",
        "TransactionNotFoundException",
    }
)
"""The cluster or its secret is being changed, or a time limit has passed."""


class DataApi:
    """The `Transport` to an Aurora cluster. A statement may take `seconds`; the service itself ends it after 45."""

    def __init__(
        self,
        clients: Clients,
        cluster: AuroraCluster,
        seconds: float,
        *,
        transaction_id: str | None = None,
    ) -> None:
        self._clients = clients
        self._cluster = cluster
        self._seconds = seconds
        self._transaction: dict[str, Any] = {"transactionId": transaction_id} if transaction_id else {}

    def run(self, statement: Statement, values: Mapping[str, Value]) -> list[Row]:
        client = self._clients.rds_data  # built at its first use, which is not the statement's time
        with self._bounded(), _meanings(statement.name):
            answer = client.execute_statement(
                **self._address,
                database=self._cluster.database,
                sql=statement.text,
                parameters=[_parameter(name, value) for name, value in values.items()],
                **self._transaction,
            )
        return [json.loads(field["stringValue"]) for (field,) in answer.get("records", ())]

    @contextmanager
    def transaction(self) -> Iterator["DataApi"]:
        """It is rolled back by the service when no statement comes for three minutes, and after 24 hours."""
        if self._transaction:
            yield self  # part of the one that is open
            return
        with self._bounded(), _meanings("begin"):
            begun = self._clients.rds_data.begin_transaction(**self._address, database=self._cluster.database)
        transaction_id = begun["transactionId"]
        try:
            yield DataApi(self._clients, self._cluster, self._seconds, transaction_id=transaction_id)
        except BaseException:
            self._roll_back(transaction_id)
            raise
        with self._bounded(), _meanings("commit"):
            self._clients.rds_data.commit_transaction(**self._address, transactionId=transaction_id)

    def close(self) -> None:
        """There is nothing that is kept open."""

    def _roll_back(self, transaction_id: str) -> None:
        """The failed statement may have ended the transaction, and if this fails, too, the service does it later."""
        with suppress(AppError, Disconnected), self._bounded(), _meanings("rollback"):
            self._clients.rds_data.rollback_transaction(**self._address, transactionId=transaction_id)

    @property
    def _address(self) -> dict[str, Any]:
        return {"resourceArn": self._cluster.arn, "secretArn": self._cluster.secret_arn}

    @contextmanager
    def _bounded(self) -> Iterator[None]:
        """Of the two deadlines, only that of the request makes it time out."""
        is_own = self._seconds < deadline.left()
        try:
            with deadline.within(self._seconds):
                yield
        except DeadlineExceeded as error:
            if is_own:
                raise Unavailable from error
            raise


def _parameter(name: str, value: Value) -> "SqlParameterTypeDef":
    return {"name": name, "value": _field(value)}


def _field(value: Value) -> "FieldUnionTypeDef":
    if value is None:
        return {"isNull": True}
    if isinstance(value, bool):  # a kind of int
        return {"booleanValue": value}
    return {"longValue": value} if isinstance(value, int) else {"stringValue": value}


@contextmanager
def _meanings(purpose: str) -> Iterator[None]:
    try:
        yield
    except ClientError as error:
        meaning = _meaning(purpose, error)
        if meaning is None:
            raise
        raise meaning from error
    except UNANSWERED as error:
        raise Disconnected from error


def _meaning(purpose: str, error: ClientError) -> Exception | None:
    """`None`: a defect of ours."""
    code = code_of(error)
    if code == "DatabaseResumingException":
        record(FailedCall("rds-data", purpose, code))
        return WakingUp()
    if code in _OUTAGES:
        return Unavailable()
    if is_passing(code, status_of(error)):  # throttled, or 5xx such as DatabaseUnavailableException
        return Disconnected()
    return _meaning_of_sql(purpose, str(error))


def _meaning_of_sql(purpose: str, message: str) -> Exception | None:
    """PostgreSQL's own code is in the message alone."""
    found = _SQLSTATE.match(message)
    if found is None:
        return None
    meaning = meaning_of(found[1])
    is_expected = isinstance(meaning, TransactionConflict | Unprocessable)
    record(FailedCall("rds-data", purpose, found[1]), logging.DEBUG if is_expected else logging.WARNING)
    return meaning
