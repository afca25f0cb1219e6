"""Idempotency keys: the same request, sent again, gets the first answer and does nothing twice."""

import hashlib
import uuid
from collections.abc import Callable
from contextlib import suppress

from app.errors import AppError, Conflict, Unavailable, Unprocessable
from app.repositories.protocols import OperationRepository, StoredAnswer


class Idempotency:
    def __init__(self, operations: OperationRepository) -> None:
        self._operations = operations

    def run(
        self, user_id: str, key: str, request: bytes, action: Callable[[], StoredAnswer]
    ) -> tuple[StoredAnswer, bool]:
        """The answer to the request, and whether it is a replay. `request` is what must not differ: route and body.

        A failed action gives the key up, so that the client may try again with it. When the process dies, or the
        answer cannot be kept, the key is taken for a minute; `action` must therefore be safe to repeat.

        Raises:
            Unprocessable: the key was used for another request.
            Conflict: the first request still runs.
        """
        fingerprint = hashlib.sha256(request).hexdigest()
        owner = str(uuid.uuid4())
        held = self._operations.claim(user_id, key, fingerprint, owner=owner)
        if held is None:
            return self._run_claimed(user_id, key, owner, action), False
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
        return held.answer, True

    def _run_claimed(
        self, user_id: str, key: str, owner: str, action: Callable[[], StoredAnswer]
    ) -> StoredAnswer:
        try:
            answer = action()
        except AppError:
            with suppress(Unavailable):  # then the claim ends by itself
                self._operations.release(user_id, key, owner=owner)
            raise
        with suppress(Unavailable):  # the thing is done: say so
            self._operations.complete(user_id, key, answer, owner=owner)
        return answer
