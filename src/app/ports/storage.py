"""Storage as a whole: what every engine offers."""

from typing import Protocol

from app.ports.files import FileRepository
from app.ports.mail import MailRepository
from app.ports.operations import AuditRepository, CostRepository, OperationRepository, StatsRepository
from app.ports.previews import PreviewRepository
from app.ports.todos import TodoRepository
from app.ports.user_data import ImportRepository, UserDataRepository
from app.ports.users import ErasureRepository, UserRepository


class Storage(Protocol):
    """The repositories of one engine, over the same data: what one of them stores, another may rely on.

    An engine is complete when the contract tests (`tests/contracts`) pass on it.
    """

    @property
    def todos(self) -> TodoRepository: ...

    @property
    def users(self) -> UserRepository: ...

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
    def mail(self) -> MailRepository: ...

    @property
    def erasures(self) -> ErasureRepository: ...

    @property
    def audit(self) -> AuditRepository: ...

    @property
    def stats(self) -> StatsRepository: ...

    @property
    def costs(self) -> CostRepository: ...
