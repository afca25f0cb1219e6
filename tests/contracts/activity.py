"""The contract of activity."""

import uuid
from datetime import UTC, datetime, timedelta

import pytest

from app.models.moments import as_kept
from app.ports.activity import Activity, ActivityKind, ActivityRepository
from contracts.paging import everything
from support.clock import Clock


def entry(at: datetime, kind: ActivityKind = "signed_in", **fields: str) -> Activity:
    return Activity(id=str(uuid.uuid4()), kind=kind, at=at, **fields)


def all_of(activity: ActivityRepository, user_id: str, limit: int = 50) -> list[Activity]:
    return everything(activity.list, user_id, limit=limit)


class ActivityContract:
    @pytest.fixture
    def moment(self, clock: Clock) -> datetime:
        return as_kept(datetime.fromtimestamp(clock(), UTC))

    def test_returns_every_field_as_it_was_stored(
        self, activity: ActivityRepository, user_id: str, moment: datetime
    ) -> None:
        stored = [
            entry(moment, network="192.0.2.0/24", client_id="c1"),
            entry(moment - timedelta(hours=1), "password_changed"),
        ]
        for each in stored:
            activity.append(user_id, each)

        assert all_of(activity, user_id) == stored

    @pytest.mark.parametrize("limit", [1, 2, 3, 100])
    def test_pages_through_the_entries_of_one_user_the_newest_first(
        self, activity: ActivityRepository, user_id: str, other_user_id: str, moment: datetime, limit: int
    ) -> None:
        stored = [entry(moment - timedelta(hours=hours)) for hours in range(5)]
        for each in reversed(stored):
            activity.append(user_id, each)
        activity.append(other_user_id, entry(moment))

        assert all_of(activity, user_id, limit) == stored

    def test_counts_into_one_entry(
        self, activity: ActivityRepository, user_id: str, moment: datetime
    ) -> None:
        hour, next_hour = (
            entry(moment, "sign_in_failed"),
            entry(moment + timedelta(hours=1), "sign_in_failed"),
        )
        for each in (hour, hour, next_hour, hour):
            activity.count(user_id, each)

        assert [(one.at, one.count) for one in all_of(activity, user_id)] == [(next_hour.at, 1), (hour.at, 3)]

    def test_a_made_up_user_has_nothing_counted(
        self, activity: ActivityRepository, user_id: str, moment: datetime
    ) -> None:
        activity.count(user_id, entry(moment, "sign_in_failed"), of_account=False)

        assert all_of(activity, user_id) == []

    def test_shows_nothing_older_than_ninety_days(
        self, activity: ActivityRepository, user_id: str, moment: datetime
    ) -> None:
        kept = entry(moment - timedelta(days=89, hours=23))
        for each in (kept, entry(moment - timedelta(days=90, hours=1))):
            activity.append(user_id, each)

        assert all_of(activity, user_id) == [kept]

    def test_erases_the_entries_of_one_user(
        self, activity: ActivityRepository, user_id: str, other_user_id: str, moment: datetime
    ) -> None:
        for each in (user_id, user_id, other_user_id):
            activity.append(each, entry(moment))

        assert sum(activity.erase(user_id)) == 2
        assert all_of(activity, user_id) == []
        assert len(all_of(activity, other_user_id)) == 1
