"""User records in PostgreSQL.

A change of a profile raises `revision`, and writes the pointer to the profile in the same statement. `todo_count` is
changed by the to-dos' statements alone.
"""

import json
from collections.abc import Mapping, Sequence
from contextlib import suppress
from functools import partial

from app.models.moments import now, timestamp
from app.models.pages import Page, Position
from app.models.users import User, UserQuery, UserStatus
from app.ports.users import UserRecordMissing
from app.repositories.postgres.database import AnswerLost, Database
from app.repositories.postgres.pointers import pointing_to_profile
from app.repositories.postgres.records import LAST, position_of, record_of, row_of, values_at
from app.repositories.postgres.statements import GET_USER, Row, Statement, Value, paged

_user = partial(record_of, User, id_column="user_id")
_PROFILE = {name: name for name in ("name", "phone", "locale", "time_zone")}

_GET_MANY = Statement(
    "get users",
    """
    SELECT to_json(users) FROM json_array_elements_text(CAST(:user_ids AS json)) WITH ORDINALITY AS wanted (id, place)
    JOIN users ON user_id = id ORDER BY place
    """,
)
_stays = "status <> 'deleting'"
_CREATE = Statement(
    "create a user",
    pointing_to_profile(
        """
    INSERT INTO users (user_id, email, name, phone, locale, time_zone, status, revision, todo_count,
        tokens_valid_after, created_at, updated_at)
    VALUES (:user_id, :email, :name, :phone, :locale, :time_zone, :status, :revision, CAST(:todo_count AS integer),
        :tokens_valid_after, CAST(:created_at AS timestamptz), CAST(:updated_at AS timestamptz))
    ON CONFLICT DO NOTHING RETURNING *
    """
    ),
)


def _update(name: str, changes: str, where: str) -> Statement:
    update = f"""
        UPDATE users SET {changes}, updated_at = CAST(:now AS timestamptz), revision = revision + 1
        WHERE user_id = :user_id AND {_stays} AND {where} RETURNING *
    """  # noqa: S608 - the names of columns
    return Statement(name, pointing_to_profile(update))


_given = {name: f"CAST(:{name} AS text)" for name in _PROFILE}
_FILL = _update(
    "fill a profile",
    ", ".join(f"{name} = COALESCE({name}, {value})" for name, value in _given.items()),
    "(" + " OR ".join(f"{name} IS NULL AND {it} IS NOT NULL" for name, it in _given.items()) + ")",
)
_CHANGE_EMAIL = _update("change an address", "email = :email", "email = :was")
_SET_STATUS = _update("set a status", "status = :status", "TRUE")
_CLOSE = Statement(
    "close a user",
    "UPDATE users SET status = 'deleting', revision = revision + 1 WHERE user_id = :user_id RETURNING to_json(users)",
)
_DELETE = Statement("delete a user", "DELETE FROM users WHERE user_id = :user_id RETURNING to_json(users)")
_REVOKE = Statement(
    "revoke tokens",
    """
    UPDATE users SET tokens_valid_after = GREATEST(tokens_valid_after, :valid_after),
        updated_at = CASE WHEN tokens_valid_after < :valid_after THEN CAST(:now AS timestamptz) ELSE updated_at END
    WHERE user_id = :user_id RETURNING to_json(users)
    """,
)


class PostgresUsers:
    """The `UserRepository` over the table `users`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def get(self, user_id: str) -> User | None:
        return _first(self._database.read(GET_USER, user_id=user_id))

    def get_many(self, user_ids: Sequence[str]) -> Sequence[User]:
        return [_user(row) for row in self._database.read(_GET_MANY, user_ids=json.dumps(user_ids))]

    def create(self, user: User) -> bool:
        return bool(self._database.write(_CREATE, **row_of(user, "user_id")))

    def update_profile(self, user_id: str, changes: dict[str, str | None]) -> User | None:
        if not changes:
            return self.get(user_id)
        values = {_PROFILE[field]: value for field, value in changes.items()}
        changed = ", ".join(f"{name} = :{name}" for name in values)
        update = _update("update a profile", changed, "TRUE")
        return _first(self._database.write(update, user_id=user_id, now=_now(), **values))

    def fill_profile(self, user_id: str, values: Mapping[str, str]) -> None:
        given = {name: values.get(name) for name in _PROFILE}
        self._database.write(_FILL, user_id=user_id, now=_now(), **given)

    def change_email(self, user_id: str, email: str, *, was: str) -> bool:
        """An address that is so already, as when only the answer was lost, is so."""
        values = {"user_id": user_id, "email": email, "was": was, "now": _now()}
        with suppress(AnswerLost):
            if self._database.write(_CHANGE_EMAIL, **values):
                return True
        user = self.get(user_id)
        return user is not None and user.status != "deleting" and user.email == email

    def set_status(self, user_id: str, status: UserStatus) -> User | None:
        return _first(self._database.write(_SET_STATUS, user_id=user_id, status=status, now=_now()))

    def close(self, user_id: str) -> User | None:
        """A change of a to-do that has read the revision before fails, and finds the status when it tries again."""
        return _first(self._database.write(_CLOSE, user_id=user_id))

    def delete(self, user_id: str) -> bool:
        return bool(self._database.write(_DELETE, user_id=user_id))

    def search(self, query: UserQuery, *, limit: int, position: Position | None = None) -> Page[User]:
        conditions, values = _conditions(query, position)
        statement = paged("search users", "users", conditions, "email, user_id")
        found, has_more = self._database.page(statement, limit=limit, **values)
        position = position_of(found[-1], ("email", "user_id")) if has_more else None
        return Page(tuple(map(_user, found)), position)

    def revoke_tokens(self, user_id: str, valid_after: int) -> None:
        if not self._database.write(_REVOKE, user_id=user_id, valid_after=valid_after, now=_now()):
            raise UserRecordMissing

    def wait_until_visible(self, user_id: str) -> None:
        """Each statement sees what was committed before it."""


def _conditions(query: UserQuery, position: Position | None) -> tuple[str, dict[str, Value]]:
    conditions = ["email >= :email", "email < :end"]
    values: dict[str, Value] = {"email": query.email, "end": query.email + LAST}
    if query.status is not None:
        conditions.append("status = :status")
        values["status"] = query.status
    if position is not None:
        conditions.append("(email, user_id) > (:after_email, :after_user_id)")
        values["after_email"], values["after_user_id"] = values_at(position, str, str)
    return " AND ".join(conditions), values


def _now() -> str:
    return timestamp(now())


def _first(rows: Sequence[Row]) -> User | None:
    return _user(rows[0]) if rows else None
