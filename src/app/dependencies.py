"""Annotated dependencies, so that a route reads like prose. Dependencies of a single router are defined there."""

from collections.abc import Awaitable, Callable
from functools import partial
from typing import TYPE_CHECKING, Annotated, Any, NamedTuple, TypeVar, cast

from fastapi import Depends, Header, Request
from pydantic import JsonValue

from app.auth.admin_gate import is_admin
from app.auth.principal import Principal
from app.errors import Forbidden, Unauthenticated
from app.models.users import RecentAccount, User
from app.services.accounts import Accounts, admits
from app.services.todos import Todos
from app.threads import Deferred

if TYPE_CHECKING:
    from app.container import Container

T = TypeVar("T")


def given(part: Callable[["Container"], T]) -> Any:
    """A part of the application's container, as a dependency."""

    def read(request: Request) -> T:
        return part(request.app.state.container)

    return Depends(read)


AccountsDep = Annotated[Accounts, given(lambda container: container.accounts)]
FetchAccountDep = Annotated[
    Callable[[str], Awaitable[bool]], given(lambda container: container.fetch_account)
]
TodosDep = Annotated[Todos, given(lambda container: container.todos)]
TodoQuotaDep = Annotated[int, given(lambda container: container.settings.todo_quota)]


def principal(request: Request) -> Principal:
    """The token of this request, verified by `app.auth.middleware` before any route was chosen."""
    verified = getattr(request.state, "principal", None)
    if verified is None:
        raise Unauthenticated
    return cast(Principal, verified)


PrincipalDep = Annotated[Principal, Depends(principal)]


class Guard(NamedTuple):
    """The check of `current_user`, for a route that may do without the account. `admits` has its rule."""

    account: Callable[[], User]
    admits: Callable[[RecentAccount], bool]


def guard(principal: PrincipalDep, accounts: AccountsDep) -> Guard:
    session = principal.signed_in_at
    account = partial(accounts.guard, principal.user_id, principal.username, session)
    return Guard(account, partial(admits, session))


GuardDep = Annotated[Guard, Depends(guard)]


def current_user(principal: PrincipalDep, guard: GuardDep, fetch_account: FetchAccountDep) -> User:
    """The account behind the token: it exists, is active, and has not signed out everywhere since. It is looked up
    in the thread of the route."""
    return cast(User, Deferred(guard.account, fetch=partial(fetch_account, principal.user_id)))


CurrentUser = Annotated[User, Depends(current_user)]


def admin_user(user: CurrentUser, principal: PrincipalDep) -> User:
    """The administrator who calls. `app.auth.admin_gate` has refused all others under `/v1/admin`."""
    if not is_admin(principal):
        raise Forbidden
    return user


AdminUser = Annotated[User, Depends(admin_user)]

_TAGS = 8192
"""Characters of a list of entity tags. API Gateway takes 10,240 bytes of header fields in all."""

_TAG = r'((W/)?"[\u0021\u0023-\u007e\u0080-\u00ff]*")?'
_TAG_LIST: dict[str, JsonValue] = {"pattern": rf"^([ \t]*\*[ \t]*|[ \t]*{_TAG}[ \t]*(,[ \t]*{_TAG}[ \t]*)*)$"}
"""Stated, and asked by `app.routers.preconditions`, which answers 400."""

IfMatch = Annotated[
    str | None,
    Header(
        alias="If-Match",
        description='Change only this version: `"3"`. Else: 412.',
        max_length=_TAGS,
        json_schema_extra=_TAG_LIST,
    ),
]
IfNoneMatch = Annotated[
    str | None,
    Header(
        alias="If-None-Match",
        description="An ETag you hold, or `*`.",
        max_length=_TAGS,
        json_schema_extra=_TAG_LIST,
    ),
]
IdempotencyKey = Annotated[
    str | None,
    Header(
        alias="Idempotency-Key",
        description="Any string you make, new for each thing you create: a repetition replays the first answer.",
        min_length=1,
        max_length=255,
        pattern=r"^[\x21-\x7e]+$",
    ),
]
