"""Calls and latency of each repository operation on both engines: `python benchmarks/engines.py [--times 50]`.

DynamoDB is the embedded AWS over HTTP, PostgreSQL the embedded server over psycopg, which syncs each commit to the
disk. So the latencies compare two servers on this machine, not two services of AWS: there, a call takes some
milliseconds of network on either, and the counts of calls are what carries over.
"""

import argparse
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

ROOT = Path(__file__).parents[1]
sys.path[:0] = [str(ROOT / "tests"), str(ROOT / "src")]

from app.ports.storage import Storage  # noqa: E402
from app.repositories.postgres.database import Database  # noqa: E402
from app.repositories.postgres.storage import PostgresStorage  # noqa: E402
from support.emulator import emulator  # noqa: E402
from support.memory import MemoryStorage  # noqa: E402
from support.postgres import running_postgres  # noqa: E402
from support.storage import storage_at  # noqa: E402
from support.storage_calls import OPERATIONS, Counting, Operation, requests_to, statements  # noqa: E402
from support.tables import create_tables  # noqa: E402

Engine = tuple[Storage, Callable[[], Counting]]
"""Its repositories, and what counts its calls."""


@contextmanager
def engines() -> Iterator[list[Engine]]:
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        endpoint = stack.enter_context(emulator(folder))
        dynamodb = stack.enter_context(storage_at(endpoint))
        create_tables(dynamodb.clients.dynamodb)
        server = stack.enter_context(running_postgres(folder / "postgres", durable=True))
        database = Database.at(server.url, dynamodb.clients)
        stack.callback(database.close)
        postgres = PostgresStorage(database, MemoryStorage(), todo_quota=None)
        yield [(dynamodb, lambda: requests_to(dynamodb)), (postgres, statements)]


def measure(operation: Operation, engine: Engine, times: int) -> tuple[int, float]:
    """The calls of one repetition, and the median of milliseconds."""
    storage, counting = engine
    calls, seconds = 0, list[float]()
    for _ in range(times):
        act = operation.prepare(storage)
        with counting() as made:
            begun = time.perf_counter()
            act()
            seconds.append(time.perf_counter() - begun)
        calls = len(made)
    return calls, 1000 * statistics.median(seconds)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--times", type=int, default=50)
    options = parser.parse_args()
    print("| operation | DynamoDB, calls | ms | PostgreSQL, calls | ms |\n|---|--:|--:|--:|--:|")
    with engines() as both:
        for name, operation in OPERATIONS.items():
            cells = [measure(operation, engine, options.times) for engine in both]
            print(f"| {name} | {' | '.join(f'{calls} | {ms:.2f}' for calls, ms in cells)} |", flush=True)


if __name__ == "__main__":
    main()
