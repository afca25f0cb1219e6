"""Mail as its producers know it: a typed message for a queue. `app.services.mail.mailer` sends what waits there.

What each kind says, by the names in its `data`:

- `welcome`: `name` (may be left out)
- `password_changed`: `at`, a timestamp
- `email_changed`: `at`, a timestamp
- `signed_out_everywhere`: `at`, a timestamp
- `import_report`: `file`, `status` (`completed` or `failed`), `rows`, `accepted`, `rejected`
- `account_deleted`: nothing
"""

import json
import logging
import uuid
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from app.aws.clients import Clients
from app.errors import Unavailable
from app.logs import counted
from app.models import Mail, User, now, timestamp

_log = logging.getLogger("app.mail")


class EmailQueue:
    """The producers' end of the queue."""

    def __init__(self, clients: Clients, queue_url: str) -> None:
        self._clients = clients
        self._queue_url = queue_url

    def send(self, mail: Mail) -> None:
        """Put `mail` on the queue: from there on it is not lost. For those who can try again.

        Raises:
            app.errors.Unavailable: the queue does not take it. It may have: the same `mail.id` is safe to repeat.
        """
        try:
            self._clients.sqs.send_message(QueueUrl=self._queue_url, MessageBody=encode(mail))
        except (BotoCoreError, ClientError) as error:
            raise Unavailable from error

    def offer(self, mail: Mail) -> bool:
        """Like `send`, for a mail that must not fail what it tells of: a lost one is logged and counted."""
        try:
            self.send(mail)
        except Unavailable as error:
            cause = type(error.__cause__ or error).__name__
            _log.error("mail not queued", extra=counted("MailNotQueued", kind=mail.kind, cause=cause))
            return False
        return True


def encode(mail: Mail) -> str:
    """The message's body; `app.services.mail.message` reads it."""
    members: dict[str, Any] = {
        "kind": mail.kind,
        "to": mail.to,
        "id": mail.id,
        "data": mail.data,
        "locale": mail.locale,
        "userId": mail.user_id,
    }
    return json.dumps({name: value for name, value in members.items() if value is not None})


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


def email_changed(user: User) -> Mail:
    """To the old address, which `user` still has. Once for each change, however often it is tried."""
    return Mail(
        kind="email_changed",
        to=user.email,
        id=f"email_changed#{user.id}#{timestamp(user.updated_at)}",
        data={"at": timestamp(now())},
        locale=user.locale,
        user_id=user.id,
    )


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
