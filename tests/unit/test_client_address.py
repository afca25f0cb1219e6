"""Where a request comes from, and which of its headers may say so."""

import pytest

from app.client_address import client_address, network_of
from app.errors import Unavailable

GATEWAY = "203.0.113.7"
KEYS = ("the key", "the former key")


def scope(*headers: tuple[str, str]) -> dict:
    event = {"requestContext": {"http": {"sourceIp": GATEWAY}}}
    sent = [(name.encode(), value.encode("latin-1")) for name, value in headers]
    return {"aws.event": event, "client": (GATEWAY, 0), "headers": sent}


def no_keys() -> tuple[str, ...]:
    raise AssertionError("asked for keys without need")


@pytest.mark.parametrize("key", KEYS)
@pytest.mark.parametrize("viewer", ["198.51.100.4", "2001:db8:1:2:3:4:5:6"])
def test_the_distribution_is_believed(viewer, key):
    request = scope(("x-viewer-address", viewer), ("x-origin-key", key))

    assert client_address(request, lambda: KEYS) == viewer


@pytest.mark.parametrize(
    "headers",
    [
        [("x-viewer-address", "198.51.100.4")],
        [("x-viewer-address", "198.51.100.4"), ("x-origin-key", "")],
        [("x-origin-key", "the key")],
    ],
    ids=str,
)
def test_a_header_without_the_key_is_the_callers_own(headers):
    assert client_address(scope(*headers), no_keys) == GATEWAY


@pytest.mark.parametrize("key", ["guessed", "the ke", "the key ", "\xff"])
def test_a_guessed_key_opens_nothing(key):
    request = scope(("x-viewer-address", "198.51.100.4"), ("x-origin-key", key))

    assert client_address(request, lambda: KEYS) == GATEWAY


@pytest.mark.parametrize("twice", ["x-viewer-address", "x-origin-key"])
def test_a_header_that_came_twice_is_not_believed(twice):
    request = scope(("x-viewer-address", "198.51.100.4"), ("x-origin-key", "the key"), (twice, "the key"))

    assert client_address(request, lambda: KEYS) == GATEWAY


def test_no_key_is_as_good_as_none_where_there_is_no_distribution():
    request = scope(("x-viewer-address", "198.51.100.4"), ("x-origin-key", "the key"))

    assert client_address(request, tuple) == GATEWAY


@pytest.mark.parametrize(
    "name", ["x-forwarded-for", "forwarded", "x-real-ip", "cloudfront-viewer-address", "true-client-ip"]
)
def test_other_headers_are_never_read(name):
    behind_the_gateway = scope((name, "198.51.100.4"))
    behind_the_distribution = scope(
        (name, "198.51.100.4"), ("x-viewer-address", "192.0.2.1"), ("x-origin-key", "the key")
    )
    served_directly = {"client": ("192.0.2.9", 5000), "headers": [(name.encode(), b"198.51.100.4")]}

    assert client_address(behind_the_gateway, no_keys) == GATEWAY
    assert client_address(behind_the_distribution, lambda: KEYS) == "192.0.2.1"
    assert client_address(served_directly, no_keys) == "192.0.2.9"


def test_without_the_gateway_the_peer_of_the_socket_counts():
    headers = [(b"x-viewer-address", b"198.51.100.4"), (b"x-origin-key", b"the key")]

    assert client_address({"client": ("127.0.0.1", 5000), "headers": headers}, no_keys) == "127.0.0.1"
    assert client_address({"client": None, "headers": []}, no_keys) == ""


def test_keys_that_cannot_be_had_are_the_callers_concern():
    def fails() -> tuple[str, ...]:
        raise Unavailable

    with pytest.raises(Unavailable):
        client_address(scope(("x-viewer-address", "198.51.100.4"), ("x-origin-key", "the key")), fails)


@pytest.mark.parametrize(
    ("address", "network"),
    [
        ("198.51.100.4", "198.51.100.0/24"),
        ("198.51.100.255", "198.51.100.0/24"),
        ("2001:db8:1:2ff:3:4:5:6", "2001:db8:1:200::/56"),
        ("2001:db8:1:3ff::1", "2001:db8:1:300::/56"),
        ("::ffff:198.51.100.4", "198.51.100.0/24"),
        ("[2001:db8::1]", "2001:db8::/56"),
        ("fe80::1%eth0", "fe80::/56"),
        ("testclient", "testclient"),
        ("", ""),
    ],
)
def test_the_network_of_an_address(address, network):
    assert network_of(address) == network
