"""Administration on the wire."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, WithJsonSchema
from pydantic.alias_generators import to_camel
from typing_extensions import TypeAliasType

from app import addresses
from app.models import audit
from app.models.audit import AuditEntry
from app.models.users import User, UserQuery
from app.ports import monitoring, queues
from app.ports.monitoring import Alarm
from app.ports.queues import DeadLetter
from app.ports.stats import Deltas
from app.schemas.common import (
    ANSWER,
    ONE_LINE,
    ApiModel,
    Date,
    DateTime,
    Limit,
    NextCursor,
    ShownEmail,
    UserId,
    Uuid,
)
from app.schemas.enums import UserStatus
from app.schemas.users import UserAccount
from app.services.admin.costs import Costs
from app.services.admin.dead_letters import DeadLetters, Redriven
from app.services.cursors import Cursor, CursorPage

AlarmState = TypeAliasType("AlarmState", monitoring.AlarmState)
AuditOutcome = TypeAliasType("AuditOutcome", audit.AuditOutcome)
QueueName = TypeAliasType("QueueName", queues.QueueName)
CostStatus = TypeAliasType("CostStatus", Literal["known", "unknown"])

_MAX_PAYLOAD = 4096

EmailPrefix = Annotated[str, Field(min_length=1, max_length=254), ONE_LINE]
PageCursor = Annotated[
    Cursor, Field(max_length=1024, description="`nextCursor` of the page before, same filters.")
]
Queue = Annotated[QueueName, Field(description="Left out: both.")]
LetterId = Annotated[
    str,
    WithJsonSchema(
        {
            "type": "string",
            "pattern": "^[A-Za-z0-9-]{1,100}$",
            "examples": ["9d3c8a5e-7f21-4b7e-8f6d-0c2b1a4e5d6f"],
        }
    ),
]
Amount = Annotated[
    str,
    WithJsonSchema({"type": "string", "pattern": r"^-?\d+\.\d{4}$", "examples": ["0.1234"]}),
]


class _Out(BaseModel):
    model_config = ConfigDict(alias_generator=to_camel, populate_by_name=True, from_attributes=True, **ANSWER)


class UserListParams(ApiModel):
    """How to narrow the list."""

    email: EmailPrefix | None = Field(
        None,
        description="The start of the e-mail address, in any case; an international domain by whole labels.",
    )
    status: UserStatus | None = Field(None, description="Only those of this status.")
    limit: Limit = 50
    cursor: PageCursor | None = None

    def query(self) -> UserQuery:
        return UserQuery(email=addresses.prefix(self.email or ""), status=self.status)


class PageParams(ApiModel):
    """Parameters of a page."""

    limit: Limit = 50
    cursor: PageCursor | None = None


class UserList(_Out):
    """One page of accounts, by e-mail address. It may hold fewer than `limit` while `nextCursor` leads on."""

    items: list[UserAccount]
    next_cursor: NextCursor

    @classmethod
    def of(cls, page: CursorPage[User]) -> Self:
        return cls(items=[UserAccount.of(user) for user in page.items], next_cursor=page.next_cursor)


class Stats(_Out):
    """Counters of the deployment. They follow within seconds, and are approximate."""

    users: int = 0
    todos: int = 0
    files: int = Field(0, description="Uploads under way included.")
    bytes: int = Field(0, description="Of all files together.", json_schema_extra={"format": "int64"})
    imports: int = Field(0, description="Imports that have ended.")
    rows_accepted: int = Field(0, description="Records of imports and messages that were stored.")
    rows_rejected: int = 0
    mail_sent: int = 0
    mail_resent: int = Field(0, description="Mail that may have arrived twice, because no answer was clear.")
    mail_refused: int = Field(0, description="Mail that went to the dead letters.")
    mail_suppressed: int = Field(
        0, description="Mail not sent because the address bounces or has complained."
    )

    @classmethod
    def of(cls, counters: Deltas) -> Self:
        return cls.model_validate(counters)


class DeadLetterParams(ApiModel):
    queue: Queue | None = None
    limit: Limit = 50


class DeadLetterOut(_Out):
    """A message that its consumer could not handle."""

    id: LetterId
    queue: QueueName
    payload: str = Field(
        examples=['{"kind": "welcome"}'],
        description=f"The message's body, at most {_MAX_PAYLOAD} characters of it.",
    )
    truncated: bool = Field(description="Whether the body is longer than `payload`.")
    reason: str | None = Field(
        examples=["invalid_message"],
        description="Why its consumer gave it up; `null`: it failed each time, see its log.",
    )
    attempts: int
    sent_at: DateTime = Field(description="When it was sent first.")

    @classmethod
    def of(cls, letter: DeadLetter) -> Self:
        return cls(
            id=letter.id,
            queue=letter.queue,
            payload=letter.payload[:_MAX_PAYLOAD],
            truncated=len(letter.payload) > _MAX_PAYLOAD,
            reason=letter.reason,
            attempts=letter.attempts,
            sent_at=letter.sent_at,
        )


class DeadLetterList(_Out):
    """Some of the dead letters, the oldest first. SQS has no order to page through: mend these to see others."""

    items: list[DeadLetterOut]
    counts: dict[QueueName, int] = Field(
        examples=[{"email": 1, "ingest": 0}], description="About how many each queue holds."
    )

    @classmethod
    def of(cls, letters: DeadLetters) -> Self:
        return cls(items=[DeadLetterOut.of(item) for item in letters.items], counts=dict(letters.counts))


class RedriveOut(_Out):
    """The result of a redrive."""

    moved: int = Field(description="Sent to their queues once more.")
    remaining: int = Field(description="About how many are left: repeat it, or they have died again.")

    @classmethod
    def of(cls, redriven: Redriven) -> Self:
        return cls.model_validate(redriven)


class AlarmOut(_Out):
    """An alarm of this deployment."""

    name: str = Field(examples=["app-prod-ApiErrors"])
    description: str | None = Field(examples=["The API answers with errors."])
    state: AlarmState
    reason: str | None = Field(examples=["Threshold crossed: 3 datapoints were greater than 1."])
    since: DateTime | None


class AlarmList(_Out):
    """All alarms of this deployment, those that ring first."""

    items: list[AlarmOut]

    @classmethod
    def of(cls, alarms: tuple[Alarm, ...]) -> Self:
        return cls(items=[AlarmOut.model_validate(alarm) for alarm in alarms])


class ServiceCost(_Out):
    """Costs of one AWS service on a day."""

    service: str = Field(examples=["Amazon DynamoDB"])
    amount: Amount


class DayCost(_Out):
    """Costs of a day."""

    date: Date
    total: Amount
    services: list[ServiceCost] = Field(
        description="The most expensive first; those that cost nothing are left out."
    )


class CostsOut(_Out):
    """Costs of the AWS account in the last 30 days. Amounts are decimal numbers in strings."""

    status: CostStatus = Field(description="`unknown`: Cost Explorer has never answered.")
    as_of: DateTime | None = Field(description="When Cost Explorer gave these figures.")
    stale: bool = Field(description="Whether newer figures should be there but could not be had.")
    currency: str = Field(examples=["USD"])
    total: Amount
    days: list[DayCost]

    @classmethod
    def of(cls, costs: Costs) -> Self:
        return cls(
            status="unknown" if costs.as_of is None else "known",
            as_of=costs.as_of,
            stale=costs.stale,
            currency=costs.currency,
            total=f"{costs.total:.4f}",
            days=[
                DayCost(date=day.day, total=f"{day.total:.4f}", services=_by_amount(day.services))
                for day in costs.days
            ],
        )


def _by_amount(services: Mapping[str, Decimal]) -> list[ServiceCost]:
    dearest_first = sorted(services.items(), key=lambda pair: (-pair[1], pair[0]))
    return [ServiceCost(service=service, amount=f"{amount:.4f}") for service, amount in dearest_first]


class AuditEntryOut(_Out):
    """An act of an administrator."""

    id: Uuid
    at: DateTime
    actor_id: UserId
    actor_email: ShownEmail = Field(examples=["admin@example.com"])
    action: str = Field(examples=["user.disable"])
    target: str = Field(
        examples=["5f0c2f6e-8a3b-4f5e-9a51-0d6f2b1c7e55"], description="The id of what it was done to."
    )
    outcome: AuditOutcome = Field(
        description="`started`: its end is not known; look at the log of the request."
    )
    request_id: str | None = Field(examples=["7c5a8f4e-1d0b-4f57-9d53-2f9d2b7f1a3c"])
    details: dict[str, str | int] = Field(examples=[{"queue": "email"}])


class AuditList(_Out):
    """One page of the audit, the newest first."""

    items: list[AuditEntryOut]
    next_cursor: NextCursor

    @classmethod
    def of(cls, page: CursorPage[AuditEntry]) -> Self:
        items = [AuditEntryOut.model_validate(entry) for entry in page.items]
        return cls(items=items, next_cursor=page.next_cursor)
