"""Storage in memory, on which tests of services and routes stand: it does what every engine must do."""

from contracts.feed_races import FeedRacesContract
from contracts.races import RacesContract
from contracts.storage import *  # noqa: F403


class TestRaces(RacesContract, FeedRacesContract):
    pass
