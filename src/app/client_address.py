"""The address that a request comes from: the one place that decides which source of it to believe.

Behind the site's distribution, the gateway sees CloudFront as its peer. A function of the distribution writes the
viewer's address into `X-Viewer-Address`, replacing what the viewer sent, and the distribution adds `X-Origin-Key`,
which it shares with the API alone. Without that key the header is the caller's own and is ignored, as
`X-Forwarded-For` always is: the gateway appends to what the caller wrote there.
"""

import hmac
from collections.abc import Callable, Mapping
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from typing import Any

VIEWER_ADDRESS = b"x-viewer-address"
ORIGIN_KEY = b"x-origin-key"

_PREFIXES = {4: 24, 6: 56}
"""Bits. A home or a phone has one IPv4 address, often with its neighbours behind the same one, and a prefix of IPv6
between 48 and 64 bits, within which it takes new addresses at will."""


def client_address(scope: Mapping[str, Any], origin_keys: Callable[[], tuple[str, ...]]) -> str:
    """Return the address of the client of an ASGI request.

    `origin_keys` gives the keys that the distribution may send; it is called only for a request that carries one, and
    may raise `app.errors.Unavailable`.
    """
    event = scope.get("aws.event")
    if event is None:  # a server of ASGI: no distribution in front
        peer = scope.get("client")
        return str(peer[0]) if peer else ""
    viewer, key = _header(scope, VIEWER_ADDRESS), _header(scope, ORIGIN_KEY)
    if viewer and key and any(hmac.compare_digest(key, known.encode()) for known in origin_keys()):
        return viewer.decode("latin-1")
    return str(event["requestContext"]["http"]["sourceIp"])


def network_of(address: str) -> str:
    """The /24 of an IPv4 address, the /56 of an IPv6 address; of anything else, itself."""
    try:
        found: IPv4Address | IPv6Address = ip_address(address.strip().strip("[]").partition("%")[0])
    except ValueError:
        return address
    if isinstance(found, IPv6Address) and found.ipv4_mapped is not None:
        found = found.ipv4_mapped
    return str(ip_network((found, _PREFIXES[found.version]), strict=False))


def _header(scope: Mapping[str, Any], name: bytes) -> bytes | None:
    """The value of a header that was sent once. Of two, one may be the caller's: neither is believed."""
    values = [value for sent, value in scope["headers"] if sent.lower() == name]
    return values[0] if len(values) == 1 else None
