"""The parts of a state machine of phones: what stands between them and storage, and tells what happens there."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

import httpx
from fastapi.testclient import TestClient

from app.auth.principal import Principal
from app.errors import Unavailable
from examples.phone.phone import Phone
from support.bad_network import BadNetwork
from support.memory_app import KnownTokens
from support.sync_answers import ACCEPTED, Answers


class AnyUser(KnownTokens):
    """A token is the id of its user."""

    def verify(self, token: str) -> Principal:
        return replace(super().verify("user-a"), user_id=token, username=token)


class Breaking:
    """Repositories that store little in one transaction. When one is stored, before it is answered, their process may
    die, or another client change a to-do of it: `interfere`."""

    def __init__(self, todos: Any) -> None:
        self._todos = todos
        self.breaks = False
        self.interfere: Callable[[str], None] | None = None

    def change_many(self, user_id: str, decisions: Sequence[Any], *, atomic: bool = False) -> Iterator[Any]:
        for one in decisions:
            (outcome,) = self._todos.change_many(user_id, [one], atomic=atomic)
            if self.breaks:
                self.breaks = False
                raise Unavailable
            if self.interfere:
                self.interfere(one[0])
                self.interfere = None
            yield outcome


class WatchedNetwork(BadNetwork):
    """Of `meanwhile`, each makes mutations while a request is on its way, and returns their ids."""

    def __init__(self, api: TestClient, answers: Answers) -> None:
        super().__init__(api)
        self.meanwhile: list[Callable[[], set[str]]] = []
        self._answers = answers

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        made = self.meanwhile.pop()() if self.meanwhile else set()
        response = super().handle_request(request)
        self._answers.overtaken |= made
        return response

    def deliver(self, request: httpx.Request) -> httpx.Response:
        response = super().deliver(request)
        self._answers.take(request, response)
        return response


class WatchedPhone(Phone):
    """Tells which of its mutations were accepted, and which were made on top of what `answers` calls overtaken."""

    def __init__(self, http: httpx.Client, accepted: set[str], answers: Answers) -> None:
        super().__init__(http)
        self._accepted = accepted
        self._answers = answers

    def _queue(self, op: str, todo_id: str, body: Mapping[str, Any] | None) -> None:
        super()._queue(op, todo_id, body)
        queued = {mutation["mutationId"] for mutation in self._queued(todo_id)}
        if queued & self._answers.overtaken:
            self._answers.overtaken |= queued

    def _settle(self, mutation: dict[str, Any], result: dict[str, Any], expected: dict[str, Any]) -> None:
        super()._settle(mutation, result, expected)
        if result["result"] in ACCEPTED:
            self._accepted.add(mutation["mutationId"])
