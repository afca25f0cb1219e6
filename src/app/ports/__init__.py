"""Protocols of storage, as the services know it. DynamoDB implements them; the contract tests run on every engine.

Reads are strongly consistent. Every method may raise `app.errors.Unavailable` when the engine does not answer
within its time-outs.
"""

from app.ports.files import FileRepository, QuotaExceeded
from app.ports.mail import MailClaim, MailRepository
from app.ports.operations import (
    AuditRepository,
    CostRepository,
    Deltas,
    KeyClaim,
    OperationRecord,
    OperationRepository,
    StatsRepository,
    StoredAnswer,
)
from app.ports.storage import Storage
from app.ports.todos import Added, Decision, Seen, TodoQuotaExceeded, TodoRepository
from app.ports.user_data import ImportRepository, Observation, RowStore, UserDataRepository
from app.ports.users import (
    ErasureRepository,
    ErasureState,
    UserRecordMissing,
    UserRepository,
)

__all__ = [
    "Added",
    "AuditRepository",
    "CostRepository",
    "Decision",
    "Deltas",
    "ErasureRepository",
    "ErasureState",
    "FileRepository",
    "ImportRepository",
    "KeyClaim",
    "MailClaim",
    "MailRepository",
    "Observation",
    "OperationRecord",
    "OperationRepository",
    "QuotaExceeded",
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
