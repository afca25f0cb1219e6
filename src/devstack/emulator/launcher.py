"""The process that is MiniStack: its own server, with what real AWS does and it does not."""

import importlib.metadata
import sys

from devstack.emulator import post_confirmation, saver

_CHECKED_VERSION = "1.5.33"
"""The version whose inner functions the modules beside this one replace."""


def main() -> None:
    version = importlib.metadata.version("ministack")
    if version != _CHECKED_VERSION:
        sys.exit(f"ministack {version} is installed; the local stack was checked with {_CHECKED_VERSION}")
    import ministack.app

    post_confirmation.install()
    saver.install()
    ministack.app.main()


if __name__ == "__main__":
    main()
