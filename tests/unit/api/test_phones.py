"""Phones on a bad network over storage in memory: they and the server converge, and nothing is lost unreported."""

from collections.abc import Callable

import httpx
import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from hypothesis import settings
from hypothesis.stateful import run_state_machine_as_test

from examples.phone.phone import Phone
from support.backups import of_memory
from support.bad_network import BadNetwork
from support.memory import MemoryStorage
from support.sync_machine import SyncMachine


class BusyNetwork(BadNetwork):
    """Before each request, the next of `meanwhile` happens."""

    def __init__(self, api: TestClient) -> None:
        super().__init__(api)
        self.meanwhile: list[Callable[[], None]] = []

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        if self.meanwhile:
            self.meanwhile.pop(0)()
        return super().handle_request(request)


@pytest.fixture
def network(client: TestClient) -> BusyNetwork:
    return BusyNetwork(client)


@pytest.fixture
def phone(network: BusyNetwork) -> Phone:
    headers = {"Authorization": "Bearer user-a"}
    return Phone(httpx.Client(transport=network, base_url="http://testserver", headers=headers))


@pytest.fixture
def todo_id(client: TestClient, phone: Phone) -> str:
    """Of a to-do that the phone has."""
    made: str = client.post("/v1/todos", json={"title": "Buy milk"}).json()["id"]
    phone.sync()
    return made


def test_phones_and_server_converge(storage: MemoryStorage) -> None:
    run_state_machine_as_test(
        lambda: SyncMachine(storage, of_memory(storage)),
        settings=settings(max_examples=60, stateful_step_count=40),
    )


@pytest.mark.parametrize("place", [0, 1, 2])
@pytest.mark.parametrize("is_behind", [False, True])
def test_edits_made_before_and_during_a_restart_are_of_the_data_before(
    client: TestClient,
    app: FastAPI,
    network: BusyNetwork,
    phone: Phone,
    todo_id: str,
    place: int,
    is_behind: bool,
) -> None:
    """The versions are the same: only the token tells that they are those of other data."""
    app.state.container.secret.fields["epoch"] = "2"
    if is_behind:
        phone.edit(todo_id, title="Before")
    before: list[Callable[[], None]] = [lambda: None] * place
    network.meanwhile = [*before, lambda: phone.edit(todo_id, notes="Meanwhile")]

    phone.sync()

    stored = client.get(f"/v1/todos/{todo_id}").json()
    reports = [result["code"] for result, _ in phone.reports()]
    happened = not network.meanwhile
    assert reports == ["restored"] * (happened + is_behind)
    assert happened or place == 2
    assert (stored["title"], stored["notes"], stored["version"]) == ("Buy milk", "", 1)
    assert {shown["title"] for shown in phone.todos().values()} == {"Buy milk"}


def test_an_edit_on_top_of_an_unsent_one_has_seen_no_later_version(
    client: TestClient, network: BusyNetwork, phone: Phone, todo_id: str
) -> None:
    client.patch(f"/v1/todos/{todo_id}", json={"title": "Theirs"})
    network.meanwhile = [lambda: phone.edit(todo_id, title="Mine")]
    network.fates = ["arrives", "request lost"]
    with pytest.raises(httpx.ConnectError):
        phone.sync()

    phone.edit(todo_id, title="Mine again")
    phone.sync()

    assert [result["code"] for result, _ in phone.reports()] == ["changed", "changed"]
    assert client.get(f"/v1/todos/{todo_id}").json()["title"] == "Theirs"


def test_text_is_kept_as_the_server_has_it_though_another_edit_follows(
    client: TestClient, phone: Phone, todo_id: str
) -> None:
    phone.edit(todo_id, title=" Oat milk ")
    phone.edit(todo_id, notes="Two")
    phone.sync()

    assert phone.todos()[todo_id]["title"] == client.get(f"/v1/todos/{todo_id}").json()["title"] == "Oat milk"


def test_an_edit_made_meanwhile_of_text_that_was_trimmed_is_no_conflict(
    client: TestClient, network: BusyNetwork, phone: Phone, todo_id: str
) -> None:
    phone.edit(todo_id, title=" Oat milk ")
    network.meanwhile = [lambda: phone.edit(todo_id, title="Oat milk, two")]
    phone.sync()

    assert phone.reports() == []
    assert client.get(f"/v1/todos/{todo_id}").json()["title"] == "Oat milk, two"


def test_as_much_is_sent_at_once_as_the_server_takes(client: TestClient, phone: Phone) -> None:
    made = {phone.create(title="Long", notes="€" * 10_000) for _ in range(40)}

    phone.sync()

    assert phone.unsent() == 0
    assert {todo["id"] for todo in client.get("/v1/todos?limit=100").json()["items"]} == made


def test_what_was_deleted_before_its_creation_arrived_does_not_return(
    client: TestClient, network: BusyNetwork, phone: Phone
) -> None:
    todo_id = phone.create(title="Buy milk")
    network.fates = ["request lost"]
    with pytest.raises(httpx.ConnectError):
        phone.sync()
    phone.delete(todo_id)
    phone.sync()

    network.deliver(network.sent[0])

    assert client.get(f"/v1/todos/{todo_id}").status_code == 410
