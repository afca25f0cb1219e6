"""Idempotency keys."""

from dataclasses import dataclass
from typing import NewType, Protocol

StoredAnswer = NewType("StoredAnswer", str)
"""What the first request with a key was answered, as text. Storage returns it as it got it."""


@dataclass(frozen=True, slots=True)
class KeyClaim:
    """A key that is ours. `resource_id` is the id of what the request makes, the same for each of its repetitions.
    `resumed`: an earlier run may have made it already, in whole or in part."""

    resource_id: str
    resumed: bool = False


@dataclass(frozen=True, slots=True)
class OperationRecord:
    """An idempotency key that another request holds. `answer` is `None` while that one still runs."""

    fingerprint: str
    answer: StoredAnswer | None


class OperationRepository(Protocol):
    """`owner` names one run of a request (a fresh UUID), by which that run knows its own claim: a run that
    was overtaken after 60 seconds may still wake up, and must not touch the claim of its successor."""

    def claim(
        self, user_id: str, key: str, fingerprint: str, *, owner: str, resource_id: str
    ) -> KeyClaim | OperationRecord:
        """Take the key for a request that would make `resource_id`; or what holds it.

        A claim that was released, or whose request died 60 seconds ago, is free again. The same request, by its
        fingerprint, then goes on with the id of the first one. An answered key is free after 24 hours.
        """
        ...

    def complete(self, user_id: str, key: str, answer: StoredAnswer, *, owner: str) -> None:
        """Keep the answer of `owner`'s run. Nothing happens when the claim is no longer its own."""
        ...

    def release(self, user_id: str, key: str, *, owner: str) -> None:
        """Free the key of a request that failed. Its id is kept, because a failure may leave something behind. Only
        `owner`'s own running claim."""
        ...
