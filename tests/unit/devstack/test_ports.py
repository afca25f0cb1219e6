"""Ports of the loopback addresses, and the messages about those that cannot be had."""

import re
import socket
from contextlib import closing

import pytest

from devstack import ports
from devstack.ports import HOST, HOST_V6, addresses, bind, check_free, free_port
from project.errors import StackError
from support import ports as support


def test_a_port_that_only_root_may_use_is_not_answered_with_its_neighbour(monkeypatch):
    def refuse(*_: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(ports, "_has_v6", lambda: False)
    monkeypatch.setattr(socket.socket, "bind", refuse)

    with (
        pytest.raises(StackError, match=r"Port 80 may not be used\. Choose another: PORT=8080 make run"),
        bind(80, variable="PORT"),
    ):
        pass


def test_the_last_port_is_not_answered_with_one_beyond_it(monkeypatch):
    def refuse(*_: object) -> None:
        raise OSError("in use")

    monkeypatch.setattr(ports, "_refuse_answering", refuse)

    with pytest.raises(StackError, match=r"Port 65535 is taken\. Choose another: PORT=8080 make run"):
        check_free(65_535, variable="PORT")


def test_a_port_is_bound_on_each_loopback_address_and_on_no_other():
    port = support.free_port()

    with bind(port, variable="PORT") as bound:
        names = [one.getsockname()[:2] for one in bound]
        for one in bound:
            one.listen()
        for address in addresses():
            socket.create_connection((address, port), timeout=10).close()

    assert names == [(address, port) for address in addresses()]
    assert set(addresses()) <= {HOST, HOST_V6}
    check_free(port, variable="PORT")


def test_a_machine_without_ipv6_has_its_ipv4_address_alone(monkeypatch):
    monkeypatch.setattr(ports, "HOST_V6", "2001:db8::1")  # of documentation: no machine has it
    monkeypatch.setitem(ports.FAMILIES, "2001:db8::1", socket.AF_INET6)

    with bind(support.free_port(), variable="PORT") as bound:
        assert [one.getsockname()[0] for one in bound] == [HOST]


@pytest.mark.parametrize("address", addresses())
@pytest.mark.parametrize("listens", [True, False])
def test_a_port_that_is_taken_on_one_address_is_taken(address, listens):
    port = support.free_port()
    with closing(socket.socket(ports.FAMILIES[address])) as taken:
        taken.bind((address, port))
        if listens:
            taken.listen()

        with pytest.raises(StackError) as refused:
            check_free(port, variable="AWS_PORT")

        assert free_port(port) != port
    assert re.fullmatch(
        rf"Port {port} is taken\. Choose another: AWS_PORT={port + 1} make run", str(refused.value)
    )
