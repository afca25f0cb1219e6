"""Accounts on the wire."""

import re
from collections.abc import Iterable
from typing import Annotated, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, Field
from pydantic.alias_generators import to_camel

from app.models.users import User
from app.ports.folder_credentials import FolderCredentials
from app.schemas.common import ONE_LINE, AnswerModel, ApiModel, DateTime, ShownEmail, UserId, invalid
from app.schemas.enums import UserStatus
from app.text import one_line

# RFC 5646, without extensions, private use and grandfathered tags: language, script, region, variants.
_LOCALE = re.compile(
    r"[A-Za-z]{2,3}(-[A-Za-z]{4})?(-([A-Za-z]{2}|\d{3}))?(-([A-Za-z0-9]{5,8}|\d[A-Za-z0-9]{3})){0,3}",
    re.ASCII,
)

_EXAMPLE = {
    "id": "5f0c2f6e-8a3b-4f5e-9a51-0d6f2b1c7e55",
    "email": "ada@example.com",
    "name": "Ada Lovelace",
    "phone": "+442079460000",
    "locale": "en-GB",
    "timeZone": "Europe/London",
    "createdAt": "2026-11-21T09:30:00.000Z",
    "updatedAt": "2026-11-21T09:30:00.000Z",
}


def _locale(value: str) -> str:
    if not _LOCALE.fullmatch(value):
        raise invalid("locale_format", "This must be a language tag (BCP 47) such as en-GB.")
    return value


def _time_zone(value: str) -> str:
    from app.schemas.time_zones import time_zones

    if value not in time_zones():
        raise invalid("time_zone", "This must be an IANA time zone such as Europe/London.")
    return value


Name = Annotated[
    str, Field(min_length=1, max_length=100, examples=["Ada Lovelace"]), ONE_LINE, AfterValidator(one_line)
]
"""Cleaned as one that comes by an SDK is, so that an account has the same name by every path."""
Phone = Annotated[
    str, Field(pattern=r"^\+[1-9][0-9]{6,14}$", description="E.164.", examples=["+442079460000"])
]
Locale = Annotated[
    str,
    Field(
        max_length=35,
        description="A language tag (BCP 47).",
        examples=["en-GB"],
        json_schema_extra={"pattern": f"^{_LOCALE.pattern}$"},
    ),
    AfterValidator(_locale),
]
TimeZone = Annotated[
    str,
    Field(max_length=64, description="The name of a time zone of IANA's.", examples=["Europe/London"]),
    AfterValidator(_time_zone),
]


class ProfilePatch(ApiModel):
    """JSON merge patch (RFC 7396): an absent field is untouched, `null` clears it."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"locale": "en-GB"}]})

    name: Name | None = None
    phone: Phone | None = None
    locale: Locale | None = None
    time_zone: TimeZone | None = None

    def changes(self) -> dict[str, str | None]:
        return {field: getattr(self, field) for field in self.model_fields_set}


class _Profile(AnswerModel):
    id: UserId
    email: ShownEmail
    name: str | None
    phone: str | None
    locale: str | None
    time_zone: str | None


class Profile(_Profile):
    """The caller's profile."""

    model_config = ConfigDict(json_schema_extra={"examples": [{**_EXAMPLE}]})

    created_at: DateTime
    updated_at: DateTime

    @classmethod
    def of(cls, user: User) -> Self:
        return cls(**_profile(user), created_at=user.created_at, updated_at=user.updated_at)


class TodoUsage(BaseModel):
    """How many to-dos the caller has, and the most they may keep."""

    model_config = ConfigDict(alias_generator=to_camel, populate_by_name=True)

    todos: int | None = Field(description="`null`: not counted yet; the next change of a to-do counts them.")
    max_todos: int


class Me(_Profile):
    """The caller's own account."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [{**_EXAMPLE, "groups": [], "usage": {"todos": 41, "maxTodos": 10_000}}]
        }
    )

    groups: list[str] = Field(description="The groups that the access token names.")
    usage: TodoUsage
    created_at: DateTime
    updated_at: DateTime

    @classmethod
    def of(cls, user: User, groups: Iterable[str], todo_quota: int) -> Self:
        return cls(
            **_profile(user),
            groups=sorted(groups),
            usage=TodoUsage(todos=user.todo_count, max_todos=todo_quota),
            created_at=user.created_at,
            updated_at=user.updated_at,
        )


class UserAccount(_Profile):
    """An account as administrators see it."""

    model_config = ConfigDict(json_schema_extra={"examples": [{**_EXAMPLE, "status": "active"}]})

    status: UserStatus
    created_at: DateTime
    updated_at: DateTime

    @classmethod
    def of(cls, user: User) -> Self:
        return cls(
            **_profile(user), status=user.status, created_at=user.created_at, updated_at=user.updated_at
        )


class CredentialsRequest(ApiModel):
    """The caller's ID token, as Cognito's identity pool asks for it."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"idToken": "eyJraWQi..."}]})

    id_token: str = Field(
        min_length=1,
        max_length=8192,
        pattern=r"^[\x21-\x7e]+$",
        description="The caller's own, as `/v1/auth/login` gives it.",
        repr=False,
    )


class FolderAccess(AnswerModel):
    """Temporary AWS credentials, and the folder that they open."""

    model_config = ConfigDict(
        from_attributes=True,
        json_schema_extra={
            "examples": [
                {
                    "accessKeyId": "ASIA...",
                    "secretAccessKey": "...",
                    "sessionToken": "...",
                    "expiresAt": "2026-11-21T10:30:00.000Z",
                    "region": "us-east-1",
                    "bucket": "app-data",
                    "prefix": "users/5f0c2f6e-8a3b-4f5e-9a51-0d6f2b1c7e55/",
                }
            ]
        },
    )

    access_key_id: str
    secret_access_key: str = Field(repr=False)
    session_token: str = Field(repr=False)
    expires_at: DateTime
    region: str
    bucket: str
    prefix: str = Field(description="What every key that they may read begins with.")

    @classmethod
    def of(cls, credentials: FolderCredentials) -> Self:
        return cls.model_validate(credentials)


def _profile(user: User) -> dict[str, str | None]:
    return {field: getattr(user, field) for field in _Profile.model_fields}
