"""The web pages that may call the servers of this machine.

A browser lets any page send requests to 127.0.0.1, and only keeps the answer from it. So a server that acts on what
it is sent must look at what the browser says of the page:

- `Host`: the name in the page's URL. A foreign one means DNS rebinding: a domain that now resolves to this machine,
  whose pages would count as ours. Only names that DNS cannot redirect are accepted.
- `Origin`: the page itself, on each request but plain GETs.
- `Sec-Fetch-Site`: how page and server relate, on each request (https://www.w3.org/TR/fetch-metadata/).

Programs send none of the last two.
"""

import ipaddress
import re
from collections.abc import Collection, Sequence

from devstack.ports import HOST, HOST_V6, authority

Headers = Sequence[tuple[bytes, bytes]]
"""As in an ASGI scope: names in lower case."""

_AUTHORITY = re.compile(r"(?P<host>\[[0-9a-f:.]+\]|[a-z0-9.-]+)(:\d{1,5})?", re.IGNORECASE)
_LOCAL_NAMES = ("localhost", HOST)


def own_origins(port: int) -> list[str]:
    """The origins under which a server on `port` of this machine is opened."""
    return [f"http://{authority(host, port)}" for host in (HOST, HOST_V6, "localhost")]


def foreign_host(headers: Headers) -> str | None:
    """Why the request is refused for its `Host`; None if it is local."""
    hosts = values(headers, b"host")
    return None if len(hosts) == 1 and is_local(hosts[0]) else "This server answers to local names only."


def foreign_origin(headers: Headers, allowed: Collection[str]) -> str | None:
    """Why the request is refused for its `Origin`; None without one, and for those that are `allowed`."""
    refused = any(origin not in allowed for origin in values(headers, b"origin"))
    return "This origin is not allowed." if refused else None


def foreign_site(headers: Headers, foreign: Collection[str] = ("cross-site",)) -> str | None:
    """Why the request is refused for `Sec-Fetch-Site`. Where there is an `Origin`, that says more.

    All ports of a host are one site: to keep out other servers of this machine, name `same-site` among the foreign.
    """
    crosses = any(site in foreign for site in values(headers, b"sec-fetch-site"))
    return "Pages of other sites are not allowed." if crosses and not values(headers, b"origin") else None


def is_local(authority: str) -> bool:
    """Return whether DNS cannot redirect `authority` (`host[:port]`): an address, or a name under `localhost`."""
    match = _AUTHORITY.fullmatch(authority)
    if match is None:
        return False
    host = match["host"].lower()
    return _is_address(host) or any(host == name or host.endswith(f".{name}") for name in _LOCAL_NAMES)


def values(headers: Headers, name: bytes) -> list[str]:
    """Every value that was sent of one header."""
    return [value.decode("latin-1") for header, value in headers if header == name]


def _is_address(host: str) -> bool:
    try:
        ipaddress.ip_address(host.strip("[]"))
    except ValueError:
        return False
    return True
