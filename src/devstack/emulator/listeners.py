"""Has MiniStack, which binds one address, listen on each loopback address of the machine: `[::1]` answers, too."""

from typing import Any

from hypercorn import config

from devstack.ports import addresses, authority


def install(port: int) -> None:
    """Replace the addresses that MiniStack chooses, when its server makes the sockets."""
    server: Any = config.Config
    create = server.create_sockets

    def create_on_each(chosen: config.Config) -> config.Sockets:
        chosen.bind = [authority(address, port) for address in addresses()]
        made: config.Sockets = create(chosen)
        return made

    server.create_sockets = create_on_each
