"""To-dos in DynamoDB. A change is one transaction of the to-do and its user's revision and count of to-dos."""

from collections.abc import Iterator, Sequence
from contextlib import suppress
from functools import cached_property, partial
from typing import TYPE_CHECKING, NamedTuple

from app.aws.clients import Clients
from app.aws.errors import TransactionConflict, map_aws_errors
from app.aws.retries import retry_on_conflict
from app.aws.turns import Turn, Turns
from app.errors import Conflict, Contention, Unprocessable
from app.models.pages import Page, Position
from app.models.todos import Todo, TodoQuery, Tombstone, live
from app.models.users import RecentAccount
from app.ports.todos import Added, Decision, Outcome, Seen
from app.repositories import plans
from app.repositories.dynamodb import todo_items
from app.repositories.dynamodb.attributes import Item, string
from app.repositories.dynamodb.batches import count_items, delete_items, query_pages
from app.repositories.dynamodb.todo_queries import (
    is_empty,
    is_filtered,
    mentions,
    query_request,
    sort_key_name,
    start_key,
)
from app.repositories.dynamodb.todo_transactions import State, TodoTransactions, met
from app.repositories.dynamodb.todos_table import POINTS, key
from app.repositories.dynamodb.user_tables import UserTables
from app.repositories.dynamodb.users import user_from
from app.repositories.plans import Decided, Plan

if TYPE_CHECKING:
    from app.repositories.dynamodb.recent_accounts import RecentAccounts

_PATIENCE_S = 5.0
"""How long a change competes with those of other processes (`benchmarks/contention.py`)."""
_MAX_ROUND_TRIPS = 10
_FILTERED_PAGE_SIZES = (100, 1000)
"""Entries examined by the first query of a filtered list and, doubling, at most by a later one."""

_CANCELLED = (TransactionConflict, Conflict, Unprocessable)
"""Nothing was stored. What was presumed is no ground for these as answers."""


class _Account(NamedTuple):
    """What a write left of its user's account."""

    revision: int
    todo_count: int


