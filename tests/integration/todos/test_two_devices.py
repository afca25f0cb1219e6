"""Two devices on a bad network: no deleted to-do is ever seen again, and none that is not deleted is lost."""

import random

import pytest

from integration.todos.devices import Call, Device, Network

STEPS = 300


@pytest.mark.parametrize("seed", [1, 2])
def test_no_deleted_todo_is_seen_again(ada, seed):
    chance = random.Random(seed)
    network = Network(ada, chance)
    devices = [Device(name, network, chance) for name in ("phone", "tablet")]

    for _ in range(STEPS):
        device = chance.choice(devices)
        device.act()
        chance.choice(devices).flush()
        if chance.random() < 0.5:
            network.repeat_one()

    assert network.seen_again == []
    settle(network, devices)
    assert network.seen_again == []
    assert_worth_having_run(network)
    shown = listed(network)
    assert shown.isdisjoint(network.deleted)
    assert [device.todos.keys() for device in devices] == [shown, shown]
    for todo_id in network.deleted:
        answer = ada.request("GET", f"/v1/todos/{todo_id}")
        assert (answer.status_code, answer.json()["code"]) == (410, "todo_deleted")


def settle(network: Network, devices: list[Device]) -> None:
    """The network is good again: everything unsent arrives, and every late repetition."""
    network.lost = 0
    for device in devices:
        device.flush()
    while network.late:
        network.repeat_one()
    for device in devices:
        device._refresh()
        device.flush()


def listed(network: Network) -> set[str]:
    items = network.person.request("GET", "/v1/todos?limit=100").json()["items"]
    return {todo["id"] for todo in items}


def assert_worth_having_run(network: Network) -> None:
    """The run held what it is about: losses, late repetitions, and creations that met their own deletion."""
    happened = network.happened
    assert happened["request lost"] > 20
    assert happened["answer lost"] > 20
    assert happened["repeated late"] > 20
    assert len(network.deleted) > 10
    assert happened["PUT todo_deleted"] > 0
    assert happened["POST todo_deleted"] > 0
    assert happened["import deleted"] > 0
    assert happened["PATCH todo_deleted"] + happened["DELETE todo_deleted"] > 0


def test_the_watch_notices_a_todo_that_comes_back(ada):
    """The test of the test: a to-do that is restored on purpose is seen again."""
    network = Network(ada, random.Random(0), lost=0)
    todo = ada.create_todo()
    network.send(Call("DELETE", f"/v1/todos/{todo['id']}"))
    restore = Call("PUT", f"/v1/todos/{todo['id']}", {"title": "Back"}, {"If-Match": '"2"'})

    network.send(restore)
    network.send(Call("GET", "/v1/todos"))

    assert len(network.seen_again) == 2
