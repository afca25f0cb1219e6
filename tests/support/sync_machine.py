"""A state machine of phones that sync: what they do offline, a bad network, and a server that has its own days.

Each value that a phone writes is unique, and is noted with the one that its owner saw before. So each change of the
server's state can be judged: a phone may overwrite only what its owner had seen.
"""

import uuid
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import replace
from itertools import count
from typing import Any

import httpx
from fastapi.testclient import TestClient
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from app.auth.principal import Principal
from app.errors import Unavailable
from app.models import TodoQuery, User
from app.ports import Storage
from app.services.sync_tokens import SyncTokens
from examples.phone.phone import Phone
from support.bad_network import BadNetwork
from support.clock import Clock
from support.memory_app import KnownTokens, app_over

DAY = 24 * 60 * 60
NAMES = ("title", "notes")
WHICH, PLACE = st.integers(0, 3), st.integers(0, 50)
FATES = st.lists(st.sampled_from(["answer lost", "arrives", "request lost"]), max_size=2)
ACTIONS = st.tuples(
    st.sampled_from(["edit", "edit", "edit", "tag", "create", "delete"]),
    PLACE,
    st.sampled_from(NAMES),
    st.sampled_from("abc"),
)


class AnyUser(KnownTokens):
    """A token is the id of its user."""

    def verify(self, token: str) -> Principal:
        return replace(super().verify("user-a"), user_id=token, username=token)


class Breaking:
    """Repositories whose process may die when a transaction is stored, before it is answered."""

    def __init__(self, todos: Any) -> None:
        self._todos = todos
        self.breaks = False

    def change_many(self, user_id: str, decisions: Sequence[Any], *, atomic: bool = False) -> Iterator[Any]:
        for outcome in self._todos.change_many(user_id, decisions, atomic=atomic):
            if self.breaks:
                self.breaks = False
                raise Unavailable
            yield outcome


class WatchedPhone(Phone):
    """Tells which of its mutations were accepted."""

    def __init__(self, http: httpx.Client, accepted: set[str]) -> None:
        super().__init__(http)
        self._accepted = accepted

    def _settle(self, mutation: dict[str, Any], result: dict[str, Any], expected: dict[str, Any]) -> None:
        super()._settle(mutation, result, expected)
        if result["result"] in ("applied", "replayed", "merged"):
            self._accepted.add(mutation["mutationId"])


