"""All repositories of one engine.

Reads are strongly consistent. Every method may raise `app.errors.Unavailable` when the engine does not answer
within its time-outs.
"""

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from app.ports.activity import ActivityRepository
    from app.ports.address_changes import AddressChangeRepository
    from app.ports.audit import AuditRepository
    from app.ports.costs import CostRepository
    from app.ports.downloads import DownloadRepository
    from app.ports.feed import FeedRepository
    from app.ports.files import FileRepository
    from app.ports.idempotency import OperationRepository
    from app.ports.imports import ImportRepository
    from app.ports.limits import LimitRepository
    from app.ports.mail import MailRepository
    from app.ports.previews import PreviewRepository
    from app.ports.stats import StatsRepository
    from app.ports.todos import TodoRepository
    from app.ports.user_data import UserDataRepository
    from app.ports.users import ErasureRepository, UserRepository


class Storage(Protocol):
    """The repositories of one engine, over the same data: what one of them stores, another may rely on.

    An engine is complete when the contract tests (`tests/contracts`) pass on it.
    """

    @property
    def todos(self) -> "TodoRepository": ...

    @property
    def users(self) -> "UserRepository": ...

    @property
    def feed(self) -> "FeedRepository": ...

    @property
    def files(self) -> "FileRepository": ...

    @property
    def user_data(self) -> "UserDataRepository": ...

    @property
    def imports(self) -> "ImportRepository": ...

    @property
    def previews(self) -> "PreviewRepository": ...

    @property
    def operations(self) -> "OperationRepository": ...

    @property
    def limits(self) -> "LimitRepository": ...

    @property
    def mail(self) -> "MailRepository": ...

    @property
    def address_changes(self) -> "AddressChangeRepository": ...

    @property
    def erasures(self) -> "ErasureRepository": ...

    @property
    def downloads(self) -> "DownloadRepository": ...

    @property
    def activity(self) -> "ActivityRepository": ...

    @property
    def audit(self) -> "AuditRepository": ...

    @property
    def stats(self) -> "StatsRepository": ...

    @property
    def costs(self) -> "CostRepository": ...
