"""The contract of limits: counters that say how long to wait."""

from app.limit_settings import Limit
from app.ports.limits import LimitRepository
from support.clock import Clock

PLAIN = Limit(3, 900)
WAITING = Limit(5, 900, free=2)


class LimitsContract:
    def test_the_limit_holds_until_the_window_is_over(
        self, limits: LimitRepository, clock: Clock, key: str
    ) -> None:
        counted = [limits.take(key, PLAIN) for _ in range(3)]
        clock.now += 300
        refused = [limits.take(key, PLAIN) for _ in range(2)]
        clock.now += 600

        assert counted == [0, 0, 0]
        assert refused == [600, 600]
        assert [limits.take(key, PLAIN) for _ in range(3)] == [0, 0, 0]
        assert limits.take(key, PLAIN) == 900

    def test_each_use_after_the_free_ones_waits_for_twice_as_long(
        self, limits: LimitRepository, clock: Clock, key: str
    ) -> None:
        waits = []
        for _ in range(5):
            if wait := limits.take(key, WAITING):
                waits.append(wait)
                clock.now += wait
                assert limits.take(key, WAITING) == 0

        assert waits == [1, 2, 4]
        assert limits.take(key, WAITING) == 900 - sum(waits)

    def test_keys_do_not_share_a_counter(self, limits: LimitRepository, key: str) -> None:
        for _ in range(3):
            limits.take(key, PLAIN)

        assert limits.take(key, PLAIN) > 0
        assert limits.take(f"{key}-other", PLAIN) == 0

    def test_what_is_given_back_may_be_taken_again(self, limits: LimitRepository, key: str) -> None:
        limits.give_back(key)
        for _ in range(3):
            limits.take(key, PLAIN)
        limits.give_back(key)

        assert [limits.take(key, PLAIN) > 0 for _ in range(2)] == [False, True]

    def test_what_is_given_back_makes_no_wait_longer(self, limits: LimitRepository, key: str) -> None:
        for _ in range(150):
            assert limits.take(key, WAITING) == 0
            limits.give_back(key)

        assert [limits.take(key, WAITING) for _ in range(3)] == [0, 0, 1]

    def test_no_wait_is_longer_than_the_window(self, limits: LimitRepository, clock: Clock, key: str) -> None:
        limit = Limit(100, 10, free=2)
        ends = clock.now + 10
        while (wait := limits.take(key, limit)) < ends - clock.now:
            clock.now += wait

        clock.now += wait

        assert clock.now == ends
        assert limits.take(key, limit) == 0

    def test_a_cleared_counter_begins_again(self, limits: LimitRepository, key: str) -> None:
        limits.clear(key)
        for _ in range(3):
            limits.take(key, WAITING)
        limits.clear(key)

        assert [limits.take(key, WAITING) > 0 for _ in range(3)] == [False, False, True]
