"""How much a user may download in a day: what S3 sends out costs more than what it keeps."""

import math
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta

from app.errors import TooManyRequests
from app.models.moments import now
from app.ports.downloads import DownloadRepository

MEBIBYTE = 1024 * 1024


class DownloadLimitReached(TooManyRequests):
    default_code = "download_limit_reached"
    default_detail = "The downloads of a day are used up. They begin again at midnight, UTC."

    def __init__(self, seconds: float) -> None:
        super().__init__(headers={"Retry-After": str(max(1, math.ceil(seconds)))})


@dataclass(frozen=True, slots=True)
class DownloadAllowance:
    """`mebibytes` for each user and day in UTC. Links count when they are made: what is fetched by them is not
    reported by S3."""

    counters: DownloadRepository
    mebibytes: int
    clock: Callable[[], datetime] = now

    def take(self, user_id: str, size: int) -> None:
        """Raises:
        DownloadLimitReached
        """
        moment = self.clock().astimezone(UTC)
        if self.counters.take(user_id, moment.date(), size, self.mebibytes * MEBIBYTE):
            return
        midnight = datetime.combine(moment.date() + timedelta(days=1), time(), UTC)
        raise DownloadLimitReached((midnight - moment).total_seconds())
