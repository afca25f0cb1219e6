"""The contract of searching users."""

import uuid
from dataclasses import replace

import pytest

from app.errors import BadRequest
from app.models import User, UserQuery, UserStatus
from app.ports import UserRepository


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


def found(users: UserRepository, query: UserQuery, limit: int) -> list[list[User]]:
    """All pages."""
    pages, position = [], None
    while True:
        page = users.search(query, limit=limit, position=position)
        pages.append(list(page.items))
        if (position := page.position) is None:
            return pages


class UserSearchContract:
    def test_finds_by_the_start_of_the_address(self, users: UserRepository) -> None:
        made = people(users, "active", "active", "active")
        people(users, "active")

        page = users.search(UserQuery(email=prefix_of(made[0])), limit=10)

        assert (list(page.items), page.position) == (made, None)

    @pytest.mark.parametrize("limit", [1, 2, 3, 7])
    def test_pages_through_users_of_every_status_in_one_order(
        self, users: UserRepository, limit: int
    ) -> None:
        made = people(users, "active", "disabled", "disabled", "active", "deleting", "active", "active")

        pages = found(users, UserQuery(email=prefix_of(made[0])), limit)

        assert [user for page in pages for user in page] == made
        assert max(len(page) for page in pages) == limit

    def test_narrows_by_status(self, users: UserRepository) -> None:
        made = people(users, "active", "disabled", "active", "disabled", "disabled")
        query = UserQuery(email=prefix_of(made[0]), status="disabled")

        pages = found(users, query, 2)

        assert pages == [[made[1], made[3]], [made[4]]]

    def test_sees_a_changed_status(self, users: UserRepository) -> None:
        user, other = people(users, "active", "active")
        changed = users.set_status(user.id, "disabled")
        prefix = prefix_of(user)

        assert users.search(UserQuery(email=prefix, status="disabled"), limit=5).items == (changed,)
        assert users.search(UserQuery(email=prefix, status="active"), limit=5).items == (other,)

    def test_a_position_outlives_the_user_it_stood_at(self, users: UserRepository) -> None:
        made = people(users, "active", "active", "disabled", "active")
        query = UserQuery(email=prefix_of(made[0]))
        first = users.search(query, limit=2)

        users.delete(made[1].id)
        second = users.search(query, limit=2, position=first.position)

        assert list(second.items) == made[2:]

    def test_shows_a_profile_as_it_is_now(self, users: UserRepository) -> None:
        (user,) = people(users, "active")
        changed = users.update_profile(user.id, {"name": "Ada"})

        assert changed == replace(user, name="Ada", updated_at=changed.updated_at)
        assert users.search(UserQuery(email=prefix_of(user)), limit=1).items == (changed,)

    def test_finds_nobody(self, users: UserRepository) -> None:
        page = users.search(UserQuery(email=uuid.uuid4().hex), limit=10)

        assert (page.items, page.position) == ((), None)

    def test_refuses_a_position_that_is_none(self, users: UserRepository) -> None:
        with pytest.raises(BadRequest):
            users.search(UserQuery(), limit=1, position="not json")
