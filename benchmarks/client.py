"""Keeps an API busy over many connections, with sockets and nothing else, so that it is not what sets the pace.

Reads from its standard input, as JSON: port, operation, connections, seconds, warm_up and tokens, one for each user.
Prints what `Seen.figures` gives. Each connection sends its next request when the last one is answered. Measuring
begins after `warm_up` seconds, and not before each connection has had two answers. `list, cached` reads the list of
the first user; `list, not cached` that of another user with each request; `create` writes for as many users as there
are connections.
"""

import asyncio
import json
import math
import re
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from itertools import cycle, repeat
from typing import Any

from benchmarks.messages import take_message
from benchmarks.peers.events import BODY

_X_CACHE = re.compile(rb"\r\nx-cache: *(\w+)", re.IGNORECASE)
Requests = Iterator[bytes]
PATIENCE_S = 120
"""For the first two answers of each connection; a server that has none in that time ends the measurement."""


class Seen:
    """Answers within the measured time: how long each took, in seconds; statuses; values of X-Cache."""

    def __init__(self) -> None:
        self.since = math.inf
        self.taken: list[float] = []
        self.statuses: Counter[str] = Counter()
        self.cache: Counter[str] = Counter()

    def note(self, head: bytes, sent_at: float) -> None:
        moment = time.perf_counter()
        if moment >= self.since:
            self.taken.append(moment - sent_at)
            self.statuses[head[9:12].decode()] += 1
            if found := _X_CACHE.search(head):
                self.cache[found[1].decode()] += 1

    def figures(self, seconds: float, cpu: float) -> dict[str, Any]:
        """`rate` is answers a second, `p50` and `p99` milliseconds, `hits` the share of hits, `None` where an API
        does not tell; `busy` is the share of the time in which this client used a core."""
        if not self.taken:
            raise RuntimeError("nothing was answered in the measured time")
        taken = sorted(self.taken)
        return {
            "rate": len(taken) / seconds,
            "p50": 1000 * percentile(taken, 0.5),
            "p99": 1000 * percentile(taken, 0.99),
            "hits": self.cache["hit"] / self.cache.total() if self.cache else None,
            "statuses": dict(self.statuses),
            "busy": cpu / seconds,
        }


def percentile(ordered: list[float], share: float) -> float:
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))]


class _Connection(asyncio.Protocol):
    def __init__(self, requests: Requests, seen: Seen) -> None:
        self._requests = requests
        self._seen = seen
        self._received = bytearray()
        self.answers = 0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport: Any = transport
        self._send()

    def _send(self) -> None:
        self._sent_at = time.perf_counter()
        self._transport.write(next(self._requests))

    def data_received(self, data: bytes) -> None:
        self._received += data
        if message := take_message(self._received):
            self.answers += 1
            self._seen.note(message[0], self._sent_at)
            self._send()


def _read(token: str) -> bytes:
    return f"GET /v1/todos HTTP/1.1\r\nHost: api\r\nAuthorization: Bearer {token}\r\n\r\n".encode()


def _create(token: str) -> bytes:
    body = json.dumps(BODY)
    head = f"POST /v1/todos HTTP/1.1\r\nHost: api\r\nAuthorization: Bearer {token}\r\n"
    return f"{head}Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n{body}".encode()


def _of_connections(operation: str, tokens: list[str]) -> Callable[[int], Requests]:
    """The requests of each connection, by its number."""
    if operation == "create":
        return lambda number: repeat(_create(tokens[number]))
    shared = repeat(_read(tokens[0])) if operation == "list, cached" else cycle(map(_read, tokens))
    return lambda _number: shared


async def _run(given: dict[str, Any]) -> dict[str, Any]:
    loop, seen = asyncio.get_running_loop(), Seen()
    of_connection = _of_connections(given["operation"], given["tokens"])
    connections = [_Connection(of_connection(number), seen) for number in range(given["connections"])]
    for connection in connections:
        await loop.create_connection(lambda made=connection: made, "127.0.0.1", given["port"])
    await asyncio.sleep(given["warm_up"])
    async with asyncio.timeout(PATIENCE_S):
        while min(connection.answers for connection in connections) < 2:
            await asyncio.sleep(0.02)
    seen.since, cpu = time.perf_counter(), time.process_time()
    await asyncio.sleep(given["seconds"])
    return seen.figures(time.perf_counter() - seen.since, time.process_time() - cpu)


if __name__ == "__main__":
    print(json.dumps(asyncio.run(_run(json.load(sys.stdin)))))
