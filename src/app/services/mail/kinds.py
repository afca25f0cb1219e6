"""The kinds of mail, and the message that each producer sends.

What each kind says, by the names in its `data`:

- `welcome`: `name` (may be left out)
- `password_changed`: `at`, a timestamp
- `email_changed`: `at`, a timestamp; `undo`, the token of the link
- `email_code`: `code`
- `email_taken`: nothing
- `signed_out_everywhere`: `at`, a timestamp
- `import_report`: `file`, `status` (`completed` or `failed`), `rows`, `accepted`, `rejected`, `warnings`
- `account_deleted`: nothing
- `account_exists`: nothing
"""

import uuid
from hashlib import sha256
from typing import TYPE_CHECKING

from app.models.mail import Mail
from app.models.moments import now, timestamp
from app.models.users import User

if TYPE_CHECKING:
    from app.models.imports import Import


def welcome(user: User) -> Mail:
    """Once for each account, however often and from wherever it is asked for."""
    data: dict[str, str | int] = {"name": user.name} if user.name else {}
    return Mail(
        kind="welcome",
        to=user.email,
        id=f"welcome#{user.id}",
        data=data,
        locale=user.locale,
        user_id=user.id,
    )


def password_changed(email: str, user: User | None = None) -> Mail:
    """`user` is `None` after a reset, which is done before it is known whose password it was."""
    return Mail(
        kind="password_changed",
        to=email,
        id=f"password_changed#{uuid.uuid4()}",
        data={"at": timestamp(now())},
        locale=user.locale if user else None,
        user_id=user.id if user else None,
    )


def email_changed(user: User, undo: str) -> Mail:
    """To the old address, which `user` still has. Once for each change, however often it is tried. `undo` is the
    token of the link that gives the address back."""
    return Mail(
        kind="email_changed",
        to=user.email,
        id=f"email_changed#{user.id}#{timestamp(user.updated_at)}",
        data={"at": timestamp(now()), "undo": undo},
        locale=user.locale,
        user_id=user.id,
    )


def email_code(user: User, to: str, change_id: str, code: str) -> Mail:
    """To the address that `user` wants to have. Once for each change."""
    return Mail(
        kind="email_code",
        to=to,
        id=f"email_code#{change_id}",
        data={"code": code},
        locale=user.locale,
        user_id=user.id,
    )


def email_taken(email: str) -> Mail:
    """To the owner of an address that someone wants for another account. Once an hour at most."""
    digest = sha256(email.encode()).hexdigest()
    return Mail(kind="email_taken", to=email, id=f"email_taken#{digest}#{now():%Y-%m-%dT%H}")


def signed_out_everywhere(user: User, valid_after: int) -> Mail:
    """Once a second at most: `valid_after` is the second from which tokens are good again."""
    return Mail(
        kind="signed_out_everywhere",
        to=user.email,
        id=f"signed_out_everywhere#{user.id}#{valid_after}",
        data={"at": timestamp(now())},
        locale=user.locale,
        user_id=user.id,
    )


def account_deleted(user: User) -> Mail:
    return Mail(
        kind="account_deleted",
        to=user.email,
        id=f"account_deleted#{user.id}",
        locale=user.locale,
        user_id=user.id,
    )


def account_exists(email: str, user_id: str) -> Mail:
    """To the owner of an address with which someone has tried to sign up. Once an hour at most."""
    return Mail(
        kind="account_exists",
        to=email,
        id=f"account_exists#{user_id}#{now():%Y-%m-%dT%H}",
        user_id=user_id,
    )


def import_report(record: "Import", to: str, status: str) -> Mail:
    """`status`: `completed` or `failed`."""
    progress = record.progress
    return Mail(
        kind="import_report",
        to=to,
        id=f"import-report-{record.id}",
        data={
            "file": record.name,
            "status": status,
            "rows": progress.rows,
            "accepted": progress.accepted,
            "rejected": progress.rejected,
            "warnings": progress.warnings,
        },
        locale=record.locale,
        user_id=record.started_by,
    )
