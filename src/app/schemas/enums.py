"""The closed sets of words on the wire, each a named schema: generators make one type of each."""

from typing import Literal

from typing_extensions import TypeAliasType

from app import models
from app.aws import cloudwatch, dead_letters

Priority = TypeAliasType("Priority", models.Priority)
Sort = TypeAliasType("Sort", Literal["created", "due"])
FileStatus = TypeAliasType("FileStatus", models.FileStatus)
ImportStatus = TypeAliasType("ImportStatus", models.ImportStatus)
UserStatus = TypeAliasType("UserStatus", models.UserStatus)
AuditOutcome = TypeAliasType("AuditOutcome", models.AuditOutcome)
AlarmState = TypeAliasType("AlarmState", cloudwatch.AlarmState)
QueueName = TypeAliasType("QueueName", dead_letters.QueueName)
CostStatus = TypeAliasType("CostStatus", Literal["known", "unknown"])
