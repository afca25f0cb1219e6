"""The operations of the RDS Data API, and what a test can make of them."""

import threading
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import psycopg

from app.config.reader import AuroraCluster
from support.data_api.errors import ApiError, error_of
from support.data_api.results import execute, register_types

Answer = dict[str, Any]

_IDLE_SECONDS = 3 * 60
_LONGEST_SECONDS = 24 * 60 * 60
_MAX_SQL = 65_536


@dataclass
class Transaction:
    connection: psycopg.Connection[Any]
    begun: float
    used: float
    running: threading.Lock = field(default_factory=threading.Lock)


class Service:
    """`paused`: how many calls find the cluster asleep. `failures`: codes with which the next calls are answered;
    with `fails_late`, after they took effect. `clock` tells transactions the time."""

    def __init__(self, url: str, cluster: AuroraCluster) -> None:
        self.url = url
        self.cluster = cluster
        self.paused = 0
        self.failures: list[str] = []
        self.fails_late = False
        self.statement_seconds = 45.0
        self.clock: Callable[[], float] = time.monotonic
        self.transactions: dict[str, Transaction] = {}
        self._idle: list[psycopg.Connection[Any]] = []

    def call(self, operation: str, body: dict[str, Any]) -> Answer:
        """Raises:
        ApiError: it is refused.
        """
        self._check(body)
        if self.failures and not self.fails_late:
            raise ApiError(self.failures.pop(0), "Rate exceeded")
        try:
            answer = _OPERATIONS[operation](self, body)
        except psycopg.Error as error:
            raise error_of(error) from error
        if self.failures:
            raise ApiError(self.failures.pop(0), "An internal error occurred.")
        return answer

    def close(self) -> None:
        for connection in (*self._idle, *(it.connection for it in self.transactions.values())):
            connection.close()

    def _check(self, body: dict[str, Any]) -> None:
        if body["resourceArn"] != self.cluster.arn:
            raise ApiError("DatabaseNotFoundException", "DBCluster is not found")
        if body["secretArn"] != self.cluster.secret_arn:
            raise ApiError("SecretsErrorException", "The secret was not found")
        if body.get("database", self.cluster.database) != self.cluster.database:
            raise ApiError("DatabaseErrorException", "FATAL: no such database; SQLState: 3D000")
        if body.get("continueAfterTimeout"):
            raise ApiError("BadRequestException", "What is not waited for must end")
        if self.paused:
            self.paused -= 1
            message = "is resuming after being auto-paused. Please wait a few seconds and try again."
            raise ApiError("DatabaseResumingException", f"The Aurora DB instance db-A {message}")

    def execute(self, body: Answer) -> Answer:
        if len(body["sql"]) > _MAX_SQL:
            raise ApiError("BadRequestException", "The SQL statement is too long")
        with self._connection(body.get("transactionId")) as connection, self._limited(connection):
            return execute(connection, body["sql"], body.get("parameters", []))

    @contextmanager
    def _limited(self, connection: psycopg.Connection[Any]) -> Iterator[None]:
        """The service's own limit, whatever the server's is."""
        timer = threading.Timer(self.statement_seconds, connection.cancel_safe)
        timer.start()
        try:
            yield
        finally:
            timer.cancel()
            timer.join()

    def begin(self, _body: Answer) -> Answer:
        connection = self._open()
        connection.execute("BEGIN")
        transaction_id, now = uuid.uuid4().hex, self.clock()
        self.transactions[transaction_id] = Transaction(connection, now, now)
        return {"transactionId": transaction_id}

    def commit(self, body: Answer) -> Answer:
        return self._end(body["transactionId"], "COMMIT", "Transaction Committed")

    def roll_back(self, body: Answer) -> Answer:
        return self._end(body["transactionId"], "ROLLBACK", "Rollback Complete")

    def _end(self, transaction_id: str, how: str, status: str) -> Answer:
        transaction = self._transaction(transaction_id)
        del self.transactions[transaction_id]
        transaction.connection.execute(how.encode())
        self._idle.append(transaction.connection)
        return {"transactionStatus": status}

    @contextmanager
    def _connection(self, transaction_id: str | None) -> Iterator[psycopg.Connection[Any]]:
        if transaction_id is not None:
            with self._in_transaction(transaction_id) as connection:
                yield connection
            return
        connection = self._open()
        try:
            with connection.transaction():  # an answer that is too large undoes what it tells of
                yield connection
        except BaseException:
            connection.close()
            raise
        self._idle.append(connection)

    @contextmanager
    def _in_transaction(self, transaction_id: str) -> Iterator[psycopg.Connection[Any]]:
        transaction = self._transaction(transaction_id)
        if not transaction.running.acquire(blocking=False):
            raise ApiError("DatabaseErrorException", "Transaction is still running a query")
        try:
            yield transaction.connection
        except BaseException:  # an error aborts it
            del self.transactions[transaction_id]
            transaction.connection.close()
            raise
        finally:
            transaction.running.release()

    def _transaction(self, transaction_id: str) -> Transaction:
        now = self.clock()
        transaction = self.transactions.get(transaction_id)
        if transaction is None:
            raise ApiError("TransactionNotFoundException", f"Transaction {transaction_id} is not found")
        if now - transaction.used > _IDLE_SECONDS or now - transaction.begun > _LONGEST_SECONDS:
            self.transactions.pop(transaction_id).connection.close()
            raise ApiError("TransactionNotFoundException", f"Transaction {transaction_id} is not found")
        transaction.used = now
        return transaction

    def _open(self) -> psycopg.Connection[Any]:
        try:
            connection = self._idle.pop()
        except IndexError:
            connection = psycopg.connect(self.url, autocommit=True, options="-c timezone=UTC")
            register_types(connection)
        return connection


_OPERATIONS: dict[str, Callable[[Service, Answer], Answer]] = {
    "/Execute": Service.execute,
    "/BeginTransaction": Service.begin,
    "/CommitTransaction": Service.commit,
    "/RollbackTransaction": Service.roll_back,
}
