"""Writers, readers and people who sign out, at random on either process; and what they found."""

import random
import statistics
import threading
import time
import uuid
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from threading import Lock

import httpx

from support.people import Person, sign_up

WRITERS, READERS, LEAVERS = 2, 4, 1
READS_A_WRITE = 60
"""About: people look more often than they write, and each write makes the next look at the list a miss."""

TIMES = dict.fromkeys(("createdAt", "updatedAt"), "2026-11-01T12:00:00Z")

LOOKS = 12
"""At a token after its sign-out was acknowledged."""


@dataclass
class Findings:
    """Of one phase."""

    reads: int = 0
    stale: int = 0
    outcomes: Counter[str] = field(default_factory=Counter)
    writes: int = 0
    sign_outs: int = 0
    accepted: int = 0
    """Requests that a token was let in with after its sign-out everywhere was acknowledged."""
    failures: Counter[str] = field(default_factory=Counter)
    read_seconds: list[float] = field(default_factory=list)
    write_seconds: list[float] = field(default_factory=list)

    @property
    def hit_rate(self) -> float:
        """Of the reads whose user was not being written to."""
        return self.outcomes["hit"] / max(1, sum(self.outcomes.values()))

    def percentile(self, share: float, *, of: str = "read") -> float:
        """In milliseconds."""
        seconds = sorted(self.read_seconds if of == "read" else self.write_seconds)
        return 1000 * seconds[min(len(seconds) - 1, int(len(seconds) * share))] if seconds else 0.0

    @property
    def median_ms(self) -> float:
        return 1000 * statistics.median(self.read_seconds or [0.0])


class Owner:
    """A person with one to-do, whose title counts its acknowledged writes."""

    def __init__(self, person: Person) -> None:
        self.person = person
        self.todo_id: str = person.create_todo(title="0")["id"]
        self.acknowledged = 0
        self.attempted = 0
        self.lock = Lock()
        """One writer at a time: titles grow."""