class SyncMachine(RuleBasedStateMachine):
    def __init__(self, storage: Storage) -> None:
        super().__init__()
        self.storage, self.user_id = storage, str(uuid.uuid4())
        storage.users.create(User(id=self.user_id, email="ada@example.com"))
        app = app_over(storage)
        self.container = app.state.container
        self.container.verifier = AnyUser()
        self.clock = Clock()
        parts = self.container.personal_data
        parts.sync._tokens = SyncTokens(self.container.secret.values, clock=self.clock)
        self.breaking = parts.push._todos = Breaking(parts.push._todos)
        self.api = TestClient(app, headers={"Authorization": f"Bearer {self.user_id}"})
        self.numbers = count(1)
        self.seen_before: dict[str, str] = {}
        """Of each value that a phone wrote, the one that its owner saw."""
        self.views: dict[str, list[dict[str, Any]]] = {}
        """Of each to-do, what owners saw when they deleted it."""
        self.by_server: set[str] = set()
        self.deleted: set[str] = set()
        self.made: set[str] = set()
        self.accepted: set[str] = set()

    @initialize(number=st.integers(2, 4))
    def unpack(self, number: int) -> None:
        self.networks = [BadNetwork(self.api) for _ in range(number)]
        self.phones = [self.phone(network) for network in self.networks]
        for _ in range(2):
            self.api.post("/v1/todos", json={"title": self.value("nothing"), "notes": self.value("nothing")})
        self.sync_all()
        self.state = self.read()

    def sync_all(self) -> None:
        for phone, network in zip(self.phones, self.networks, strict=True):
            network.fates = []
            phone.sync()

    def phone(self, network: BadNetwork) -> Phone:
        headers = {"Authorization": f"Bearer {self.user_id}"}
        http = httpx.Client(transport=network, base_url="http://testserver", headers=headers)
        return WatchedPhone(http, self.accepted)

    def teardown(self) -> None:
        if not hasattr(self, "phones"):
            return
        for _ in range(2):
            self.sync_all()
            self.judge(by_server=False)
        shown = {todo_id: content(todo) for todo_id, todo in self.state.items()}
        for phone in self.phones:
            assert {todo_id: content(todo) for todo_id, todo in phone.todos().items()} == shown
            assert phone.unsent() == 0
        self.each_change_is_present_or_reported()
        for phone in self.phones:
            phone.close()

    def each_change_is_present_or_reported(self) -> None:
        reports = [report for phone in self.phones for report in phone.reports()]
        reported = {mutation["mutationId"] for _, mutation in reports}
        assert self.made == self.accepted | reported
        assert not self.accepted & reported

    # ------------------------------------------------------------ what owners do

    @rule(which=WHICH, actions=st.lists(ACTIONS, min_size=1, max_size=4))
    def use(self, which: int, actions: list[tuple[str, int, str, str]]) -> None:
        phone = self.phones[which % len(self.phones)]
        for action, place, name, tag in actions:
            shown = phone.todos()
            if action == "create" or not shown:
                phone.create(title=self.value("nothing"), notes=self.value("nothing"))
                continue
            todo_id = sorted(shown)[place % len(shown)]
            self.change(phone, action, todo_id, shown[todo_id], name, tag)
        self.made |= {mutation["mutationId"] for mutation in phone._queued()}

    def change(
        self, phone: Phone, action: str, todo_id: str, todo: dict[str, Any], name: str, tag: str
    ) -> None:
        if action == "edit":
            phone.edit(todo_id, **{name: self.value(todo[name])})
        elif action == "tag":
            phone.edit(todo_id, tags={"remove" if tag in todo["tags"] else "add": [tag]})
        else:
            self.views.setdefault(todo_id, []).append(todo)
            phone.delete(todo_id)

    def value(self, seen: str) -> str:
        value = f"v{next(self.numbers)}"
        self.seen_before[value] = seen
        return value

    # ------------------------------------------------------------ what happens to them

    @rule(which=WHICH, fates=FATES, breaks=st.booleans())
    def sync(self, which: int, fates: list[str], breaks: bool) -> None:
        which %= len(self.phones)
        self.networks[which].fates, self.breaking.breaks = fates, breaks
        with suppress(httpx.HTTPError):  # what is unsent stays so: the next sync, or the last, sends it
            self.phones[which].sync()
        self.breaking.breaks = False
        self.judge(by_server=False)

    @rule()
    def sync_each(self) -> None:
        self.sync_all()
        self.judge(by_server=False)

    @rule(which=WHICH, place=PLACE)
    def deliver_again(self, which: int, place: int) -> None:
        network = self.networks[which % len(self.networks)]
        if network.delivered:
            network.deliver(network.delivered[place % len(network.delivered)])
            self.judge(by_server=False)

    @rule(
        action=st.sampled_from(["edit", "edit", "edit", "delete"]), place=PLACE, name=st.sampled_from(NAMES)
    )
    def change_on_the_server(self, action: str, place: int, name: str) -> None:
        if not self.state:
            return
        url = f"/v1/todos/{sorted(self.state)[place % len(self.state)]}"
        if action == "edit":
            self.api.patch(url, json={name: self.value("nothing")})
        else:
            self.api.delete(url)
        self.judge(by_server=True)

    @rule(event=st.sampled_from(["a month", "two months", "another key", "another epoch"]))
    def happen(self, event: str) -> None:
        fields = self.container.secret.fields
        if event.endswith(("month", "months")):
            self.clock.now += 31 * DAY if event == "a month" else 61 * DAY
        elif event == "another key":
            fields |= {"previousSyncKey": fields["syncKey"], "syncKey": f"key {next(self.numbers)}"}
        else:
            fields["epoch"] = f"{next(self.numbers)}"

    # ------------------------------------------------------------ what must hold

    def read(self) -> dict[str, dict[str, Any]]:
        page = self.storage.todos.list(self.user_id, TodoQuery(), limit=1000)
        return {
            todo.id: {name: getattr(todo, name) for name in NAMES} | {"tags": [*todo.tags]}
            for todo in page.items
        }

    def judge(self, *, by_server: bool) -> None:
        before, self.state = self.state, self.read()
        for todo_id, todo in before.items():
            if todo_id not in self.state:
                self.deleted.add(todo_id)
                assert by_server or any(self.knew(view, todo) for view in self.views.get(todo_id, []))
        for todo_id in self.state.keys() & before.keys():
            for name in NAMES:
                was, now = before[todo_id][name], self.state[todo_id][name]
                assert by_server or was == now or self.had_seen(now, was)

    def knew(self, view: dict[str, Any], todo: dict[str, Any]) -> bool:
        return all(view[name] == todo[name] or self.had_seen(view[name], todo[name]) for name in NAMES)

    def had_seen(self, value: str, other: str) -> bool:
        """Whether the owner of the phone that wrote `value` saw `other` before, or wrote it on the way."""
        while value in self.seen_before:
            value = self.seen_before[value]
            if value == other:
                return True
        return False

    @invariant()
    def nothing_deleted_returns(self) -> None:
        if hasattr(self, "state"):
            assert not self.deleted & self.state.keys()


def content(todo: dict[str, Any]) -> dict[str, Any]:
    return {**{name: todo[name] for name in NAMES}, "tags": {*todo["tags"]}}
