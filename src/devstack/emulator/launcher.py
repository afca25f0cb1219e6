"""The process that is MiniStack: its own server, with what real AWS does and it does not."""

import importlib.metadata
import os
import sys
from pathlib import Path

from devstack.emulator import RECORD_CALLS, catalog, post_confirmation, recorder, saver

_CHECKED_VERSION = "1.5.33"
"""The version whose inner functions the modules beside this one replace."""


def main() -> None:
    version = importlib.metadata.version("ministack")
    if version != _CHECKED_VERSION:
        sys.exit(f"ministack {version} is installed; the local stack was checked with {_CHECKED_VERSION}")
    import ministack.app

    catalog.install()
    post_confirmation.install()
    saver.install()
    if calls := os.environ.get(RECORD_CALLS):
        recorder.install(Path(calls))
    ministack.app.main()


if __name__ == "__main__":
    main()
