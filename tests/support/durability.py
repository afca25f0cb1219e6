"""A client that writes while the local stack is stopped or killed, and looks for its acknowledged writes after it."""

import os
import signal
import threading
import time
from contextlib import suppress
from dataclasses import dataclass, field

import httpx

from devstack.seed import ADMIN, DEMO, Person
from support.launch import Launch
from support.processes import alive, descendants, known, wait_until

HEADER = "email,name,country\n"


def sign_in(api: str, person: Person) -> dict[str, str]:
    body = {"email": person.email, "password": person.password}
    answer = httpx.post(f"{api}/v1/auth/login", json=body, timeout=60, trust_env=False)
    answer.raise_for_status()
    return {"Authorization": f"Bearer {answer.json()['access_token']}"}


def import_rows(api: str, rows: int, *, name: str) -> str:
    """Announce and upload a file of so many people; the path of the import."""
    content = (HEADER + "".join(f"{name}{n}@example.com,Person {n},DE\n" for n in range(rows))).encode()
    body = {"name": f"{name}.csv", "contentType": "text/csv", "size": len(content)}
    created = httpx.post(
        f"{api}/v1/admin/imports", json=body, headers=sign_in(api, ADMIN), timeout=60, trust_env=False
    ).json()
    upload = created["upload"]
    files = {"file": (f"{name}.csv", content)}
    httpx.post(
        upload["url"], data=upload["fields"], files=files, timeout=60, trust_env=False
    ).raise_for_status()
    return f"/v1/admin/imports/{created['import']['id']}"


def import_status(api: str, path: str) -> str:
    answer = httpx.get(f"{api}{path}", headers=sign_in(api, ADMIN), timeout=60, trust_env=False)
    return str(answer.json()["status"])


@dataclass
class Writer:
    """Creates to-dos one after another, and notes when each was acknowledged."""

    api: str
    acknowledged: dict[str, float] = field(default_factory=dict)
    """By id, in seconds of the monotonic clock."""

    def __post_init__(self) -> None:
        self._headers = sign_in(self.api, DEMO)
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._write)
        self._thread.start()

    def end(self) -> None:
        self._ended.set()
        self._thread.join()

    def _write(self) -> None:
        with httpx.Client(base_url=self.api, headers=self._headers, timeout=60, trust_env=False) as client:
            while not self._ended.is_set():
                with suppress(httpx.TransportError):
                    answer = client.post("/v1/todos", json={"title": f"{len(self.acknowledged)}"})
                    if answer.status_code == 201:
                        self.acknowledged[answer.json()["id"]] = time.monotonic()

    def lost(self, api: str) -> list[str]:
        """The acknowledged to-dos that the stack at `api` does not have."""
        headers = sign_in(api, DEMO)
        with httpx.Client(base_url=api, headers=headers, timeout=60, trust_env=False) as client:
            return [id_ for id_ in self.acknowledged if client.get(f"/v1/todos/{id_}").status_code != 200]


def stop(run: Launch, number: signal.Signals) -> None:
    """SIGTERM reaches `make run` alone; SIGKILL every process of the stack at once."""
    if number != signal.SIGKILL:
        run.process.send_signal(number)
        run.process.wait(60)
        return
    everything = descendants(run.process.pid) | {known(run.process.pid)}
    for pid in everything:
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
    run.process.wait(60)
    assert wait_until(lambda: not alive(everything))
