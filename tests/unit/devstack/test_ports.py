"""Ports, and what is said of those that cannot be had."""

import socket

import pytest

from devstack.ports import bind
from project.errors import StackError


def test_a_port_that_only_root_may_use_is_not_answered_with_its_neighbour(monkeypatch):
    def refuse(*_: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(socket.socket, "bind", refuse)

    with pytest.raises(StackError, match=r"Port 80 may not be used\. Choose another: PORT=8080 make run"):
        bind(80, variable="PORT")