class DynamoTodos(UserTables):
    """The `TodoRepository` over the Todos and Users tables."""

    def __init__(self, clients: Clients, *, todos_table: str, users_table: str, quota: int | None) -> None:
        super().__init__(clients, todos_table=todos_table, users_table=users_table)
        self._transactions = TodoTransactions(clients, todos_table=todos_table, users_table=users_table)
        self._quota = quota
        self._turns = Turns[_Account]()

    @cached_property
    def _recent(self) -> "RecentAccounts":
        from app.repositories.dynamodb.recent_accounts import RecentAccounts  # late: reads go without

        return RecentAccounts()

    def get(self, user_id: str, todo_id: str) -> Todo | Tombstone | None:
        with map_aws_errors():
            answer = self._dynamodb.get_item(
                TableName=self._todos, Key=key(user_id, todo_id), ConsistentRead=True
            )
        return todo_items.state_from(answer.get("Item"))

    def see(self, user_id: str, todo_id: str) -> Seen | None:
        account, todo = retry_on_conflict(lambda: self._transactions.see(user_id, todo_id))
        if account is None:
            return None
        return Seen(user_from(account), todo_items.state_from(todo), is_read=True)

    def list(
        self,
        user_id: str,
        query: TodoQuery,
        *,
        limit: int,
        position: Position | None = None,
    ) -> Page[Todo]:
        start = None if position is None else start_key(user_id, query, position)
        if is_empty(query):
            return Page((), None)
        sort_key = sort_key_name(query)
        found: list[Item] = []
        for items, end in self._pages(user_id, query, limit, start):
            start = end
            found += [item for item in items if mentions(item, query.q)]
            if len(found) >= limit:
                break
        todos = tuple(todo_items.todo_from(item) for item in found[:limit])
        if len(found) > limit:
            return Page(todos, Position(todo_items.sort_keys(todos[-1])[sort_key]))
        return Page(todos, None if start is None else Position(start[sort_key]["S"]))

    def _pages(
        self, user_id: str, query: TodoQuery, limit: int, start: Item | None
    ) -> Iterator[tuple[Sequence[Item], Item | None]]:
        """The entries that pass the filter, page by page, and where each page ended: `None` at the end.

        One entry more than asked for shows whether there is a next page. A page may well be empty before the
        end, so the number of round trips is bounded instead.
        """
        request = {"TableName": self._todos, **query_request(user_id, query)}
        first, most = _FILTERED_PAGE_SIZES
        size = max(first, limit + 1) if is_filtered(query) else limit + 1
        for _ in range(_MAX_ROUND_TRIPS):
            if start is not None:
                request["ExclusiveStartKey"] = start
            with map_aws_errors():
                answer = self._dynamodb.query(**request, Limit=size)
            start = answer.get("LastEvaluatedKey")
            yield answer["Items"], start
            if start is None:
                return
            size = min(2 * size, most)

    def change(
        self, user_id: str, todo_id: str, decide: Decision, *, seen: Seen | None = None
    ) -> Todo | None:
        """The first attempt writes on what was `seen`, the next at once on what its conditions met instead. Later
        ones read: they have waited, and among many writers what was met is outdated by then.

        What only the caller has seen stays a guess until its own item came back: DynamoDB need not evaluate each
        condition of a transaction that it cancels, so a reason without a fault proves nothing.
        """
        with self._turns.of(user_id) as turn:
            self._recent.forget(user_id)
            return self._change(user_id, todo_id, decide, seen, turn)

    def _change(
        self, user_id: str, todo_id: str, decide: Decision, seen: Seen | None, turn: Turn[_Account]
    ) -> Todo | None:
        guess = _guessed(user_id, todo_id, seen, turn.left)
        latest: State | None = None
        account = None if seen is None else seen.account
        if _is_proved(seen, guess):
            guess, latest = None, guess

        def attempt() -> Todo | None:
            nonlocal guess, latest, account
            state, guess = guess, None
            known, account = account, None
            decide_on = partial(self._decide, user_id, todo_id, decide)
            decided = None if state is None else plans.on_guess(partial(decide_on, state))
            is_guess = decided is not None
            if state is None or decided is None:
                state, latest = latest or self._transactions.read(user_id, [todo_id]), None
                decided = decide_on(state)
            if not decided.plan.changes:
                return decided.todo
            try:
                self._transactions.write(user_id, decided.plan, state)
            except TransactionConflict as conflict:
                found = met(state, todo_id, conflict.found)
                guess, latest = (found, None) if is_guess and not all(conflict.found) else (None, found)
                raise
            turn.left = _Account(state.revision + 1, decided.plan.todo_count)
            if known is not None and known.revision == state.revision:
                self._recent.remember(
                    RecentAccount(user_id, known.status, known.tokens_valid_after, *turn.left)
                )
            return decided.todo

        def attempt_twice() -> Todo | None:
            nonlocal guess, latest
            try:
                return attempt()
            except TransactionConflict:
                if guess is None and latest is None:
                    raise
            try:
                return attempt()
            finally:
                guess = latest = None

        return retry_on_conflict(attempt_twice, budget=_PATIENCE_S)

    def recent(self, user_id: str) -> RecentAccount | None:
        return self._recent.find(user_id)

    def create_presuming(self, account: RecentAccount, todo_id: str, decide: Decision) -> Todo | None:
        """Only at once: where another writer of the user has the turn, `change` waits for it, and goes on from what
        that one leaves."""
        with suppress(Contention), self._turns.of(account.user_id, patience_s=0) as turn:
            if self._recent.find(account.user_id) == account:
                self._recent.forget(account.user_id)
                return self._create_presuming(account, todo_id, decide, turn)
        return None

    def _create_presuming(
        self, account: RecentAccount, todo_id: str, decide: Decision, turn: Turn[_Account]
    ) -> Todo | None:
        state = State(account.revision, account.todo_count, {})
        decided = plans.on_guess(partial(self._decide, account.user_id, todo_id, decide, state))
        if decided is None:
            return None
        try:
            self._transactions.write(account.user_id, decided.plan, state, presumed=account)
        except _CANCELLED:
            self._recent.distrust(account.user_id)
            return None
        turn.left = _Account(state.revision + 1, decided.plan.todo_count)
        self._recent.remember(account._replace(**turn.left._asdict()))
        return decided.todo

    def _decide(self, user_id: str, todo_id: str, decide: Decision, state: State) -> Decided:
        plan = self._plan(user_id, state)
        current = todo_items.state_from(state.items.get(todo_id))
        return Decided(plan, live(plan.decide(todo_id, current, decide)))

    def _plan(self, user_id: str, state: State) -> Plan:
        return Plan(state.revision, lambda: self._counted(user_id, state), self._quota)

    def change_many(
        self, user_id: str, decisions: Sequence[tuple[str, Decision]], *, atomic: bool = False
    ) -> Iterator[Outcome]:
        return plans.change_many(self._change_together, user_id, decisions, atomic=atomic)

    def add(self, user_id: str, todos: Sequence[Todo]) -> Iterator[Added]:
        return plans.add(self._change_together, user_id, todos)

    def _change_together(
        self, user_id: str, decisions: Sequence[tuple[str, Decision]], *, atomic: bool
    ) -> Sequence[Outcome]:
        def attempt() -> Sequence[Outcome]:
            state = self._transactions.read(user_id, [todo_id for todo_id, _ in decisions])
            plan = self._plan(user_id, state)
            found = {todo_id: todo_items.outcome_from(item) for todo_id, item in state.items.items()}
            outcomes = plan.decide_each(decisions, found, atomic=atomic)
            if plan.changes:
                self._transactions.write(user_id, plan, state)
            return outcomes

        with self._turns.of(user_id):
            self._recent.forget(user_id)
            return retry_on_conflict(attempt, budget=_PATIENCE_S)

    def _counted(self, user_id: str, state: State) -> int:
        """The live to-dos of the user: as the record says, or counted where it does not say yet.

        What is counted after the revision was read may be stored on the condition of that revision.
        """
        if state.todo_count is not None:
            return state.todo_count
        return count_items(
            self._dynamodb,
            TableName=self._todos,
            IndexName="byCreated",  # holds live to-dos only
            KeyConditionExpression="userId = :userId",
            ExpressionAttributeValues={":userId": string(user_id)},
        )

    def erase(self, user_id: str) -> Iterator[int]:
        self._recent.forget(user_id)
        for items in query_pages(
            self._dynamodb,
            TableName=self._todos,
            KeyConditionExpression="userId = :userId",
            ExpressionAttributeValues={":userId": string(user_id)},
            ProjectionExpression=f"userId, todoId, deleted, {POINTS}",
        ):
            delete_items(self._dynamodb, self._todos, [key(user_id, item["todoId"]["S"]) for item in items])
            yield sum(item.keys().isdisjoint({"deleted", POINTS}) for item in items)


def _guessed(user_id: str, todo_id: str, seen: Seen | None, left: _Account | None) -> State | None:
    """What the caller has seen, beside the account that the writer before has left where that is newer."""
    if seen is None or seen.todo == "unread" or seen.account.status == "deleting":
        return None
    items = {} if seen.todo is None else {todo_id: todo_items.item_of(user_id, seen.todo, 0)}
    if left is not None and left.revision > seen.account.revision:
        return State(*left, items)
    return State(seen.account.revision, seen.account.todo_count, items)


def _is_proved(seen: Seen | None, guess: State | None) -> bool:
    """Whether what was read for this change is still all that this process knows."""
    return seen is not None and seen.is_read and guess is not None and guess.revision == seen.account.revision
