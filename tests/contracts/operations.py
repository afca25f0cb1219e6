"""The contract of idempotency keys. `clock` moves by hand."""

import pytest

from app.ports.idempotency import KeyClaim, OperationRecord, OperationRepository, StoredAnswer
from support.clock import Clock

ANSWER = StoredAnswer('{"title":"Żółć 🦊"}')
DAY = 24 * 60 * 60


def claim(
    operations: OperationRepository, user_id: str, key: str, fingerprint: str, owner: str
) -> KeyClaim | OperationRecord:
    """By a run that would make what is named after it."""
    return operations.claim(user_id, key, fingerprint, owner=owner, resource_id=owner)


class OperationsContract:
    def test_the_first_claim_wins(self, operations: OperationRepository, user_id: str, key: str) -> None:
        assert claim(operations, user_id, key, "print", "first") == KeyClaim("first")

        assert claim(operations, user_id, key, "other", "second") == OperationRecord("print", None)

    @pytest.mark.parametrize("answer", [ANSWER, StoredAnswer("")])
    def test_an_answer_is_kept_for_a_day(
        self, operations: OperationRepository, clock: Clock, user_id: str, key: str, answer: StoredAnswer
    ) -> None:
        claim(operations, user_id, key, "print", "first")
        operations.complete(user_id, key, answer, owner="first")

        clock.now += DAY - 1
        assert claim(operations, user_id, key, "print", "second") == OperationRecord("print", answer)
        clock.now += 2
        assert claim(operations, user_id, key, "later", "third") == KeyClaim("third")
        assert claim(operations, user_id, key, "print", "fourth") == OperationRecord("later", None)

    def test_a_claim_that_was_never_answered_is_free_after_a_minute(
        self, operations: OperationRepository, clock: Clock, user_id: str, key: str
    ) -> None:
        claim(operations, user_id, key, "print", "first")

        clock.now += 59.9
        assert claim(operations, user_id, key, "print", "second") == OperationRecord("print", None)
        clock.now += 1.1
        third = claim(operations, user_id, key, "print", "third")
        assert third == KeyClaim("first", resumed=True)
        fourth = claim(operations, user_id, key, "print", "fourth")
        assert fourth == OperationRecord("print", None)

    def test_a_claim_that_was_never_answered_gives_way_to_another_request(
        self, operations: OperationRepository, clock: Clock, user_id: str, key: str
    ) -> None:
        claim(operations, user_id, key, "print", "first")

        clock.now += 61
        other = claim(operations, user_id, key, "other", "second")

        assert other == KeyClaim("second")

    def test_the_same_request_goes_on_with_its_id_after_a_release_and_another_begins(
        self, operations: OperationRepository, user_id: str, key: str
    ) -> None:
        claim(operations, user_id, key, "print", "first")
        operations.release(user_id, key, owner="first")

        again = claim(operations, user_id, key, "print", "second")
        assert again == KeyClaim("first", resumed=True)
        sent_twice = claim(operations, user_id, key, "print", "second")
        assert sent_twice.resource_id == "first"
        operations.release(user_id, key, owner="second")
        operations.complete(user_id, key, ANSWER, owner="first")  # woken late, and overtaken

        other = claim(operations, user_id, key, "other", "third")
        assert other == KeyClaim("third")

    def test_a_released_claim_is_free(self, operations: OperationRepository, user_id: str, key: str) -> None:
        claim(operations, user_id, key, "print", "first")

        operations.release(user_id, key, owner="first")

        assert claim(operations, user_id, key, "other", "second") == KeyClaim("second")

    def test_a_run_that_was_overtaken_does_not_touch_its_successor(
        self, operations: OperationRepository, clock: Clock, user_id: str, key: str
    ) -> None:
        claim(operations, user_id, key, "print", "slow")
        clock.now += 61
        claim(operations, user_id, key, "print", "successor")

        operations.release(user_id, key, owner="slow")
        operations.complete(user_id, key, ANSWER, owner="slow")

        assert claim(operations, user_id, key, "print", "third") == OperationRecord("print", None)
        other = StoredAnswer("successor")
        operations.complete(user_id, key, other, owner="successor")
        assert claim(operations, user_id, key, "print", "third") == OperationRecord("print", other)

    def test_an_answer_is_final(self, operations: OperationRepository, user_id: str, key: str) -> None:
        claim(operations, user_id, key, "print", "first")
        operations.complete(user_id, key, ANSWER, owner="first")

        operations.release(user_id, key, owner="first")
        operations.complete(user_id, key, StoredAnswer("late"), owner="first")

        assert claim(operations, user_id, key, "print", "first") == OperationRecord("print", ANSWER)

    def test_a_claim_sent_twice_by_one_run_is_one_claim(
        self, operations: OperationRepository, user_id: str, key: str
    ) -> None:
        claim(operations, user_id, key, "print", "first")

        assert claim(operations, user_id, key, "print", "first") == KeyClaim("first")

    def test_nothing_is_stored_without_a_claim(
        self, operations: OperationRepository, user_id: str, key: str
    ) -> None:
        operations.complete(user_id, key, ANSWER, owner="first")
        operations.release(user_id, key, owner="first")

        assert claim(operations, user_id, key, "print", "second") == KeyClaim("second")

    def test_keys_of_users_do_not_meet(
        self, operations: OperationRepository, user_id: str, other_user_id: str, key: str
    ) -> None:
        assert claim(operations, user_id, key, "print", "first") == KeyClaim("first")
        assert claim(operations, other_user_id, key, "print", "second") == KeyClaim("second")
        assert claim(operations, user_id, key + " ", "print", "third") == KeyClaim("third")

    def test_a_key_may_be_any_text(self, operations: OperationRepository, user_id: str) -> None:
        key = "🔑#" * 5000

        assert claim(operations, user_id, key, "print", "first") == KeyClaim("first")
        assert claim(operations, user_id, key, "other", "second") == OperationRecord("print", None)
