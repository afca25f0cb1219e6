"""Activity on the wire."""

from typing import Self

from pydantic import Field
from typing_extensions import TypeAliasType

from app.ports import activity
from app.schemas.common import AnswerModel, ApiModel, DateTime, Limit, NextCursor, Uuid, WholeNumber
from app.schemas.enums import SessionClient
from app.services.activity import Shown
from app.services.cursors import Cursor, CursorPage

ActivityKind = TypeAliasType("ActivityKind", activity.ActivityKind)


class ActivityParams(ApiModel):
    limit: Limit = 50
    cursor: Cursor | None = Field(None, max_length=1024, description="`nextCursor` of the page before.")


class ActivityOut(AnswerModel):
    """Something that happened to the account."""

    id: Uuid
    kind: ActivityKind
    at: DateTime = Field(
        description="Of `sign_in_failed`: the beginning of an hour. All of that hour are one entry."
    )
    count: WholeNumber = Field(examples=[1], description="How many there were: 1, but for `sign_in_failed`.")
    network: str | None = Field(
        examples=["192.0.2.0/24"],
        description="The network that it, or the last of them, came from; `null` where that is not known.",
    )
    client: SessionClient | None = Field(
        description="The client that signed in, or tried to last; `null` where it is not known."
    )

    @classmethod
    def of(cls, shown: Shown) -> Self:
        entry = shown.activity
        return cls(
            id=entry.id,
            kind=entry.kind,
            at=entry.at,
            count=entry.count,
            network=entry.network,
            client=shown.client,
        )


class ActivityList(AnswerModel):
    """One page of activity, the newest first."""

    items: list[ActivityOut]
    next_cursor: NextCursor

    @classmethod
    def of(cls, page: CursorPage[Shown]) -> Self:
        return cls(items=list(map(ActivityOut.of, page.items)), next_cursor=page.next_cursor)
