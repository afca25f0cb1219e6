"""The contract of searching users."""

import uuid
from dataclasses import replace

import pytest

from app.errors import BadRequest
from app.models.users import User, UserQuery, UserStatus
from app.ports.users import UserRepository
from contracts.paging import everything


def people(users: UserRepository, *statuses: UserStatus) -> list[User]:
    """New users whose addresses begin with a prefix of their own, in the order of their addresses."""
    prefix = uuid.uuid4().hex
    made = [
        User(id=str(uuid.uuid4()), email=f"{prefix}-{number:03}@example.com", status=status)
        for number, status in enumerate(statuses)
    ]
    for user in reversed(made):
        users.create(user)
    return made


def prefix_of(user: User) -> str:
    return user.email.partition("-")[0]


def found(users: UserRepository, query: UserQuery, limit: int = 10) -> list[User]:
    return everything(users.search, query, limit=limit)


class UserSearchContract:
    def test_finds_by_the_start_of_the_address(self, users: UserRepository) -> None:
        made = people(users, "active", "active", "active")
        people(users, "active")

        assert found(users, UserQuery(email=prefix_of(made[0]))) == made

    @pytest.mark.parametrize("limit", [1, 2, 3, 7])
    def test_pages_through_users_of_every_status_in_one_order(
        self, users: UserRepository, limit: int
    ) -> None:
        made = people(users, "active", "disabled", "disabled", "active", "deleting", "active", "active")

        assert found(users, UserQuery(email=prefix_of(made[0])), limit) == made

    def test_two_users_with_one_address_are_both_found(self, users: UserRepository) -> None:
        """One of them is leaving, say."""
        (made,) = people(users, "deleting")
        users.create(replace(made, id=str(uuid.uuid4()), status="active"))

        listed = found(users, UserQuery(email=made.email), 1)

        assert [user.email for user in listed] == [made.email] * 2

    @pytest.mark.parametrize("limit", [1, 2, 10])
    def test_narrows_by_status(self, users: UserRepository, limit: int) -> None:
        made = people(users, "active", "disabled", "active", "disabled", "disabled")
        query = UserQuery(email=prefix_of(made[0]), status="disabled")

        assert found(users, query, limit) == [made[1], made[3], made[4]]

    def test_sees_a_changed_status(self, users: UserRepository) -> None:
        user, other = people(users, "active", "active")
        changed = users.set_status(user.id, "disabled")
        prefix = prefix_of(user)

        assert found(users, UserQuery(email=prefix, status="disabled")) == [changed]
        assert found(users, UserQuery(email=prefix, status="active")) == [other]

    def test_a_position_outlives_the_user_it_stood_at(self, users: UserRepository) -> None:
        made = people(users, "active", "active", "disabled", "active")
        query = UserQuery(email=prefix_of(made[0]))
        listed, position = [], None
        while True:
            page = users.search(query, limit=1, position=position)
            listed += page.items
            if (position := page.position) is None:
                break
            for user in page.items:
                users.delete(user.id)

        assert listed == made

    def test_shows_a_profile_as_it_is_now(self, users: UserRepository) -> None:
        (user,) = people(users, "active")
        changed = users.update_profile(user.id, {"name": "Ada"})

        assert changed is not None
        assert changed == replace(user, name="Ada", revision=1, updated_at=changed.updated_at)
        assert found(users, UserQuery(email=prefix_of(user))) == [changed]

    def test_finds_no_user_where_there_is_none(self, users: UserRepository) -> None:
        assert found(users, UserQuery(email=uuid.uuid4().hex)) == []

    @pytest.mark.parametrize("position", ["not json", "", "[]", "null", "7", '"x"', "[1, 2]", '["a"]'])
    def test_refuses_a_position_that_is_none(self, users: UserRepository, position: str) -> None:
        with pytest.raises(BadRequest) as refused:
            users.search(UserQuery(), limit=1, position=position)

        assert refused.value.code == "invalid_cursor"
