"""How many round trips to Valkey the reads of the API take, and what they answer."""

import subprocess
import sys
from collections.abc import Callable
from typing import Any

import pytest
from fastapi.testclient import TestClient
from redis import Redis

from app.models.todos import Todo
from app.models.users import User
from app.ports.todos import Seen
from support.memory import MemoryStorage
from support.memory_app import app_over
from support.round_trips import Counted

TODO = "3f0e7a52-6b1c-4d0e-9d0a-1f2e3d4c5b6a"


@pytest.fixture
def storage() -> MemoryStorage:
    storage = MemoryStorage()
    storage.users.create(User(id="user-a", email="a@example.com"))
    storage.todos.change("user-a", TODO, lambda _: Todo(id="", title="Buy milk"))
    return storage


@pytest.fixture
def counted(redis: Redis) -> Counted:
    return Counted(redis)


@pytest.fixture
def client(storage: MemoryStorage, counted: Counted) -> TestClient:
    app = app_over(storage)
    app.state.container.redis = counted
    return TestClient(app, headers={"Authorization": "Bearer user-a"})


PATHS = ["/v1/todos", "/v1/todos?limit=1&sort=due", f"/v1/todos/{TODO}"]


@pytest.mark.parametrize("path", PATHS)
def test_a_read_is_one_round_trip(client: TestClient, counted: Counted, path: str) -> None:
    before = client.get(path)
    counted.trips.clear()
    again = client.get(path)

    assert (before.headers["X-Cache"], again.headers["X-Cache"]) == ("miss", "hit")
    assert (again.content, again.headers["ETag"]) == (before.content, before.headers["ETag"])
    assert counted.trips == ["MGET 5"]


def test_a_second_page_is_one_round_trip(
    client: TestClient, counted: Counted, storage: MemoryStorage
) -> None:
    storage.todos.change("user-a", "2", lambda _: Todo(id="", title="Call mum"))
    cursor = client.get("/v1/todos?limit=1").json()["nextCursor"]
    path = f"/v1/todos?limit=1&cursor={cursor}"
    before = client.get(path).json()
    counted.trips.clear()

    assert client.get(path).json() == before
    assert before["items"][0]["title"] == "Call mum"
    assert counted.trips == ["MGET 5"]


def test_what_has_not_changed_is_one_round_trip_for_the_account_alone(
    client: TestClient, counted: Counted
) -> None:
    tag = client.get("/v1/todos").headers["ETag"]
    counted.trips.clear()

    assert client.get("/v1/todos", headers={"If-None-Match": tag}).status_code == 304
    assert counted.trips == ["MGET 3"]


def test_a_change_of_a_kept_todo_is_decided_on_what_came_with_the_account(
    client: TestClient, counted: Counted, storage: MemoryStorage, monkeypatch: pytest.MonkeyPatch
) -> None:
    noted: list[Seen | None] = []
    change = storage.todos.change

    def noting(*args: Any, seen: Seen | None = None) -> Todo | None:
        noted.append(seen)
        return change(*args, seen=seen)

    monkeypatch.setattr(storage.todos, "change", noting)
    before = client.get(f"/v1/todos/{TODO}").json()
    counted.trips.clear()

    assert client.patch(f"/v1/todos/{TODO}", json={"title": "Buy oat milk"}).json()["version"] == 2
    assert counted.trips == ["MGET 5", "EVAL", "EVAL"]
    (known,) = noted
    assert known is not None
    assert isinstance(known.todo, Todo)
    assert (known.account.revision, known.todo.title) == (1, before["title"])


def test_a_dead_entry_is_fetched_once(client: TestClient, counted: Counted) -> None:
    """After a write all entries are dead: the list's is fetched with the account's, and not again by the claim."""
    client.get("/v1/todos")
    client.post("/v1/todos", json={"title": "Call mum"})
    counted.trips.clear()

    assert len(client.get("/v1/todos").json()["items"]) == 2
    claim, fill = "TIME+SET+SET+MGET", "SET+DEL"
    assert counted.trips == ["MGET 5", claim, fill, claim, fill]


def test_an_old_page_never_goes_out_with_the_tag_of_a_new_account(
    client: TestClient, storage: MemoryStorage, redis: Redis, lose: Callable[[], None]
) -> None:
    """The cache missed a write, the account has expired since, and the list has not."""
    client.get("/v1/todos")
    storage.todos.change("user-a", "2", lambda _: Todo(id="", title="Call mum"))
    lose()

    found = client.get("/v1/todos")

    assert (len(found.json()["items"]), found.headers["ETag"]) == (2, 'W/"2"')


@pytest.fixture
def lose(redis: Redis) -> Callable[[], None]:
    """Expires the account's entry."""

    def expire() -> None:
        names = [name for name in redis.scan_iter() if b":v:user:" in name]
        assert len(names) == 1
        redis.delete(*names)

    return expire


@pytest.mark.parametrize("headers", [{}, {"If-None-Match": '"x"'}])
def test_who_may_not_come_in_is_told_so_before_what_is_wrong_with_a_cursor(
    client: TestClient, storage: MemoryStorage, headers: dict[str, str]
) -> None:
    assert client.get("/v1/todos?cursor=AbC", headers=headers).status_code == 400
    storage.users.set_status("user-a", "disabled")
    client.app.state.container.cache.forget("user-a")  # type: ignore[attr-defined]

    assert client.get("/v1/todos?cursor=AbC", headers=headers).status_code == 401


def test_another_process_reads_what_one_has_kept(
    client: TestClient, storage: MemoryStorage, redis: Redis
) -> None:
    """Under names that are the same in every process, whatever its hash seed and its addresses are."""
    client.get("/v1/todos")
    names = {name for name in redis.scan_iter() if b":v:todos:" in name}
    code = "import app.routers.todos as todos; print(todos._RENDERING.contract)"

    other = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert [name.split(b":")[-2].decode() for name in names] == [other.stdout.strip()]
