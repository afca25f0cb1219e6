"""Clients that write while the local stack is stopped or killed, and look for their acknowledged writes after it."""

import os
import signal
import threading
import uuid
from abc import ABC, abstractmethod
from collections.abc import Callable
from contextlib import suppress

import httpx

from devstack.seed import ADMIN, DEMO, Person
from support.launch import Launch
from support.people import CODE, PASSWORD
from support.processes import alive, descendants, known, wait_until

HEADER = "email,name,country\n"

SECONDS_UNTIL_REDELIVERED = 300
"""A consumer that is killed between its claim on a mail and the answer of SES leaves the claim held. The message
comes again at the start, finds the claim, and goes back for the queue's visibility time-out of 180 seconds."""


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


class Writer(ABC):
    """Does one thing again and again, and notes what was acknowledged."""

    def __init__(self, api: str) -> None:
        self.acknowledged: list[str] = []
        self._headers = sign_in(api, DEMO)
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._write, args=(api,))
        self._thread.start()

    @abstractmethod
    def write(self, client: httpx.Client) -> str | None:
        """Do it once; what it can be found by if it was acknowledged.

        Raises:
            httpx.TransportError: there was no answer.
        """

    @abstractmethod
    def is_kept(self, client: httpx.Client, written: str) -> bool: ...

    def end(self) -> None:
        self._ended.set()
        self._thread.join()

    def lost(self, api: str) -> list[str]:
        """The acknowledged writes that the stack at `api` does not have."""
        return missing(api, self.acknowledged, self.is_kept)

    def _write(self, api: str) -> None:
        with client_of(api, self._headers) as client:
            while not self._ended.is_set():
                with suppress(httpx.TransportError):
                    written = self.write(client)
                    if written is not None:
                        self.acknowledged.append(written)


class Todos(Writer):
    def write(self, client: httpx.Client) -> str | None:
        answer = client.post("/v1/todos", json={"title": f"{len(self.acknowledged)}"})
        return answer.json()["id"] if answer.status_code == 201 else None

    def is_kept(self, client: httpx.Client, written: str) -> bool:
        return client.get(f"/v1/todos/{written}").status_code == 200


class People(Writer):
    """Sign-ups that were confirmed, by e-mail address. Each person is sent a mail."""

    def write(self, client: httpx.Client) -> str | None:
        email = f"{uuid.uuid4().hex}@example.com"
        body = {"email": email, "password": PASSWORD}
        if client.post("/v1/auth/signup", json=body).status_code != 201:
            return None
        confirmed = client.post("/v1/auth/confirm", json={"email": email, "code": CODE})
        return email if confirmed.status_code == 204 else None

    def is_kept(self, client: httpx.Client, written: str) -> bool:
        """Return whether the person can sign in, and has a profile."""
        answer = client.post("/v1/auth/login", json={"email": written, "password": PASSWORD})
        if answer.status_code != 200:
            return False
        own = {"Authorization": f"Bearer {answer.json()['access_token']}"}
        return client.get("/v1/users/me", headers=own).status_code == 200

    def without_mail(self, api: str) -> list[str]:
        """Those who were not sent their welcome."""
        return missing(api, self.acknowledged, _was_welcomed)


def _was_welcomed(client: httpx.Client, email: str) -> bool:
    sent = client.get("/_local/mail", params={"to": email}).json()["messages"]
    return "Welcome!" in [mail["subject"] for mail in sent]


class Files(Writer):
    """Uploads, by their ids. Each holds its own id."""

    def write(self, client: httpx.Client) -> str | None:
        file = {"name": "a.txt", "contentType": "text/plain", "size": 100}
        answer = client.post("/v1/files", json=file)
        if answer.status_code != 201:
            return None
        id_, upload = answer.json()["file"]["id"], answer.json()["upload"]
        sent = httpx.post(
            upload["url"], data=upload["fields"], files={"file": id_.encode()}, timeout=60, trust_env=False
        )
        return id_ if sent.status_code == 204 else None

    def is_kept(self, client: httpx.Client, written: str) -> bool:
        """Return whether S3's event has come, and the bytes are there."""
        link = client.get(f"/v1/files/{written}/download")
        return link.status_code == 200 and _body(link.json()["url"]) == written


def _body(url: str) -> str:
    return httpx.get(url, timeout=60, trust_env=False).text


class Workload:
    """All of it at once."""

    def __init__(self, api: str) -> None:
        self.todos, self.people, self.files = Todos(api), People(api), Files(api)

    @property
    def acknowledged(self) -> dict[str, int]:
        people = len(self.people.acknowledged)
        counts = {"to-dos": len(self.todos.acknowledged), "people": people, "mails": people}
        return {**counts, "files": len(self.files.acknowledged)}

    def end(self) -> None:
        for writer in (self.todos, self.people, self.files):
            writer.end()

    def lost(self, api: str) -> dict[str, list[str]]:
        """By the same names. What follows from a queue may take minutes."""
        return {
            "to-dos": self.todos.lost(api),
            "people": self.people.lost(api),
            "mails": self.people.without_mail(api),
            "files": self.files.lost(api),
        }


NOTHING_LOST: dict[str, list[str]] = {"to-dos": [], "people": [], "mails": [], "files": []}


def client_of(api: str, headers: dict[str, str]) -> httpx.Client:
    return httpx.Client(base_url=api, headers=headers, timeout=60, trust_env=False)


def missing(api: str, written: list[str], is_kept: Callable[[httpx.Client, str], bool]) -> list[str]:
    """The writes that are still missing when every message must have been delivered again."""
    left = list(written)

    def is_complete() -> bool:
        left[:] = [one for one in left if not is_kept(client, one)]
        return not left

    with client_of(api, sign_in(api, DEMO)) as client:
        wait_until(is_complete, SECONDS_UNTIL_REDELIVERED)
    return left


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
