"""The contracts of the statistics, and of what keeps them."""

from app.ports import StatsRepository, Storage
from app.repositories.counted import CountedTodos, CountedUsers
from contracts.changes import add, editing, new_id, new_todo, store
from contracts.fixtures import new_user
from contracts.users import new_record


def change(before: dict, after: dict) -> dict[str, int]:
    """The counts made meanwhile."""
    names = before.keys() | after.keys()
    deltas = {name: after.get(name, 0) - before.get(name, 0) for name in names}
    return {name: delta for name, delta in deltas.items() if delta}


class StatsContract:
    def test_adds_up(self, stats: StatsRepository) -> None:
        before = dict(stats.read())

        stats.add(mailSent=2, files=1, bytes=10)
        stats.add(files=-1, bytes=-4, todos=0)
        stats.add()

        assert change(before, dict(stats.read())) == {"mailSent": 2, "bytes": 6}

    def test_counts_what_was_never_counted_from_nothing(self, stats: StatsRepository) -> None:
        before = dict(stats.read())

        stats.add(rowsRejected=-1)
        stats.add(rowsRejected=3)

        assert change(before, dict(stats.read())) == {"rowsRejected": 2}


class CountingContract:
    """The counts by `app.repositories.counted` over the repositories and the statistics of one engine."""

    def test_counts_users_once(self, stats: StatsRepository, storage: Storage) -> None:
        users = CountedUsers(storage.users, stats)
        before, user = dict(stats.read()), new_record()

        users.create(user)
        users.create(user)
        users.create(new_record())
        users.delete(user.id)
        users.delete(user.id)

        assert change(before, dict(stats.read())) == {"users": 1}

    def test_counts_todos_that_come_and_go(self, stats: StatsRepository, storage: Storage) -> None:
        todos = CountedTodos(storage.todos, stats)
        user_id, before = new_user(storage.users), dict(stats.read())

        kept, gone = store(todos, user_id, new_todo()), store(todos, user_id, new_todo())
        todos.change(user_id, kept.id, editing(title="Changed"))
        todos.change(user_id, kept.id, lambda todo: todo)
        todos.change(user_id, gone.id, lambda _: None)
        store(todos, user_id, gone)
        todos.change(user_id, gone.id, lambda _: None)
        todos.change(user_id, gone.id, lambda _: None)
        add(todos, user_id, [gone, kept])
        todos.change(user_id, new_id(), lambda _: None)

        assert change(before, dict(stats.read())) == {"todos": 1}

    def test_counts_what_an_import_stored_before_it_was_given_up(
        self, stats: StatsRepository, storage: Storage, user_id: str
    ) -> None:
        todos = CountedTodos(storage.todos, stats)
        before = dict(stats.read())

        first = next(iter(todos.add(user_id, [new_todo() for _ in range(60)])))

        assert change(before, dict(stats.read())) == {"todos": first.stored}

    def test_counts_what_is_erased(self, stats: StatsRepository, storage: Storage, user_id: str) -> None:
        todos = CountedTodos(storage.todos, stats)
        add(todos, user_id, [new_todo() for _ in range(30)])
        before = dict(stats.read())

        assert sum(todos.erase(user_id)) == 30

        assert change(before, dict(stats.read())) == {"todos": -30}
