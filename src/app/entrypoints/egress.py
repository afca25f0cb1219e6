"""Makes requests for the functions in the cache's network, which nothing leads out of: see `app.aws.egress_relay`."""

from functools import cache

from app.aws.egress_relay import Brought, Carrier, Handed
from app.config import EgressSettings
from app.logs import configure_logging


def handler(event: Handed, _context: object) -> Brought:
    """Make one request. Who may ask for it is whom Lambda lets call this function."""
    return carrier().carry(event)


@cache
def carrier() -> Carrier:
    settings = EgressSettings.from_env()
    configure_logging("INFO", settings.stack_name)
    return Carrier(settings.egress_origins)
