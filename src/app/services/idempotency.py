"""Idempotency keys: the same request, sent again, gets the first answer and does nothing twice."""

import hashlib
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

from app.errors import Conflict, Unavailable, Unprocessable
from app.ids import new_id
from app.models.moments import now
from app.ports.idempotency import KeyClaim, OperationRecord, OperationRepository, StoredAnswer


class Idempotency:
    def __init__(self, operations: OperationRepository) -> None:
        self._operations = operations

    def run(
        self, user_id: str, key: str, request: bytes, action: Callable[[KeyClaim], StoredAnswer]
    ) -> tuple[StoredAnswer, bool]:
        """The answer to the request, and whether it is a replay. `request` is what must not differ: route and body.

        A failed action frees the key, so that the client may try again with it. When the process dies, or the answer
        cannot be kept, the key is taken for a minute. Either way `action` may have done its work: repeated with the
        same `KeyClaim.resource_id`, it has to finish that, not to begin again.

        Raises:
            Unprocessable: the key was used for another request.
            Conflict: the first request still runs.
        """
        fingerprint = hashlib.sha256(request).hexdigest()
        owner = str(uuid.uuid4())
        with self._freeing(user_id, key, owner):
            held = self._operations.claim(user_id, key, fingerprint, owner=owner, resource_id=new_id(now()))
            if isinstance(held, KeyClaim):
                answer = action(held)
        if isinstance(held, OperationRecord):
            return _replayed(held, fingerprint), True
        with suppress(Unavailable):  # the thing is done: say so
            self._operations.complete(user_id, key, answer, owner=owner)
        return answer, False

    @contextmanager
    def _freeing(self, user_id: str, key: str, owner: str) -> Iterator[None]:
        """Free the key when the block fails, were it in the claim itself, whose answer may have been lost."""
        try:
            yield
        except Exception:
            with suppress(Unavailable):  # then the claim ends by itself
                self._operations.release(user_id, key, owner=owner)
            raise


def _replayed(held: OperationRecord, fingerprint: str) -> StoredAnswer:
    if held.fingerprint != fingerprint:
        raise Unprocessable(
            "This Idempotency-Key was used for a different request.", code="idempotency_key_reused"
        )
    if held.answer is None:
        raise Conflict(
            "The first request with this Idempotency-Key still runs.",
            code="idempotency_in_progress",
            headers={"Retry-After": "1"},
        )
    return held.answer
