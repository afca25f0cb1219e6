"""Repositories whose engine does not answer, or whose answer is lost on the way."""

import socket
import socketserver
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from botocore.config import Config
from botocore.exceptions import ConnectionClosedError

from app.errors import Unavailable
from app.ports.idempotency import KeyClaim, OperationRecord
from app.ports.todos import Seen
from app.repositories.dynamodb.storage import DynamoStorage
from contracts.changes import edit, new_todo, store
from support.storage import storage_at

UNAVAILABLE = b"HTTP/1.1 503 Service Unavailable\r\nContent-Length: 4\r\nConnection: close\r\n\r\nbusy"


class Server(socketserver.ThreadingTCPServer):
    """Behaves badly to every connection, on a free port."""

    daemon_threads = True

    def __init__(self, behave: Callable[[socket.socket, threading.Event], None]) -> None:
        self.closing = threading.Event()
        self.behave = behave
        super().__init__(("127.0.0.1", 0), socketserver.BaseRequestHandler)

    def finish_request(self, request: Any, client_address: Any) -> None:
        self.behave(request, self.closing)


def hang(_connection: socket.socket, closing: threading.Event) -> None:
    closing.wait(60)


def hang_up(connection: socket.socket, _closing: threading.Event) -> None:
    connection.recv(1)


def answer_503(connection: socket.socket, _closing: threading.Event) -> None:
    connection.recv(65536)
    connection.sendall(UNAVAILABLE)


@contextmanager
def served(behave: Callable[[socket.socket, threading.Event], None]) -> Iterator[str]:
    with Server(behave) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_address[1]}"
        finally:
            server.closing.set()
            server.shutdown()
            thread.join()


@contextmanager
def refused() -> Iterator[str]:
    """A port that is taken but not listened on."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        yield f"http://127.0.0.1:{taken.getsockname()[1]}"


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """The same client with shorter time-outs."""
    config = Config(
        connect_timeout=0.3, read_timeout=0.3, retries={"mode": "standard", "total_max_attempts": 2}
    )
    monkeypatch.setattr("app.aws.clients._config", lambda **_limits: config)


@pytest.mark.usefixtures("impatient")
@pytest.mark.parametrize(
    "engine",
    [lambda: served(hang), lambda: served(hang_up), lambda: served(answer_503), refused],
    ids=["hangs", "hangs up", "answers 503", "refuses"],
)
def test_an_engine_that_does_not_answer_is_unavailable(engine: Any) -> None:
    with engine() as endpoint, storage_at(endpoint) as storage:
        for call in (
            lambda: storage.todos.get("u", "t"),
            lambda: store(storage.todos, "u", new_todo()),
            lambda: storage.operations.claim("u", "k", "f", owner="o", resource_id="r"),
        ):
            with pytest.raises(Unavailable):
                call()


class TestLostAnswers:
    """The SDK sends again what was not answered; it may have happened all the same."""

    @pytest.fixture
    def lose_first_answer(self, storage: DynamoStorage) -> Iterator[Callable[[str], list[bytes]]]:
        """Let the first call of an operation reach the engine, and lose its answer."""
        client = storage.clients.dynamodb
        registered = []

        def lose(operation: str) -> list[bytes]:
            sent: list[bytes] = []

            def send(request: Any, **_: Any) -> Any:
                sent.append(request.body)
                answer = client._endpoint.http_session.send(request)
                if len(sent) == 1:
                    raise ConnectionClosedError(endpoint_url=request.url)
                return answer

            event = f"before-send.dynamodb.{operation}"
            client.meta.events.register_first(event, send)
            registered.append((event, send))
            return sent

        yield lose
        for event, send in registered:
            client.meta.events.unregister(event, send)

    def test_a_change_sent_twice_happens_once(
        self, storage: DynamoStorage, user_id: str, lose_first_answer: Callable[[str], list[bytes]]
    ) -> None:
        todo = store(storage.todos, user_id, new_todo())
        sent = lose_first_answer("TransactWriteItems")
        decisions = []

        changed = storage.todos.change(
            user_id, todo.id, lambda current: decisions.append(current) or new_todo("changed")
        )

        assert len(sent) == 2
        assert b"ClientRequestToken" in sent[0]
        assert decisions == [todo]
        assert changed is not None
        assert (changed.version, changed.revision) == (2, 2)
        assert storage.todos.get(user_id, todo.id) == changed
        last = edit(storage.todos, user_id, todo.id, notes="x")
        assert last is not None
        assert last.revision == 3

    def test_a_creation_on_a_presumed_account_sent_twice_happens_once(
        self, storage: DynamoStorage, user_id: str, lose_first_answer: Callable[[str], list[bytes]]
    ) -> None:
        """Else the repetition would meet the revision of the first, and the request create another to-do."""
        account = storage.users.get(user_id)
        assert account is not None
        first, second = new_todo("first"), new_todo("second")
        storage.todos.change(user_id, first.id, lambda _: first, seen=Seen(account, todo=None))
        recent = storage.todos.recent(user_id)
        assert recent is not None
        sent = lose_first_answer("TransactWriteItems")

        made = storage.todos.create_presuming(recent, second.id, lambda _: second)

        assert len(sent) == 2
        assert made is not None
        assert (made.version, made.revision) == (1, 2)
        assert storage.todos.get(user_id, second.id) == made
        assert storage.todos.recent(user_id) == recent._replace(revision=2, todo_count=2)

    def test_a_claim_sent_twice_is_ours(
        self, storage: DynamoStorage, user_id: str, lose_first_answer: Callable[[str], list[bytes]]
    ) -> None:
        sent = lose_first_answer("PutItem")

        claim = storage.operations.claim(user_id, "key", "print", owner="first", resource_id="r")

        assert len(sent) == 2
        assert claim == KeyClaim("r")
        other = storage.operations.claim(user_id, "key", "print", owner="second", resource_id="s")
        assert other == OperationRecord("print", None)
