"""User records in PostgreSQL. `revision` and `todo_count` are changed by the to-dos' statements alone."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import fields

from app.errors import InvalidCursor
from app.models import Page, Position, User, UserQuery, UserStatus, now, timestamp
from app.ports import UserRecordMissing
from app.repositories.postgres.database import Database, Row, Statement, Value

_FIELDS = {field.name for field in fields(User)} - {"id"}
_PROFILE = {name: name for name in ("name", "phone", "locale", "time_zone")}
_STAYS = "user_id = :user_id AND status <> 'deleting'"
_NOW = "updated_at = CAST(:now AS timestamptz)"
_LAST = "\U0010ffff"
"""Sorts after whatever an address goes on with."""

_GET = Statement("get a user", "SELECT * FROM users WHERE user_id = :user_id")
_GET_MANY = Statement(
    "get users",
    """
    SELECT users.* FROM json_array_elements_text(CAST(:user_ids AS json)) WITH ORDINALITY AS wanted (user_id, place)
    JOIN users ON users.user_id = wanted.user_id ORDER BY place
    """,
)
_CREATE = Statement(
    "create a user",
    """
    INSERT INTO users (user_id, email, name, phone, locale, time_zone, status, revision, todo_count,
        tokens_valid_after, created_at, updated_at)
    VALUES (:user_id, :email, :name, :phone, :locale, :time_zone, :status, :revision, :todo_count,
        :tokens_valid_after, CAST(:created_at AS timestamptz), CAST(:updated_at AS timestamptz))
    ON CONFLICT DO NOTHING RETURNING user_id
    """,
)
_given = {name: f"CAST(:{name} AS text)" for name in _PROFILE}
_FILL = Statement(
    "fill a profile",
    f"""
    UPDATE users SET {", ".join(f"{name} = COALESCE({name}, {value})" for name, value in _given.items())}, {_NOW}
    WHERE {_STAYS} AND ({" OR ".join(f"({name} IS NULL AND {value} IS NOT NULL)" for name, value in _given.items())})
    RETURNING *
    """,  # noqa: S608 - the names of the columns above
)
_CHANGE_EMAIL = Statement(
    "change an address",
    f"UPDATE users SET email = :email, {_NOW} WHERE {_STAYS} AND email = :was RETURNING *",  # noqa: S608
)
_SET_STATUS = Statement(
    "set a status",
    f"UPDATE users SET status = :status, {_NOW} WHERE {_STAYS} RETURNING *",  # noqa: S608
)
_CLOSE = Statement(
    "close a user",
    "UPDATE users SET status = 'deleting', revision = revision + 1 WHERE user_id = :user_id RETURNING *",
)
_DELETE = Statement("delete a user", "DELETE FROM users WHERE user_id = :user_id RETURNING user_id")
_REVOKE = Statement(
    "revoke tokens",
    """
    UPDATE users SET tokens_valid_after = GREATEST(tokens_valid_after, :valid_after),
        updated_at = CASE WHEN tokens_valid_after < :valid_after THEN CAST(:now AS timestamptz) ELSE updated_at END
    WHERE user_id = :user_id RETURNING user_id
    """,
)


class PostgresUsers:
    """The `UserRepository` over the table `users`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def get(self, user_id: str) -> User | None:
        return _first(self._database.read(_GET, user_id=user_id))

    def get_many(self, user_ids: Sequence[str]) -> Sequence[User]:
        return [_user(row) for row in self._database.read(_GET_MANY, user_ids=json.dumps(user_ids))]

    def create(self, user: User) -> bool:
        return bool(self._database.write(_CREATE, **_values(user)))

    def update_profile(self, user_id: str, changes: dict[str, str | None]) -> User | None:
        if not changes:
            return self.get(user_id)
        values = {_PROFILE[field]: value for field, value in changes.items()}
        changed = ", ".join(f"{name} = :{name}" for name in values)
        update = Statement(
            "update a profile",
            f"UPDATE users SET {changed}, {_NOW} WHERE user_id = :user_id RETURNING *",  # noqa: S608
        )
        return _first(self._database.write(update, user_id=user_id, now=_now(), **values))

    def fill_profile(self, user_id: str, values: Mapping[str, str]) -> None:
        given = {name: values.get(name) for name in _PROFILE}
        self._database.write(_FILL, user_id=user_id, now=_now(), **given)

    def change_email(self, user_id: str, email: str, *, was: str) -> bool:
        return bool(self._database.write(_CHANGE_EMAIL, user_id=user_id, email=email, was=was, now=_now()))

    def set_status(self, user_id: str, status: UserStatus) -> User | None:
        return _first(self._database.write(_SET_STATUS, user_id=user_id, status=status, now=_now()))

    def close(self, user_id: str) -> User | None:
        """A change of a to-do that has read the revision before fails, and finds the status when it tries again."""
        return _first(self._database.write(_CLOSE, user_id=user_id))

    def delete(self, user_id: str) -> bool:
        return bool(self._database.write(_DELETE, user_id=user_id))

    def search(self, query: UserQuery, *, limit: int, position: Position | None = None) -> Page[User]:
        conditions, values = _conditions(query, position)
        search = Statement(
            "search users",
            f"SELECT * FROM users WHERE {conditions} ORDER BY email, user_id LIMIT :limit",  # noqa: S608
        )
        found = tuple(map(_user, self._database.read(search, limit=limit + 1, **values)))
        return Page(found[:limit], _position(found[limit - 1]) if len(found) > limit else None)

    def revoke_tokens(self, user_id: str, valid_after: int) -> None:
        if not self._database.write(_REVOKE, user_id=user_id, valid_after=valid_after, now=_now()):
            raise UserRecordMissing

    def wait_until_visible(self, user_id: str) -> None:
        """Each statement sees what was committed before it."""


def _conditions(query: UserQuery, position: Position | None) -> tuple[str, dict[str, Value]]:
    conditions = ["email >= :email", "email < :end"]
    values: dict[str, Value] = {"email": query.email, "end": query.email + _LAST}
    if query.status is not None:
        conditions.append("status = :status")
        values["status"] = query.status
    if position is not None:
        conditions.append("(email, user_id) > (:after_email, :after_user_id)")
        values["after_email"], values["after_user_id"] = _at(position)
    return " AND ".join(conditions), values


def _position(user: User) -> Position:
    return Position(json.dumps([user.email, user.id]))


def _at(position: Position) -> tuple[str, str]:
    try:
        email, user_id = json.loads(position)
    except (TypeError, ValueError, RecursionError):
        raise InvalidCursor from None
    if not (isinstance(email, str) and isinstance(user_id, str)):
        raise InvalidCursor
    return email, user_id


def _now() -> str:
    return timestamp(now())


def _values(user: User) -> dict[str, Value]:
    times = {"created_at": timestamp(user.created_at), "updated_at": timestamp(user.updated_at)}
    return {name: getattr(user, name) for name in _FIELDS} | {"user_id": user.id, **times}


def _first(rows: Sequence[Row]) -> User | None:
    return _user(rows[0]) if rows else None


def _user(row: Row) -> User:
    return User(id=row["user_id"], **{name: row[name] for name in _FIELDS})
