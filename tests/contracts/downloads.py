"""The contract of the bytes that a user may download in a day."""

from concurrent.futures import ThreadPoolExecutor
from datetime import date

from app.ports.downloads import DownloadRepository

DAY, NEXT_DAY = date(2026, 11, 29), date(2026, 11, 30)


class DownloadsContract:
    def test_adds_up_to_the_limit_and_not_beyond(self, downloads: DownloadRepository, user_id: str) -> None:
        taken = [downloads.take(user_id, DAY, size, limit=100) for size in (60, 41, 40, 1)]

        assert taken == [True, False, True, False]

    def test_each_day_and_each_user_has_its_own(
        self, downloads: DownloadRepository, user_id: str, other_user_id: str
    ) -> None:
        assert downloads.take(user_id, DAY, 100, limit=100)
        assert downloads.take(user_id, NEXT_DAY, 100, limit=100)
        assert downloads.take(other_user_id, DAY, 100, limit=100)
        assert not downloads.take(user_id, DAY, 1, limit=100)

    def test_the_first_of_a_day_is_never_too_large(self, downloads: DownloadRepository, user_id: str) -> None:
        assert downloads.take(user_id, DAY, 500, limit=100)
        assert not downloads.take(user_id, DAY, 1, limit=100)

    def test_those_at_the_same_time_do_not_pass_together(
        self, downloads: DownloadRepository, user_id: str
    ) -> None:
        with ThreadPoolExecutor(8) as threads:
            taken = list(threads.map(lambda _: downloads.take(user_id, DAY, 10, limit=50), range(12)))

        assert sum(taken) == 5
