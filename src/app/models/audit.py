"""What administrators do."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

AuditOutcome = Literal["started", "succeeded", "failed"]


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditEntry:
    """One action of an administrator: actor, action, target, time, and request.

    It is written before the act, so one that stays `started` tells of an act of which the end is not known.
    """

    id: str
    at: datetime
    actor_id: str
    actor_email: str
    action: str
    target: str
    request_id: str | None
    outcome: AuditOutcome = "started"
    details: dict[str, str | int] = field(default_factory=dict)
