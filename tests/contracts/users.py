"""The contract of user records."""

from dataclasses import replace
from datetime import timedelta

import pytest

from app.models.moments import now
from app.models.users import User, UserQuery
from app.ports.todos import TodoRepository
from app.ports.users import UserRecordMissing, UserRepository
from contracts.changes import LONG_AGO, new_id, new_todo, store
from contracts.user_search import found


def new_record(**fields: object) -> User:
    user_id = new_id()
    defaults: dict = {"created_at": LONG_AGO, "updated_at": LONG_AGO}
    return User(id=user_id, email=f"{user_id}@example.com", **{**defaults, **fields})


class UsersContract:
    @pytest.mark.parametrize(
        "user",
        [
            new_record(),
            new_record(name="Zoë 🦊", phone="+4915112345678", locale="de-DE", time_zone="Europe/Berlin"),
            new_record(todo_count=7),
            new_record(todo_count=None),
            new_record(status="disabled", tokens_valid_after=1_700_000_000, name=""),
        ],
    )
    def test_returns_every_field_as_it_was_stored(self, users: UserRepository, user: User) -> None:
        user = replace(user, id=new_id())

        assert users.create(user)

        assert users.get(user.id) == user

    def test_keeps_milliseconds(self, users: UserRepository) -> None:
        exact = LONG_AGO + timedelta(microseconds=123_999)
        user = new_record(created_at=exact, updated_at=exact)

        users.create(user)

        kept = LONG_AGO + timedelta(milliseconds=123)
        assert users.get(user.id) == replace(user, created_at=kept, updated_at=kept)

    def test_has_none_that_was_never_created(self, users: UserRepository) -> None:
        assert users.get(new_id()) is None

    def test_a_second_create_changes_nothing(self, users: UserRepository) -> None:
        user = new_record(name="Ada")
        users.create(user)

        assert users.create(replace(user, name="Eve", email="eve@example.com")) is False

        assert users.get(user.id) == user

    def test_sets_and_clears_profile_fields(self, users: UserRepository) -> None:
        user = new_record(name="Ada", phone="+441234567890")
        users.create(user)
        before = now()

        changed = users.update_profile(user.id, {"phone": None, "time_zone": "Asia/Tokyo", "locale": "ja"})

        assert changed is not None
        assert changed.updated_at >= before
        assert changed == replace(
            user,
            phone=None,
            time_zone="Asia/Tokyo",
            locale="ja",
            revision=1,
            updated_at=changed.updated_at,
        )
        assert users.get(user.id) == changed

    def test_can_clear_everything_and_clear_it_again(self, users: UserRepository) -> None:
        user = new_record(name="Ada", phone="1", locale="en", time_zone="UTC")
        users.create(user)
        nothing: dict[str, str | None] = {"name": None, "phone": None, "locale": None, "time_zone": None}

        users.update_profile(user.id, nothing)
        changed = users.update_profile(user.id, nothing)

        assert changed is not None
        assert (changed.name, changed.phone, changed.locale, changed.time_zone) == (None,) * 4

    def test_an_address_changes_and_the_search_follows(self, users: UserRepository) -> None:
        user = new_record()
        users.create(user)
        new = f"new-{user.email}"

        assert users.change_email(user.id, new, was=user.email)

        changed = users.get(user.id)
        assert changed is not None
        assert changed == replace(user, email=new, revision=1, updated_at=changed.updated_at)
        assert [match.id for match in found(users, UserQuery(email=new))] == [user.id]
        assert found(users, UserQuery(email=user.email)) == []

    def test_an_address_that_is_another_by_now_stays(self, users: UserRepository) -> None:
        user = new_record()
        users.create(user)

        assert not users.change_email(user.id, "new@example.com", was="older@example.com")
        assert not users.change_email(new_id(), "new@example.com", was="older@example.com")
        assert users.get(user.id) == user

    def test_an_address_that_is_so_already_is_so_without_a_change(self, users: UserRepository) -> None:
        user = new_record()
        users.create(user)

        assert users.change_email(user.id, user.email, was="older@example.com")
        assert users.get(user.id) == user

        users.close(user.id)
        assert not users.change_email(user.id, user.email, was="older@example.com")

    def test_the_address_of_who_is_leaving_stays(self, users: UserRepository) -> None:
        user = new_record()
        users.create(user)
        users.close(user.id)

        assert not users.change_email(user.id, "new@example.com", was=user.email)

    def test_an_empty_update_changes_nothing(self, users: UserRepository) -> None:
        user = new_record()
        users.create(user)

        assert users.update_profile(user.id, {}) == user

        assert users.get(user.id) == user

    def test_refuses_to_update_other_fields(self, users: UserRepository) -> None:
        user = new_record()
        users.create(user)

        with pytest.raises(KeyError):
            users.update_profile(user.id, {"revision": "7"})

        assert users.get(user.id) == user

    def test_sets_the_status(self, users: UserRepository) -> None:
        user = new_record()
        users.create(user)

        disabled = users.set_status(user.id, "disabled")

        assert disabled == users.get(user.id)
        assert disabled is not None
        assert (disabled.status, disabled.updated_at > LONG_AGO) == ("disabled", True)

    def test_creates_no_record_by_updating(self, users: UserRepository) -> None:
        unknown = new_id()

        assert users.update_profile(unknown, {"name": "x"}) is None
        assert users.update_profile(unknown, {}) is None
        assert users.set_status(unknown, "active") is None
        with pytest.raises(UserRecordMissing):
            users.revoke_tokens(unknown, 1)

        assert users.get(unknown) is None

    def test_revocation_never_moves_backwards(self, users: UserRepository) -> None:
        user = new_record()
        users.create(user)
        seen = []

        for moment in (100, 300, 200, 300):
            users.revoke_tokens(user.id, moment)
            seen.append(users.get(user.id))

        assert [record.tokens_valid_after for record in seen if record] == [100, 300, 300, 300]

    def test_a_write_is_visible_to_everyone_after_waiting_for_it(self, users: UserRepository) -> None:
        user = new_record()
        users.create(user)
        users.revoke_tokens(user.id, 100)

        users.wait_until_visible(user.id)

        record = users.get(user.id)
        assert record is not None
        assert record.tokens_valid_after == 100

    def test_profile_updates_and_todo_changes_leave_each_other_alone(
        self, users: UserRepository, todos: TodoRepository
    ) -> None:
        user = new_record()
        users.create(user)
        store(todos, user.id, new_todo())

        users.update_profile(user.id, {"name": "Ada"})
        store(todos, user.id, new_todo())

        record = users.get(user.id)
        assert record is not None
        assert (record.name, record.revision) == ("Ada", 3)
