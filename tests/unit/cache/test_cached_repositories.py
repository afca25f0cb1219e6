"""The calls that go through the cache, their keys, and the writes that invalidate."""

import contextvars
import itertools
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import make_dataclass
from datetime import UTC, datetime
from typing import Any

import pytest

from app.cache import Cache
from app.cache.protocol import ACCOUNT_TTL_S, VALUE_TTL_S
from app.models.files import File, Quota
from app.models.pages import Page
from app.models.todos import Todo, TodoQuery, Tombstone, live
from app.models.users import RecentAccount, User, UserQuery
from app.ports.todos import Added, Outcome, Seen
from app.repositories import cached
from app.repositories.cached import CachedTodos, CachedUsers
from app.repositories.fenced import FencedFiles

TODO = Todo(id="1", title="one", history="what changed when")
USER = User(id="ann", email="ann@example.com")
RECENT = RecentAccount("ann", "active", 0, 1, 1)
NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)


class Recorder(Cache):
    """Notes what is asked of the cache and of the repository behind it, in order."""

    def __init__(self) -> None:
        self.log: list[Any] = []
        self.lifetimes: list[int] = []

    def read(self, user_id, name, adapter, load, *, ttl_s=VALUE_TTL_S):
        self.log.append(("read", user_id, name))
        self.lifetimes.append(ttl_s)
        value = load()
        assert adapter().validate_json(adapter().dump_json(value), strict=True) == value
        return value

    @contextmanager
    def write(self, user_id: str) -> Iterator[None]:
        self.log.append(("write", user_id))
        try:
            yield
        finally:
            self.log.append(("written", user_id))

    def sweep(self, user_id: str) -> None:
        self.log.append(("sweep", user_id))

    def wait_until_visible(self, user_id: str) -> None:
        self.log.append(("wait", user_id))


class Behind:
    """A repository of either kind: logs each call and returns the given answer."""

    def __init__(self, log: list[Any], **answers: Any) -> None:
        self.log = log
        self.answers = answers

    def __getattr__(self, method: str) -> Any:
        def call(*args: Any, **kwargs: Any) -> Any:
            self.log.append((method, *args, *kwargs.values()))
            answer = self.answers[method]
            if isinstance(answer, Exception):
                raise answer
            return answer

        return call


@pytest.fixture
def cache() -> Recorder:
    return Recorder()


@pytest.mark.parametrize("deleted_at", [NOON, None])
def test_tombstone_todo_and_nothing_are_distinct(cache: Recorder, deleted_at: datetime | None) -> None:
    tombstone = Tombstone(id="1", version=2, deleted_at=deleted_at, history="one")

    for state in (tombstone, None):
        behind: Any = Behind(cache.log, get=state)
        assert CachedTodos(behind, cache).get("ann", "1") == state


def test_a_todo_is_read_through_the_cache(cache: Recorder) -> None:
    behind: Any = Behind(cache.log, get=TODO)

    assert CachedTodos(behind, cache).get("ann", "1") == TODO
    (_, user, name), call = cache.log
    assert user == "ann"
    assert name.endswith(":1")
    assert call == ("get", "ann", "1")


def test_a_list_goes_past_the_cache(cache: Recorder) -> None:
    page, query = Page(items=(TODO,), position="next"), TodoQuery(tag="x")
    behind: Any = Behind(cache.log, list=page)

    assert CachedTodos(behind, cache).list("ann", query, limit=10, position="p") == page
    assert cache.log == [("list", "ann", query, 10, "p")]


def test_a_user_is_read_through_the_cache(cache: Recorder) -> None:
    behind: Any = Behind(cache.log, get=USER)

    assert CachedUsers(behind, cache).get("ann") == USER
    assert cache.log[-1] == ("get", "ann")


def test_an_account_is_kept_for_less_time_than_to_dos(cache: Recorder) -> None:
    """The bound on how long a revoked token is accepted if the cache could not be invalidated."""
    names(cache)

    assert cache.lifetimes == [VALUE_TTL_S, ACCOUNT_TTL_S]
    assert ACCOUNT_TTL_S < VALUE_TTL_S


def test_waiting_for_visibility_waits_for_the_cache_too(cache: Recorder) -> None:
    behind: Any = Behind(cache.log, wait_until_visible=None)

    CachedUsers(behind, cache).wait_until_visible("ann")

    assert cache.log == [("wait_until_visible", "ann"), ("wait", "ann")]


def test_a_search_among_users_goes_past_the_cache(cache: Recorder) -> None:
    page, query = Page(items=(USER,), position=None), UserQuery(email="ann@example.com")
    behind: Any = Behind(cache.log, search=page)

    assert CachedUsers(behind, cache).search(query, limit=10, position="p") == page
    assert cache.log == [("search", query, 10, "p")]


