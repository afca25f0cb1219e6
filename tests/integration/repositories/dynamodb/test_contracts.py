"""DynamoDB by the emulator, over HTTP: what every engine must do, and what is asked of this one alone."""

from contracts.feed_races import FeedRacesContract
from contracts.races import RacesContract
from contracts.storage import *  # noqa: F403
from engines.dynamodb.suites import *  # noqa: F403


class TestRaces(RacesContract, FeedRacesContract):
    """moto takes one call at a time, so only here."""
