"""How the local server is set up."""

from devstack.serve import configuration


def test_the_local_server_takes_the_callers_address_from_no_header():
    """uvicorn believes `X-Forwarded-For` of its own machine, unless it is set not to: each guess could have another
    address."""
    assert not configuration().proxy_headers
