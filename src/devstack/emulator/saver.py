"""Saves MiniStack's state while it runs, and when it stops.

By itself MiniStack saves on a clean stop only. Here the items of tables, the messages of queues and sent mail are on
disk before a request is answered, see `items`, `queued` and `mailed`; so are the users of a pool that it may change.
Everything else is saved within two seconds. Idle costs nothing: only after a request is there anything to save.

State that cannot be saved ends the process at once: going on would acknowledge writes that are lost.
"""

import hashlib
import json
import os
import sys
import threading
import time
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NoReturn, Protocol

import ministack.app
from ministack.core import persistence
from ministack.services import cognito, s3

from devstack.reports import EXIT_STATUS

INTERVAL = 1.0
"""Seconds from a change to its save. With the time that a save takes, what is older than two seconds is kept."""
_ATTEMPTS, _PAUSE = 50, 0.02
"""How often a service is tried again whose state changes while it is copied; seconds between."""

Asgi = Callable[[Any, Any, Any], Awaitable[None]]
Getters = Mapping[str, Callable[[], Any]]

_COGNITO = b"AWSCognitoIdentityProviderService."
_HARMLESS = ("InitiateAuth", "AdminInitiateAuth", "Get", "List", "Describe", "AdminGet", "AdminList")
"""How the names of operations begin that change nothing of a user which the next sign-in would miss."""


class Store(Protocol):
    def commit(self) -> None:
        """Write what has changed.

        Raises:
            sqlite3.Error: nothing of it is written.
        """


def install(stores: Sequence[Store]) -> None:
    changed = threading.Event()
    snapshots = Snapshots(Path(persistence.STATE_DIR))

    def commit() -> None:
        for store in stores:
            store.commit()

    def commit_request(scope: Any) -> None:
        with _or_give_up():
            commit()
            if changes_user(scope):
                snapshots.save({"cognito": cognito.get_state})

    def save() -> None:
        with _or_give_up():
            commit()
            if snapshots.save(ministack.app._build_persistence_save_dict()):
                changed.set()

    def save_all(services: Getters) -> None:
        with _or_give_up():
            commit()
            if left := snapshots.save(services):
                raise RuntimeError(f"the state of {', '.join(left)} changes all the time")

    ministack.app.app = _saving_requests(ministack.app.app, changed, commit_request)
    ministack.app.save_all = save_all  # what it calls when it stops
    s3._atomic_write = _giving_up(s3._atomic_write)
    saving = threading.Thread(target=_save_forever, args=(changed, save), daemon=True, name="saver")
    saving.start()


class Snapshots:
    """One JSON file for each service, in MiniStack's own format, written where it has changed."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._written: dict[str, bytes] = {}
        self._lock = threading.Lock()

    def save(self, services: Getters) -> list[str]:
        """Returns the services that changed all the while: they are left to the next save.

        Raises:
            OSError: the disk is full, for example. The earlier file is as it was.
        """
        with self._lock:
            self._folder.mkdir(parents=True, exist_ok=True)
            return [name for name, get in services.items() if not self._saved(name, get)]

    def _saved(self, name: str, get: Callable[[], Any]) -> bool:
        """Requests go on meanwhile, and a dictionary that changes can be neither copied nor encoded."""
        for _ in range(_ATTEMPTS):
            try:
                body = _encoded(name, get())
            except RuntimeError:
                time.sleep(_PAUSE)
                continue
            if body is not None:
                self._write(name, body)
            return True
        return False

    def _write(self, name: str, body: bytes) -> None:
        digest = hashlib.sha256(body).digest()
        if self._written.get(name) == digest:
            return
        path = self._folder / f"{name}.json"
        new = path.with_suffix(".json.tmp")
        new.write_bytes(body)
        new.replace(path)
        self._written[name] = digest


def _encoded(name: str, state: Any) -> bytes | None:
    """`None` for a service that has no state to keep."""
    if state is None:
        return None
    wrapped = {"__ministack_format__": persistence._state_format_version(name), "payload": state}
    return json.dumps(wrapped, default=persistence._json_default).encode()


def _saving_requests(app: Asgi, changed: threading.Event, commit: Callable[[Any], None]) -> Asgi:
    async def saving(scope: Any, receive: Any, send: Any) -> None:
        async def send_saved(message: Any) -> None:
            if message["type"] == "http.response.start":
                commit(scope)
            await send(message)

        try:
            await app(scope, receive, send_saved)
        finally:
            if scope["type"] == "http" and scope["method"] not in ("GET", "HEAD"):
                changed.set()

    return saving


def changes_user(scope: Any) -> bool:
    """Return whether the request may change a user of a pool: sign up, confirm, take another password, leave."""
    target = next((value for name, value in scope.get("headers", []) if name == b"x-amz-target"), b"")
    operation = target.removeprefix(_COGNITO).decode("latin-1")
    return target.startswith(_COGNITO) and not operation.startswith(_HARMLESS)


def _save_forever(changed: threading.Event, save: Callable[[], None]) -> None:
    while changed.wait():
        time.sleep(INTERVAL)
        changed.clear()
        save()


def _giving_up(write: Callable[..., None]) -> Callable[..., None]:
    """MiniStack keeps each object in files of its own; one that it cannot write it only notes in its log."""

    def writing(*given: Any, **options: Any) -> None:
        with _or_give_up():
            write(*given, **options)

    return writing


@contextmanager
def _or_give_up() -> Iterator[None]:
    try:
        yield
    except Exception as error:  # noqa: BLE001 - after any error, the data are not saved
        _give_up(error)


def _give_up(error: Exception) -> NoReturn:
    reason = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
    print(f"the state cannot be saved: {reason}", file=sys.stderr, flush=True)
    os._exit(EXIT_STATUS)
