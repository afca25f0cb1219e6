"""Saves MiniStack's state while it runs.

By itself it saves on a clean stop only, and a laptop's battery or a SIGKILL is not one. Idle costs nothing: only
after a request is there something to save.
"""

import threading
from collections.abc import Awaitable, Callable
from typing import Any

import ministack.app
from ministack.core import persistence

_INTERVAL = 2.0
"""Seconds: how old what survives a kill may be."""

Asgi = Callable[[Any, Any, Any], Awaitable[None]]


def install() -> None:
    changed = threading.Event()
    ministack.app.app = _noting_requests(ministack.app.app, changed)
    threading.Thread(target=_save_forever, args=(changed,), daemon=True, name="saver").start()


def _noting_requests(app: Asgi, changed: threading.Event) -> Asgi:
    async def noting(scope: Any, receive: Any, send: Any) -> None:
        try:
            await app(scope, receive, send)
        finally:
            if scope["type"] == "http" and scope["method"] not in ("GET", "HEAD"):
                changed.set()

    return noting


def _save_forever(changed: threading.Event) -> None:
    pause = threading.Event()
    while changed.wait():
        pause.wait(_INTERVAL)
        changed.clear()
        persistence.save_all(ministack.app._build_persistence_save_dict())  # noqa: SLF001
