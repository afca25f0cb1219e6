"""The closed sets of words on the wire, each a named schema: generators make one type of each."""

from typing import Literal

from typing_extensions import TypeAliasType

from app import models
from app.ports import identity, monitoring, queues

Priority = TypeAliasType("Priority", models.Priority)
SessionClient = TypeAliasType("SessionClient", identity.ClientName)
Sort = TypeAliasType("Sort", Literal["created", "due"])
ChangeOp = TypeAliasType("ChangeOp", Literal["upsert", "delete"])
Verdict = TypeAliasType("Verdict", models.Verdict)
FileStatus = TypeAliasType("FileStatus", models.FileStatus)
ImportStatus = TypeAliasType("ImportStatus", models.ImportStatus)
ImportTarget = TypeAliasType("ImportTarget", models.ImportTarget)
UserStatus = TypeAliasType("UserStatus", models.UserStatus)
AuditOutcome = TypeAliasType("AuditOutcome", models.AuditOutcome)
AlarmState = TypeAliasType("AlarmState", monitoring.AlarmState)
QueueName = TypeAliasType("QueueName", queues.QueueName)
CostStatus = TypeAliasType("CostStatus", Literal["known", "unknown"])
