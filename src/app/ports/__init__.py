"""Protocols of storage, as the services know it. DynamoDB implements them; the contract tests run on every engine.

Reads are strongly consistent. Every method may raise `app.errors.Unavailable` when the engine does not answer
within its time-outs.
"""

from typing import TYPE_CHECKING, Protocol

from app.ports.feed import FeedRepository
from app.ports.files import FileRepository, QuotaExceeded
from app.ports.mail import MailClaim, MailRepository
from app.ports.operations import (
    AuditRepository,
    CostRepository,
    Deltas,
    KeyClaim,
    LimitRepository,
    OperationRecord,
    OperationRepository,
    StatsRepository,
    StoredAnswer,
)
from app.ports.previews import PreviewRepository
from app.ports.todos import (
    MAX_TOGETHER,
    Added,
    Decision,
    Outcome,
    RecentAccount,
    Seen,
    TodoQuotaExceeded,
    TodoRepository,
)
from app.ports.user_data import ImportRepository, Observation, RowStore, UserDataRepository
from app.ports.users import (
    ErasureRepository,
    ErasureState,
    UserRecordMissing,
    UserRepository,
)

if TYPE_CHECKING:
    from app.ports.activity import ActivityRepository
    from app.ports.address_changes import AddressChangeRepository
    from app.ports.downloads import DownloadRepository

__all__ = [
    "MAX_TOGETHER",
    "Added",
    "AuditRepository",
    "CostRepository",
    "Decision",
    "Deltas",
    "ErasureRepository",
    "ErasureState",
    "FeedRepository",
    "FileRepository",
    "ImportRepository",
    "KeyClaim",
    "LimitRepository",
    "MailClaim",
    "MailRepository",
    "Observation",
    "OperationRecord",
    "OperationRepository",
    "Outcome",
    "PreviewRepository",
    "QuotaExceeded",
    "RecentAccount",
    "RowStore",
    "Seen",
    "StatsRepository",
    "Storage",
    "StoredAnswer",
    "TodoQuotaExceeded",
    "TodoRepository",
    "UserDataRepository",
    "UserRecordMissing",
    "UserRepository",
]


class Storage(Protocol):
    """The repositories of one engine, over the same data: what one of them stores, another may rely on.

    An engine is complete when the contract tests (`tests/contracts`) pass on it.
    """

    @property
    def todos(self) -> TodoRepository: ...

    @property
    def users(self) -> UserRepository: ...

    @property
    def feed(self) -> FeedRepository: ...

    @property
    def files(self) -> FileRepository: ...

    @property
    def user_data(self) -> UserDataRepository: ...

    @property
    def imports(self) -> ImportRepository: ...

    @property
    def previews(self) -> PreviewRepository: ...

    @property
    def operations(self) -> OperationRepository: ...

    @property
    def limits(self) -> LimitRepository: ...

    @property
    def mail(self) -> MailRepository: ...

    @property
    def address_changes(self) -> "AddressChangeRepository": ...

    @property
    def erasures(self) -> ErasureRepository: ...

    @property
    def downloads(self) -> "DownloadRepository": ...

    @property
    def activity(self) -> "ActivityRepository": ...

    @property
    def audit(self) -> AuditRepository: ...

    @property
    def stats(self) -> StatsRepository: ...

    @property
    def costs(self) -> CostRepository: ...