def names(cache: Recorder) -> list[str]:
    """Of a to-do and a user."""
    behind: Any = Behind(cache.log, get=None)
    cache.log.clear()
    CachedTodos(behind, cache).get("ann", "1")
    CachedUsers(behind, cache).get("ann")
    return [entry[2] for entry in cache.log if entry[0] == "read"]


def test_a_shape_tells_names_and_types_of_fields_apart() -> None:
    models = [make_dataclass("Model", [field]) for field in (("a", "int"), ("b", "int"), ("a", "str"))]

    assert len({cached._shape(model) for model in models}) == 3


@pytest.mark.parametrize("others", list(itertools.combinations((Todo, Tombstone, User), 2)))
def test_every_model_that_is_stored_is_part_of_the_shape(others: tuple[type, ...]) -> None:
    assert cached._shape(*others) != cached._SHAPE


def test_names_change_with_the_models(monkeypatch: pytest.MonkeyPatch, cache: Recorder) -> None:
    """A release with another Todo never reads what this one has stored."""
    before = names(cache)

    monkeypatch.setattr(cached, "_SHAPE", cached._shape(Todo))

    assert set(names(cache)).isdisjoint(before)


@pytest.mark.parametrize(
    ("call", "user"),
    [
        (lambda todos, _: todos.change("ann", "1", lambda todo: todo), "ann"),
        (lambda todos, _: todos.create_presuming(RECENT, "1", lambda _: TODO), "ann"),
        (lambda _, users: users.create(USER), "ann"),
        (lambda _, users: users.update_profile("ann", {"name": "Ann"}), "ann"),
        (lambda _, users: users.fill_profile("ann", {"name": "Ann"}), "ann"),
        (lambda _, users: users.set_status("ann", "disabled"), "ann"),
        (lambda _, users: users.close("ann"), "ann"),
        (lambda _, users: users.revoke_tokens("ann", 7), "ann"),
    ],
    ids=[
        "change",
        "create_presuming",
        "create",
        "update_profile",
        "fill_profile",
        "set_status",
        "close",
        "revoke_tokens",
    ],
)
@pytest.mark.parametrize("failing", [False, True])
def test_every_write_is_announced_before_and_settled_after(
    cache: Recorder, call, user: str, failing: bool
) -> None:
    answer = TimeoutError() if failing else USER
    methods = (
        "change",
        "create_presuming",
        "create",
        "update_profile",
        "fill_profile",
        "set_status",
        "close",
        "revoke_tokens",
    )
    behind: Any = Behind(cache.log, **dict.fromkeys(methods, answer))
    todos, users = CachedTodos(behind, cache), CachedUsers(behind, cache)

    if failing:
        with pytest.raises(TimeoutError):
            call(todos, users)
    else:
        call(todos, users)

    assert cache.log[0] == ("write", user)
    assert len(cache.log) == 3
    assert cache.log[2] == ("written", user)


def test_what_is_remembered_takes_no_command(cache: Recorder) -> None:
    behind: Any = Behind(cache.log, recent=RECENT)

    assert CachedTodos(behind, cache).recent("ann") == RECENT
    assert CachedTodos(behind, cache, presumes=False).recent("ann") is None
    assert cache.log == [("recent", "ann")]


def test_what_a_write_answers_is_passed_on(cache: Recorder) -> None:
    behind: Any = Behind(cache.log, change=None, create=False, delete=False, close=USER)
    todos, users = CachedTodos(behind, cache), CachedUsers(behind, cache)

    answers = [todos.change("ann", "1", lambda _: None)]
    answers += [users.create(USER), users.delete("ann"), users.close("ann")]

    assert answers == [None, False, False, USER]


SEEN = Seen(USER, TODO, is_read=True)


@pytest.mark.parametrize(
    ("expected", "reads", "seen"),
    [
        (("ann", "1"), ("see", "ann", "1"), SEEN),
        (("ann", "2"), ("see", "ann", "2"), Seen(USER)),
        (("bob", "1"), ("get", "ann"), Seen(USER)),
        (None, ("get", "ann"), Seen(USER)),
    ],
    ids=["this change", "another to-do", "another user", "none"],
)
def test_what_was_read_with_the_account_is_for_the_change_that_was_expected(
    expected: tuple[str, str] | None, reads: tuple[str, ...], seen: Seen
) -> None:
    log: list[Any] = []
    behind: Any = Behind(log, see=SEEN, get=USER, change=TODO)
    cache = Cache(lambda: None)
    todos, users = CachedTodos(behind, cache), CachedUsers(behind, cache, see=behind.see)

    def request() -> None:
        if expected is not None:
            cached.expect_change(cache, *expected)
        users.get("ann")
        for _ in range(2):  # the second does not find it any more
            todos.change("ann", "1", live, seen=Seen(USER))

    contextvars.copy_context().run(request)

    assert log == [reads, ("change", "ann", "1", live, seen), ("change", "ann", "1", live, Seen(USER))]


