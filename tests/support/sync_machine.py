"""A state machine of phones that sync: what they do offline, a bad network, and a server that has its own days.

Each value that a phone writes is unique, and is noted with the one that its owner saw before. So each change of the
server's state can be judged: a phone may overwrite only what its owner had seen.
"""

import uuid
from contextlib import suppress
from functools import partial
from itertools import count
from typing import Any

import httpx
from fastapi.testclient import TestClient
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from app.models.todos import TodoQuery
from app.models.users import User
from app.ports.storage import Storage
from app.services.sync_tokens import SyncTokens
from examples.phone.phone import Phone
from support.backups import Backup
from support.bad_network import BadNetwork
from support.clock import Clock
from support.memory_app import app_over
from support.sync_answers import Answers
from support.sync_parts import AnyUser, Breaking, WatchedNetwork, WatchedPhone

DAY = 24 * 60 * 60
NAMES = ("title", "notes")
WHICH, PLACE = st.integers(0, 3), st.sampled_from([0, 0, 1, 2])
FATES = st.lists(st.sampled_from(["answer lost", "answer lost", "arrives", "request lost"]), max_size=2)
Action = tuple[str, int, str, str]
ACTIONS = st.tuples(
    st.sampled_from(["edit", "edit", "edit", "tag", "create", "delete"]),
    PLACE,
    st.sampled_from(NAMES),
    st.sampled_from("abc"),
)
BRIEFLY = st.lists(ACTIONS, max_size=2)
TROUBLE = st.sampled_from(["none", "a crash", "another client"])


class SyncMachine(RuleBasedStateMachine):
    def __init__(self, storage: Storage, backup: Backup) -> None:
        super().__init__()
        self.storage, self.user_id, self.backup = storage, str(uuid.uuid4()), backup
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
        self.answers = Answers(self.had_seen)
        self.deleted: set[str] = set()
        self.made: set[str] = set()
        self.accepted: set[str] = set()
        self.reported: set[str] = set()

    @initialize(number=st.integers(2, 4))
    def unpack(self, number: int) -> None:
        self.networks = [WatchedNetwork(self.api, self.answers) for _ in range(number)]
        self.phones = [self.phone(network) for network in self.networks]
        for _ in range(2):
            self.api.post("/v1/todos", json={"title": self.value("nothing"), "notes": self.value("nothing")})
        self.sync_all()
        self.state = self.read()
        self.back_up()

    def sync_all(self) -> None:
        for phone, network in zip(self.phones, self.networks, strict=True):
            network.fates = []
            phone.sync()

    def phone(self, network: BadNetwork) -> Phone:
        headers = {"Authorization": f"Bearer {self.user_id}"}
        http = httpx.Client(transport=network, base_url="http://testserver", headers=headers)
        return WatchedPhone(http, self.accepted, self.answers)

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
        for phone in self.phones:
            self.hear(phone)
        assert self.made == self.accepted | self.reported
        assert not self.accepted & self.reported

    def hear(self, phone: Phone) -> None:
        self.reported |= {mutation["mutationId"] for _, mutation in phone.reports()}

    # ------------------------------------------------------------ what owners do

    @rule(which=WHICH, actions=st.lists(ACTIONS, min_size=1, max_size=4))
    def use(self, which: int, actions: list[Action]) -> None:
        self.act(self.phones[which % len(self.phones)], actions)

    def act(self, phone: Phone, actions: list[Action]) -> None:
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

    @rule(which=WHICH, first=BRIEFLY, fates=FATES, trouble=TROUBLE, meanwhile=st.lists(BRIEFLY, max_size=3))
    def sync(
        self, which: int, first: list[Action], fates: list[str], trouble: str, meanwhile: list[list[Action]]
    ) -> None:
        """`meanwhile` goes with the requests, from the last on."""
        which %= len(self.phones)
        phone, network = self.phones[which], self.networks[which]
        self.act(phone, first)
        network.fates, self.breaking.breaks = fates, trouble == "a crash"
        network.meanwhile = [partial(self.overtake, phone, actions) for actions in meanwhile]
        self.breaking.interfere = self.interfere if trouble == "another client" else None
        with suppress(httpx.HTTPError):  # what is unsent stays so: the next sync, or the last, sends it
            phone.sync()
        self.breaking.breaks, self.breaking.interfere, network.meanwhile = False, None, []
        self.judge(by_server=False)

    def overtake(self, phone: Phone, actions: list[Action]) -> set[str]:
        before = {mutation["mutationId"] for mutation in phone._queued()}
        self.act(phone, actions)
        return {mutation["mutationId"] for mutation in phone._queued()} - before

    def interfere(self, todo_id: str) -> None:
        self.judge(by_server=False)
        self.api.patch(f"/v1/todos/{todo_id}", json={"notes": self.value("nothing")})
        self.judge(by_server=True)

    @rule()
    def sync_each(self) -> None:
        self.sync_all()
        self.judge(by_server=False)

    @rule(which=WHICH, place=PLACE)
    def deliver_late(self, which: int, place: int) -> None:
        network = self.networks[which % len(self.networks)]
        if network.sent:
            network.deliver(network.sent[-1 - place % len(network.sent)])
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

    @rule()
    def back_up(self) -> None:
        self.restored = self.backup(self.user_id), self.answers.stored.copy(), self.deleted.copy()

    @rule(counts_again=st.booleans())
    def restore(self, counts_again: bool) -> None:
        """Put the backup back, as the runbook says; `counts_again`: others come to the versions that phones have."""
        put_back, stored, deleted = self.restored
        put_back()
        self.happen("another epoch")
        self.answers.stored, self.deleted = stored.copy(), deleted.copy()
        self.state = self.read()
        for todo_id in self.state if counts_again else ():
            wanted = max(phone._stored(todo_id)[0] for phone in self.phones)
            for _ in range(wanted - self.version(todo_id)):
                values = {name: self.value("nothing") for name in NAMES}
                self.api.patch(f"/v1/todos/{todo_id}", json=values)
        self.judge(by_server=True)

    def version(self, todo_id: str) -> int:
        todo = self.storage.todos.get(self.user_id, todo_id)
        return 0 if todo is None else todo.version

    @rule(which=WHICH)
    def lose_a_phone(self, which: int) -> None:
        """Its owner installs the app again: what was unsent is lost."""
        which %= len(self.phones)
        phone = self.phones[which]
        self.hear(phone)
        self.made -= {mutation["mutationId"] for mutation in phone._queued()}
        phone.close()
        self.phones[which] = self.phone(self.networks[which])

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