class Load:
    def __init__(self, apis: Sequence[str], *, owners: int = 8) -> None:
        self._apis = apis
        with client(apis[0]) as http:
            self.owners = [Owner(sign_up(http)) for _ in range(owners)]
            self._leavers = [sign_up(http) for _ in range(LEAVERS)]

    def run(self, *, reads: int, seconds: float = 0.0) -> Findings:
        """Until there were so many reads, and so many seconds have passed."""
        findings, lock, done = Findings(), Lock(), threading.Event()
        deadline = time.monotonic() + seconds
        threads = [
            *(threading.Thread(target=self._write, args=(findings, lock, done)) for _ in range(WRITERS)),
            *(
                threading.Thread(target=self._leave, args=(leaver, findings, lock, done))
                for leaver in self._leavers
            ),
        ]
        readers = [
            threading.Thread(target=self._read, args=(findings, lock, reads, deadline))
            for _ in range(READERS)
        ]
        for thread in threads + readers:
            thread.start()
        for reader in readers:
            reader.join()
        done.set()
        for thread in threads:
            thread.join()
        return findings

    def _read(self, findings: Findings, lock: Lock, reads: int, deadline: float) -> None:
        chance = random.Random()
        with self._clients() as https:
            while findings.reads < reads or time.monotonic() < deadline:
                owner, http = chance.choice(self.owners), chance.choice(https)
                path = f"/v1/todos/{owner.todo_id}" if chance.random() < 0.5 else "/v1/todos"
                self._look(owner, http, path, findings, lock)

    def _look(self, owner: Owner, http: httpx.Client, path: str, findings: Findings, lock: Lock) -> None:
        due, begun = owner.acknowledged, time.monotonic()
        written_to = owner.lock.locked()
        answer = http.get(path, headers=owner.person.headers)
        took = time.monotonic() - begun
        if answer.status_code != 200:
            with lock:
                findings.failures[f"GET {answer.status_code}"] += 1
            return
        todo = answer.json()
        title = int((todo["items"][0] if "items" in todo else todo)["title"])
        undisturbed = not written_to and owner.attempted == due
        with lock:
            findings.reads += 1
            findings.stale += title < due
            findings.read_seconds.append(took)
            if undisturbed:
                findings.outcomes[answer.headers["X-Cache"]] += 1

    def _write(self, findings: Findings, lock: Lock, done: threading.Event) -> None:
        chance = random.Random()
        written = 0
        with self._clients() as https:
            while not done.is_set():
                if findings.reads < written * READS_A_WRITE * WRITERS:
                    time.sleep(0.002)
                    continue
                owner = chance.choice(self.owners)
                with owner.lock:
                    self._change(owner, chance.choice(https), findings, lock)
                written += 1

    def _change(self, owner: Owner, http: httpx.Client, findings: Findings, lock: Lock) -> None:
        owner.attempted += 1
        begun = time.monotonic()
        answer = http.patch(
            f"/v1/todos/{owner.todo_id}", json={"title": str(owner.attempted)}, headers=owner.person.headers
        )
        with lock:
            if answer.status_code == 200:
                owner.acknowledged = owner.attempted
                findings.writes += 1
                findings.write_seconds.append(time.monotonic() - begun)
            else:
                findings.failures[f"PATCH {answer.status_code}"] += 1

    def _leave(self, leaver: Person, findings: Findings, lock: Lock, done: threading.Event) -> None:
        """Sign in, be seen by both processes, sign out everywhere, and try the token again on both."""
        chance = random.Random()
        with self._clients() as https:
            while not done.is_set():
                leaver.api = chance.choice(https)
                leaver.sign_in()
                headers = leaver.headers
                for http in https:
                    http.get("/v1/users/me", headers=headers)
                answer = chance.choice(https).post("/v1/auth/logout-all", headers=headers)
                if answer.status_code != 204:
                    with lock:
                        findings.failures[f"logout-all {answer.status_code}"] += 1
                    continue
                seen = [chance.choice(https).get("/v1/users/me", headers=headers) for _ in range(LOOKS)]
                with lock:
                    findings.sign_outs += 1
                    findings.accepted += sum(one.status_code == 200 for one in seen)

    @contextmanager
    def importing(self, api: str, *, todos: int = 5000) -> Iterator[None]:
        """Import to-dos for a new user while the block runs, and look at them from everywhere afterwards.

        Raises:
            AssertionError: the list of before is served after the import was acknowledged.
        """
        with client(api) as http, self._clients() as everywhere:
            person = sign_up(http)
            before = [one.get("/v1/todos", headers=person.headers).json()["items"] for one in everywhere]
            body = {
                "todos": [{"id": str(uuid.uuid4()), "title": f"to-do {n}", **TIMES} for n in range(todos)]
            }
            answers: list[httpx.Response] = []

            def run() -> None:
                answers.append(http.post("/v1/todos/import", json=body, headers=person.headers))
                answers.extend(one.get("/v1/todos", headers=person.headers) for one in everywhere)

            thread = threading.Thread(target=run)
            thread.start()
            try:
                yield
            finally:
                thread.join()
            assert [answer.status_code for answer in answers] == [200] * 3, answers[0].text
            assert before == [[], []]
            assert [len(answer.json()["items"]) for answer in answers[1:]] == [50, 50]

    @contextmanager
    def _clients(self) -> Iterator[list[httpx.Client]]:
        clients = [client(api) for api in self._apis]
        try:
            yield clients
        finally:
            for one in clients:
                one.close()


def client(api: str) -> httpx.Client:
    return httpx.Client(base_url=api, timeout=60, trust_env=False)


@contextmanager
def flood(api: str, owner: Owner, *, connections: int, counts: Counter[str] | None = None) -> Iterator[None]:
    """Readers of one list at full speed, each on a connection of its own; what `X-Cache` says is counted."""
    done, seen = threading.Event(), counts if counts is not None else Counter[str]()
    lock = Lock()

    def read() -> None:
        with client(api) as http:
            while not done.is_set():
                answer = http.get("/v1/todos", headers=owner.person.headers)
                with lock:
                    seen[answer.headers.get("X-Cache", str(answer.status_code))] += 1

    threads = [threading.Thread(target=read) for _ in range(connections)]
    for thread in threads:
        thread.start()
    try:
        yield
    finally:
        done.set()
        for thread in threads:
            thread.join()
