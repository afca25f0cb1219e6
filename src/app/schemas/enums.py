"""The closed sets of words on the wire, each a named schema: generators make one type of each."""

from typing import Literal

from typing_extensions import TypeAliasType

from app.models import audit, files, imports, todos, users
from app.ports import identity, monitoring, queues

Priority = TypeAliasType("Priority", todos.Priority)
SessionClient = TypeAliasType("SessionClient", identity.ClientName)
Sort = TypeAliasType("Sort", Literal["created", "due"])
ChangeOp = TypeAliasType("ChangeOp", Literal["upsert", "delete"])
Verdict = TypeAliasType("Verdict", todos.Verdict)
FileStatus = TypeAliasType("FileStatus", files.FileStatus)
ImportStatus = TypeAliasType("ImportStatus", imports.ImportStatus)
ImportTarget = TypeAliasType("ImportTarget", imports.ImportTarget)
UserStatus = TypeAliasType("UserStatus", users.UserStatus)
AuditOutcome = TypeAliasType("AuditOutcome", audit.AuditOutcome)
AlarmState = TypeAliasType("AlarmState", monitoring.AlarmState)
QueueName = TypeAliasType("QueueName", queues.QueueName)
CostStatus = TypeAliasType("CostStatus", Literal["known", "unknown"])
