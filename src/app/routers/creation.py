"""Creation with an `Idempotency-Key`: a repetition gets the first answer."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated, TypeVar

from fastapi import Depends
from pydantic import BaseModel

from app.dependencies import IdempotencyKey, PrincipalDep, given
from app.ports.idempotency import KeyClaim, StoredAnswer
from app.services.idempotency import Idempotency

M = TypeVar("M", bound=BaseModel)


class Created(BaseModel):
    """All that is kept of a creation whose answer is made again for each repetition."""

    id: str


@dataclass(frozen=True, slots=True)
class Creation:
    user_id: str
    key: str | None
    idempotency: Idempotency

    def once(
        self, request: str, kept: type[M], create: Callable[[KeyClaim | None], M]
    ) -> tuple[M, dict[str, str]]:
        """Return what `create` returns, or returned to the first request with this key, and the header of a replay.

        `request` is what must not differ: route and body. Without a key, `create` runs with `None` each time. What
        it returns is kept as JSON.
        """
        if self.key is None:
            return create(None), {}

        def run(claim: KeyClaim) -> StoredAnswer:
            return StoredAnswer(create(claim).model_dump_json(by_alias=True))

        answer, replayed = self.idempotency.run(self.user_id, self.key, request.encode(), run)
        return kept.model_validate_json(answer), {"Idempotency-Replayed": "true"} if replayed else {}


IdempotencyDep = Annotated[Idempotency, given(lambda container: container.idempotency)]


def creation(
    principal: PrincipalDep, idempotency: IdempotencyDep, idempotency_key: IdempotencyKey = None
) -> Creation:
    return Creation(principal.user_id, idempotency_key, idempotency)


CreationDep = Annotated[Creation, Depends(creation)]
