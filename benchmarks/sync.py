"""What delta sync costs phones on a bad network: `python benchmarks/sync.py`.

Two of `examples/phone` share an account of the local stack over HTTP, and a third of their calls is lost, before they
arrive or with their answer. Then 50 edits made offline, and the first sync of 10,000 to-dos, on a good network.
"""

import argparse
import json
import random
import sys
import tempfile
import threading
import time
from contextlib import suppress
from pathlib import Path
from statistics import median
from typing import Any

import httpx

ROOT = Path(__file__).parents[1]
sys.path[:0] = [str(ROOT), str(ROOT / "tests"), str(ROOT / "src")]

from examples.phone.phone import Phone  # noqa: E402
from support.launch import launcher  # noqa: E402
from support.people import Person, sign_up  # noqa: E402

LOST = 1 / 6
"""Of the requests; and of the answers."""
PARTS = ("chaos", "edits", "first")


class Network(httpx.BaseTransport):
    """Counts bodies of answers as they come over the wire, lost ones too. `needed` are the to-dos in them, once each
    version."""

    def __init__(self, seed: int = 0) -> None:
        self.lost = 0.0
        self.requests = self.received = self.sent = self.needed = 0
        self._random = random.Random(seed)
        self._known: set[tuple[str, int]] = set()
        self._wire = httpx.HTTPTransport()

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        self.requests += 1
        if self._random.random() < self.lost:
            raise httpx.ConnectError("lost", request=request)
        self.sent += len(request.read())
        response = self._wire.handle_request(request)
        body = response.read()
        self.received += response.num_bytes_downloaded or len(body)
        if self._random.random() < self.lost:
            raise httpx.ReadError("lost", request=request)
        self._learn(json.loads(body) if body else {})
        return httpx.Response(response.status_code, headers=response.headers, content=body, request=request)

    def _learn(self, answer: dict[str, Any]) -> None:
        shown = [one["data"] for one in answer.get("changes", ()) if one["type"] == "todo" and one["data"]]
        shown += [result["current"] for result in answer.get("results", ()) if "current" in result]
        for todo in shown:
            if (todo["id"], todo["version"]) not in self._known:
                self._known.add((todo["id"], todo["version"]))
                self.needed += len(json.dumps(todo, separators=(",", ":"), ensure_ascii=False).encode())

    def forget_counts(self) -> None:
        self.requests = self.received = self.sent = self.needed = 0


def phone_of(person: Person, api: str, network: Network, path: str = ":memory:") -> Phone:
    http = httpx.Client(transport=network, base_url=api, headers=person.headers)
    return Phone(http, path)


