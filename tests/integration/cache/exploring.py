"""Every order in which some processes, a Redis and a database can take their steps.

A state of the whole system is a plain value: what Redis and the database hold, and how far each process is.
`explore` visits each reachable state once. A crash needs no step of its own: it is a process that is stepped no
more, and from every state the others go on alone in some of the orders.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from app.cache import Cache
from app.cache.commands import _ANNOUNCE, _SETTLE
from app.cache.protocol import ACCOUNT_TTL_S
from integration.cache.processes import ENTRY, LOST, Command, Done, History, Kind, Process, Role, Writes

Contents = tuple[tuple[str, bytes], ...]


class Faults(NamedTuple):
    """How much may go wrong in one run."""

    evictions: int = 0
    """Keys that vanish, at any moment: evicted, expired, deleted by someone."""
    failures: int = 0
    """Commands whose caller gets an error: not executed, executed, or executed at any later moment."""
    of_writers_only: bool = False


class State(NamedTuple):
    running: frozenset[History]
    faults: Faults
    redis: Contents = ()
    clock: int = 0
    """How often the lifetime of an account has passed. All that an entry can hold is as old as that, or not yet
    expired: an entry that is stored at one reading of the clock expires at the next."""
    database: Writes = ()
    late: tuple[tuple[str, Command], ...] = ()
    """Senders and commands given up by their caller that are still to be executed."""
    received: frozenset[tuple[str, str]] = frozenset()
    """Running writers, and which of their scripts Redis has executed."""
    acknowledged: frozenset[str] = frozenset()
    """Writes that a reader which starts now must see."""
    due: frozenset[tuple[str, frozenset[str]]] = frozenset()
    """Running readers, and the writes that were acknowledged when they started."""
    missed: frozenset[str] = frozenset()
    """Writes that a read should have seen and has not: a violation."""


Exempt = Callable[[History, frozenset[str]], bool]
"""Whether a write, given its process and its scripts executed by Redis, may be missed after its acknowledgement:
the stated bound of the protocol."""


def never_exempt(_writer: History, _received: frozenset[str]) -> bool:
    return False


def not_received(writer: History, received: frozenset[str]) -> bool:
    """The intent failed, and Redis executed neither it nor the settling."""
    return writer.answers[0] == LOST and not received


def unsettled(writer: History, received: frozenset[str]) -> bool:
    """Redis did not execute the settling, and the writer does not wait."""
    return _SETTLE not in received and writer.process.role != "signs out"


class Move(NamedTuple):
    """One step: of a process, or of the world, which evicts and executes late commands.

    `outcome` is what the process learns: ok; or a failure, with the command lost, executed or yet to be executed.
    """

    history: History | None
    command: Command
    outcome: str = "ok"
    sender: str = ""


def executed(move: Move) -> Command | None:
    """The command that Redis executes in this step, if any."""
    elsewhere = move.command[0] == "wait" or move.command[0].startswith("db")
    return None if elsewhere or move.outcome in ("lost", "late") else move.command


def moves(state: State) -> Iterator[Move]:
    for history in state.running:
        if _is_not_first(history, state.running):
            continue
        for outcome in _outcomes(history, state.faults):
            yield Move(history, history.next, outcome, history.process.name)
    for sender, command in state.late:
        yield Move(None, command, "late command", sender)
    if state.faults.evictions:
        yield from (Move(None, ("DEL", key), "eviction") for key, _ in state.redis)


def _is_not_first(history: History, running: frozenset[History]) -> bool:
    """Whether a process of the same role has not begun either, and goes first: as they differ by name alone, the
    other order leads to nothing else."""
    return not history.answers and any(
        not other.answers
        and other.process.role == history.process.role
        and other.process.number < history.process.number
        for other in running
    )


def _outcomes(history: History, faults: Faults) -> tuple[str, ...]:
    spared = faults.of_writers_only and history.process.reader
    if not faults.failures or spared or history.next[0] == "wait":
        return ("ok",)
    changes_nothing = history.next[0] in ("MGET", "TIME", "db.read")
    return ("ok", "lost") if changes_nothing else ("ok", "lost", "executed", "late")


def apply(state: State, move: Move, exempt: Exempt) -> State:
    if move.history is None:
        return _world_step(state, move)
    state = _begun(state, move.history)
    answer: Any = LOST
    if move.outcome in ("ok", "executed"):
        state, answer = _execute(state, move)
    if move.outcome != "ok":
        answer = LOST
        state = state._replace(faults=state.faults._replace(failures=state.faults.failures - 1))
    if move.outcome == "late":
        state = state._replace(late=(*state.late, (move.sender, move.command)))
    after = move.history.after(answer)
    others = state.running - {move.history}
    if isinstance(after.next, Done):
        return _ended(state._replace(running=others), after, after.next, exempt)
    return state._replace(running=others | {after})


def _world_step(state: State, move: Move) -> State:
    state, _ = _execute(state, move)
    if move.outcome == "eviction":
        return state._replace(faults=state.faults._replace(evictions=state.faults.evictions - 1))
    remaining = list(state.late)
    remaining.remove((move.sender, move.command))
    return state._replace(late=tuple(remaining))


def _begun(state: State, history: History) -> State:
    if history.answers or not history.process.reader:
        return state
    return state._replace(due=state.due | {(history.process.name, state.acknowledged)})


def _ended(state: State, history: History, end: Done, exempt: Exempt) -> State:
    """No read that starts after a write was acknowledged returns the state before it."""
    name = history.process.name
    due = frozenset[str]().union(*(writes for reader, writes in state.due if reader == name))
    received = frozenset(script for writer, script in state.received if writer == name)
    if end.result is not None:
        state = state._replace(missed=due - set(end.result))
    if end.acknowledged and not exempt(history, received):
        state = state._replace(acknowledged=state.acknowledged | {name})
    return state._replace(
        due=frozenset(item for item in state.due if item[0] != name),
        received=frozenset(item for item in state.received if item[0] != name),
    )


def _execute(state: State, move: Move) -> tuple[State, Any]:
    command = move.command
    if command[0] == "db.read":
        return state, state.database
    if command[0] == "db.write":
        return state._replace(database=(*state.database, command[1])), True
    memory = dict(state.redis)
    if command[0] == "wait":
        memory.pop(ENTRY, None)
        return state._replace(clock=state.clock + 1, redis=tuple(sorted(memory.items()))), None
    answer = execute_in_memory(memory, command, now_s=state.clock * ACCOUNT_TTL_S)
    received = state.received
    if command[0] == "EVAL" and any(history.process.name == move.sender for history in state.running):
        received |= {(move.sender, command[1])}
    return state._replace(redis=tuple(sorted(memory.items())), received=received), answer


def execute_in_memory(memory: dict[str, bytes], command: Command, *, now_s: int = 0) -> Any:
    """Redis as the cache uses it. Lifetimes are left out, since an expiry is an eviction, but for one: what has
    expired before it is stored is not stored."""
    match command:
        case ("TIME",):
            return now_s, 0
        case ("SET", key, _, "PXAT", expires_ms) if expires_ms <= now_s * 1000:
            memory.pop(key, None)
            return True
        case ("MGET", *keys):
            return tuple(memory.get(key) for key in keys)
        case ("SET", key, value, _, _, *nx):
            if nx and key in memory:
                return None
            memory[key] = value
            return True
        case ("DEL", key):
            return int(memory.pop(key, None) is not None)
        case ("EVAL", source, key, intent, *_) if source == _ANNOUNCE:
            memory[key] = intent
        case ("EVAL", source, key, intent) if source == _SETTLE:
            if memory.get(key) == intent or not memory.get(key, b"").startswith(b"w:"):
                memory.pop(key, None)
        case _:
            raise AssertionError(command)
    return 1


@dataclass
class Exploration:
    states: int = 0
    ends: int = 0
    """States with no next step."""
    executed: set[tuple[Contents, Command]] = field(default_factory=set)
    """What Redis was asked, with what it held at that moment."""
    violation: State | None = None


def explore(start: State, exempt: Exempt = never_exempt) -> Exploration:
    """Visit every reachable state, up to the first violation."""
    seen, stack, result = {start}, [start], Exploration()
    while stack and result.violation is None:
        state = stack.pop()
        ended = True
        for move in moves(state):
            ended = False
            if (command := executed(move)) is not None:
                result.executed.add((state.redis, command))
            after = apply(state, move, exempt)
            if after.missed:
                result.violation = after
            if after not in seen:
                seen.add(after)
                stack.append(after)
        result.ends += ended
    result.states = len(seen)
    return result


def system(*roles: Role, kind: Kind = Cache, faults: Faults = Faults(), circuit_open: bool = False) -> State:
    """One process for each role; `circuit_open`: the writers have lost Redis before, which is there again."""
    return State(
        frozenset(
            History(
                Process(f"p{number}", number, role, kind, circuit_open=circuit_open and "reads" not in role)
            )
            for number, role in enumerate(roles)
        ),
        faults,
    )
