"""How DynamoDB pages through users: full pages, merged from the partitions of every status."""

import pytest

from app.models.users import UserQuery
from app.ports.users import UserRepository
from contracts.user_search import people, prefix_of


class TestDirectory:
    @pytest.mark.parametrize("limit", [1, 2, 3, 7])
    def test_every_page_but_the_last_is_full(self, users: UserRepository, limit: int) -> None:
        made = people(users, "active", "disabled", "disabled", "active", "deleting", "active", "active")
        sizes, position = [], None

        while not sizes or position is not None:
            page = users.search(UserQuery(email=prefix_of(made[0])), limit=limit, position=position)
            sizes.append(len(page.items))
            position = page.position

        assert set(sizes[:-1]) <= {limit}
        assert sum(sizes) == 7
