"""Make requests for the functions in the cache's network, which has no route out: see `app.aws.egress_relay`."""

from app.cold_start import frozen_imports

with frozen_imports():
    from functools import cache

    from app.aws.egress_relay import Relay, RelayRequest, RelayResponse
    from app.config.egress import EgressSettings
    from app.logs import configure_logging


def handler(event: RelayRequest, _context: object) -> RelayResponse:
    """Make one request. IAM decides which functions may invoke this one."""
    return relay().forward(event)


@cache
def relay() -> Relay:
    settings = EgressSettings.from_env()
    configure_logging("INFO", settings.stack_name)
    return Relay(settings.egress_origins)