def steps(log: list[Any], *answers: Any) -> Iterator[Any]:
    for answer in answers:
        log.append(answer)
        if isinstance(answer, Exception):
            raise answer
        yield answer


def test_erasing_is_announced_before_the_first_page_and_settled_after_the_last(cache: Recorder) -> None:
    behind: Any = Behind(cache.log, erase=steps(cache.log, 2, 1))

    assert list(CachedTodos(behind, cache).erase("ann")) == [2, 1]
    assert cache.log == [("write", "ann"), ("erase", "ann"), 2, 1, ("written", "ann")]


@pytest.mark.parametrize("atomic", [False, True])
def test_changes_together_are_announced_before_the_first_and_settled_after_the_last(
    cache: Recorder, atomic: bool
) -> None:
    one, two = Outcome(TODO, 1, is_changed=True), Outcome(TODO, 1)
    behind: Any = Behind(cache.log, change_many=steps(cache.log, one, two))

    assert list(CachedTodos(behind, cache).change_many("ann", [("1", live)], atomic=atomic)) == [one, two]
    call = ("change_many", "ann", [("1", live)], atomic)
    assert cache.log == [("write", "ann"), call, one, two, ("written", "ann")]


def test_adding_is_announced_before_the_first_step_and_settled_after_the_last(cache: Recorder) -> None:
    one, two = Added(stored=25), Added(stored=5)
    behind: Any = Behind(cache.log, add=steps(cache.log, one, two))

    assert list(CachedTodos(behind, cache).add("ann", [TODO])) == [one, two]
    assert cache.log == [("write", "ann"), ("add", "ann", [TODO]), one, two, ("written", "ann")]


def test_adding_that_fails_is_settled_too(cache: Recorder) -> None:
    failure = TimeoutError()
    behind: Any = Behind(cache.log, add=steps(cache.log, Added(stored=25), failure))

    with pytest.raises(TimeoutError):
        list(CachedTodos(behind, cache).add("ann", [TODO]))

    assert cache.log[-2:] == [failure, ("written", "ann")]


def test_what_is_stored_for_someone_who_has_left_is_swept_out_after_the_deletion(cache: Recorder) -> None:
    behind: Any = Behind(cache.log, delete=True)

    assert CachedUsers(behind, cache).delete("ann") is True

    assert cache.log == [("write", "ann"), ("delete", "ann"), ("written", "ann"), ("sweep", "ann")]


FILE = File(id="f", name="a", content_type="text/plain", size=1, reserved=1, created_at=NOON, expires_at=NOON)
FILE_CHANGES = {
    "reserve": lambda files: files.reserve("ann", FILE, Quota(1, 1)),
    "settle": lambda files: files.settle("ann", FILE, FILE),
    "remove": lambda files: files.remove("ann", FILE),
}


@pytest.mark.parametrize("failing", [False, True])
@pytest.mark.parametrize("method", FILE_CHANGES)
def test_a_change_of_a_file_raises_the_revision_and_goes_through_the_fence(
    cache: Recorder, method: str, failing: bool
) -> None:
    behind: Any = Behind(cache.log, **{method: TimeoutError() if failing else True})

    with pytest.raises(TimeoutError) if failing else nullcontext():
        FILE_CHANGES[method](FencedFiles(behind, cache))

    assert (cache.log[0], cache.log[1][0], cache.log[2]) == (("write", "ann"), method, ("written", "ann"))


def test_reads_of_files_leave_the_cache_alone(cache: Recorder) -> None:
    behind: Any = Behind(
        cache.log, **dict.fromkeys(("get", "get_many", "list", "every", "pending", "used"), FILE)
    )
    files = FencedFiles(behind, cache)

    for read in (
        lambda: files.get("ann", "f"),
        lambda: files.get_many("ann", ["f"]),
        lambda: files.list("ann", limit=1),
        lambda: files.every("ann"),
        lambda: files.pending("ann", NOON),
        lambda: files.used("ann"),
    ):
        assert read() == FILE

    assert [entry[0] for entry in cache.log] == ["get", "get_many", "list", "every", "pending", "used"]