def chaos(person: Person, api: str, folder: Path, minutes: float) -> None:
    networks = [Network(seed) for seed in range(2)]
    paths = [str(folder / f"phone-{number}") for number in range(2)]
    fill(person, api, 50)
    for network, path in zip(networks, paths, strict=True):
        phone_of(person, api, network, path).sync()
        network.forget_counts()
        network.lost = LOST
    end = time.monotonic() + 60 * minutes
    parts = list(zip(networks, paths, strict=True))
    threads = [threading.Thread(target=use, args=(person, api, *part, end)) for part in parts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    phones = [phone_of(person, api, network, path) for network, path in parts]
    for network, phone in [*zip(networks, phones, strict=True)] * 2:
        network.lost = 0
        phone.sync()
    fresh = phone_of(person, api, Network())
    fresh.sync()
    shown = fresh.todos()
    different = sum(
        phone.todos().get(todo_id) != shown.get(todo_id)
        for phone in phones
        for todo_id in {*phone.todos(), *shown}
    )
    received, needed = (sum(getattr(one, name) for one in networks) for name in ("received", "needed"))
    reports = sum(len(phone.reports()) for phone in phones)
    print(f"| {minutes:g} minutes, two phones, a third of the calls lost | |")
    print(f"| to-dos that differ between a phone and the server | {different} of {len(shown)} |")
    print(f"| edits that were not accepted, and reported | {reports} |")
    print(
        f"| calls; bytes sent | {sum(one.requests for one in networks)}; {sum(one.sent for one in networks)} |"
    )
    print(f"| bytes received / bytes changed | {received} / {needed} = {received / needed:.2f} |", flush=True)


def use(person: Person, api: str, network: Network, path: str, end: float) -> None:
    """An owner edits something each second or so; their phone syncs after it."""
    phone, chance = phone_of(person, api, network, path), random.Random(path)
    while time.monotonic() < end:
        for _ in range(chance.randint(0, 3)):
            edit(phone, chance)
        with suppress(httpx.HTTPError):  # what is unsent stays so
            phone.sync()
        time.sleep(chance.uniform(0, 2))
    phone.close()


def edit(phone: Phone, chance: random.Random) -> None:
    todo_id, todo = chance.choice([*phone.todos().items()])
    match chance.choice(["title", "notes", "done", "tag", "create", "delete"]):
        case "title":
            phone.edit(todo_id, title=f"Buy {chance.randint(1, 99)} bottles of oat milk")
        case "notes":
            phone.edit(todo_id, notes=f"At the shop in street {chance.randint(1, 99)}")
        case "done":
            phone.edit(todo_id, completed=not todo["completed"])
        case "tag":
            phone.edit(todo_id, tags={"remove" if "shop" in todo["tags"] else "add": ["shop"]})
        case "create":
            phone.create(title=f"Call {chance.randint(1, 99)} friends")
        case "delete" if len(phone.todos()) > 30:
            phone.delete(todo_id)


def fill(person: Person, api: str, count: int) -> None:
    phone = phone_of(person, api, Network())
    for number in range(count):
        phone.create(title=f"Buy {number} bottles of oat milk", notes="At the shop around the corner")
    phone.sync()


def edits(person: Person, api: str) -> None:
    fill(person, api, 60)
    network = Network()
    phone, other = phone_of(person, api, network), phone_of(person, api, Network())
    phone.sync()
    times = []
    for turn in range(7):
        other.sync()
        ids = sorted(phone.todos())
        for todo_id in ids[50:]:
            other.edit(todo_id, notes=f"By the other, {turn}")
        other.sync()
        for todo_id in ids[:50]:
            phone.edit(todo_id, title=f"Offline, {turn}")
        network.forget_counts()
        begin = time.perf_counter()
        phone.sync()
        times.append((time.perf_counter() - begin) * 1000)
    print(f"| 50 edits made offline, and 10 of another: round trips | {network.requests} |")
    print(f"| ms, median of 7; the slowest | {median(times):.0f}; {max(times):.0f} |", flush=True)


def first(person: Person, api: str, count: int) -> None:
    fill(person, api, count)
    network = Network()
    phone = phone_of(person, api, network)
    begin = time.perf_counter()
    phone.sync()
    seconds = time.perf_counter() - begin
    print(f"| first sync of {len(phone.todos())} to-dos: requests | {network.requests} |")
    print(f"| seconds; bytes | {seconds:.1f}; {network.received} |", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--minutes", type=float, default=10, help="of chaos")
    parser.add_argument("--todos", type=int, default=10_000, help="of the first sync")
    parser.add_argument("--only", choices=PARTS, action="append")
    options = parser.parse_args()
    wanted = options.only or PARTS
    with tempfile.TemporaryDirectory() as name, launcher(Path(name)) as launch:
        api = launch().wait_ready().api
        with httpx.Client(base_url=api, timeout=30) as http:
            if "edits" in wanted:
                edits(sign_up(http), api)
            if "first" in wanted:
                first(sign_up(http), api, options.todos)
            if "chaos" in wanted:
                chaos(sign_up(http), api, Path(name), options.minutes)


if __name__ == "__main__":
    main()
