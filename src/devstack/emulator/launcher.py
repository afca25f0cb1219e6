"""The process that is MiniStack: its own server, with what real AWS does and it does not."""

import importlib.metadata
import os
import sys
from pathlib import Path

from devstack.credentials import Credentials
from devstack.emulator import (
    ALLOWED_ORIGINS,
    RECORD_CALLS,
    catalog,
    post_authentication,
    post_confirmation,
    recorder,
    refresh_tokens,
)
from devstack.emulator.gate.app import Gate

_CHECKED_VERSION = "1.5.33"
"""The version whose inner functions the modules beside this one replace."""


def main() -> None:
    version = importlib.metadata.version("ministack")
    if version != _CHECKED_VERSION:
        sys.exit(f"ministack {version} is installed; the local stack was checked with {_CHECKED_VERSION}")
    import ministack.app
    from ministack.core import persistence

    from devstack.emulator import (
        addresses,
        documents,
        expressions,
        failures,
        items,
        listeners,
        loader,
        mailed,
        queued,
        redelivery,
        relocation,
        revocation,
        saver,
        streams,
    )

    catalog.install()
    post_authentication.install()
    post_confirmation.install()
    refresh_tokens.install()
    revocation.install()
    addresses.install()
    state, port = Path(persistence.STATE_DIR), int(os.environ["GATEWAY_PORT"])
    with loader.or_end("state"):
        relocation.relocate(state, port)
    with loader.or_end("items"):
        store = items.ItemStore(state / "items.sqlite")
    with loader.or_end("messages"):
        queues = queued.QueueStore(documents.Documents(state / "queued.sqlite"))
    with loader.or_end("mail"):
        mails = mailed.MailStore(documents.Documents(state / "mailed.sqlite"))
    loader.install()
    items.install(store)
    streams.install()
    queued.install(queues)
    mailed.install(mails)
    redelivery.install()
    failures.install()
    expressions.install()
    saver.install([store, queues, mails])
    listeners.install(port)
    if calls := os.environ.get(RECORD_CALLS):
        recorder.install(Path(calls))
    ministack.app.app = Gate(ministack.app.app, *_admitted())  # last: it stands before everything else
    ministack.app.main()


def _admitted() -> tuple[Credentials, list[str]]:
    """Whom the gate admits. The functions inherit this environment, and what they need of it is the key alone."""
    credentials = Credentials.from_env(os.environ)
    del os.environ["AWS_CONTROL_TOKEN"]
    return credentials, os.environ.pop(ALLOWED_ORIGINS).split()


if __name__ == "__main__":
    main()
