"""The contract of idempotency keys. `clock` moves by hand."""

import uuid

import pytest

from app.repositories.protocols import OperationRecord, OperationRepository, StoredAnswer
from support.storage import Clock

ANSWER = StoredAnswer(201, {"Location": "/v1/todos/1", "ETag": '"1"'}, '{"title":"Żółć 🦊"}')
DAY = 24 * 60 * 60


@pytest.fixture
def key() -> str:
    return str(uuid.uuid4())


class OperationsContract:
    def test_the_first_claim_wins(self, operations: OperationRepository, user_id: str, key: str) -> None:
        assert operations.claim(user_id, key, "print", owner="first") is None

        assert operations.claim(user_id, key, "other", owner="second") == OperationRecord("print", None)

    @pytest.mark.parametrize("answer", [ANSWER, StoredAnswer(204, {}, "")])
    def test_an_answer_is_kept_for_a_day(
        self, operations: OperationRepository, clock: Clock, user_id: str, key: str, answer: StoredAnswer
    ) -> None:
        operations.claim(user_id, key, "print", owner="first")
        operations.complete(user_id, key, answer, owner="first")

        clock.now += DAY - 1
        assert operations.claim(user_id, key, "print", owner="second") == OperationRecord("print", answer)
        clock.now += 2
        assert operations.claim(user_id, key, "later", owner="third") is None
        assert operations.claim(user_id, key, "print", owner="fourth") == OperationRecord("later", None)

    def test_a_claim_that_was_never_answered_is_free_after_a_minute(
        self, operations: OperationRepository, clock: Clock, user_id: str, key: str
    ) -> None:
        operations.claim(user_id, key, "print", owner="first")

        clock.now += 59.9
        assert operations.claim(user_id, key, "print", owner="second") == OperationRecord("print", None)
        clock.now += 1.1
        assert operations.claim(user_id, key, "print", owner="third") is None

    def test_a_released_claim_is_free(self, operations: OperationRepository, user_id: str, key: str) -> None:
        operations.claim(user_id, key, "print", owner="first")

        operations.release(user_id, key, owner="first")

        assert operations.claim(user_id, key, "other", owner="second") is None

    def test_a_run_that_was_overtaken_does_not_touch_its_successor(
        self, operations: OperationRepository, clock: Clock, user_id: str, key: str
    ) -> None:
        operations.claim(user_id, key, "print", owner="slow")
        clock.now += 61
        operations.claim(user_id, key, "print", owner="successor")

        operations.release(user_id, key, owner="slow")
        operations.complete(user_id, key, ANSWER, owner="slow")

        assert operations.claim(user_id, key, "print", owner="third") == OperationRecord("print", None)
        other = StoredAnswer(200, {}, "successor")
        operations.complete(user_id, key, other, owner="successor")
        assert operations.claim(user_id, key, "print", owner="third") == OperationRecord("print", other)

    def test_an_answer_is_final(self, operations: OperationRepository, user_id: str, key: str) -> None:
        operations.claim(user_id, key, "print", owner="first")
        operations.complete(user_id, key, ANSWER, owner="first")

        operations.release(user_id, key, owner="first")
        operations.complete(user_id, key, StoredAnswer(500, {}, ""), owner="first")

        assert operations.claim(user_id, key, "print", owner="first") == OperationRecord("print", ANSWER)

    def test_a_claim_sent_twice_by_one_run_is_one_claim(
        self, operations: OperationRepository, user_id: str, key: str
    ) -> None:
        operations.claim(user_id, key, "print", owner="first")

        assert operations.claim(user_id, key, "print", owner="first") is None

    def test_nothing_is_stored_without_a_claim(
        self, operations: OperationRepository, user_id: str, key: str
    ) -> None:
        operations.complete(user_id, key, ANSWER, owner="first")
        operations.release(user_id, key, owner="first")

        assert operations.claim(user_id, key, "print", owner="second") is None

    def test_keys_of_users_do_not_meet(
        self, operations: OperationRepository, user_id: str, other_user_id: str, key: str
    ) -> None:
        assert operations.claim(user_id, key, "print", owner="first") is None
        assert operations.claim(other_user_id, key, "print", owner="second") is None
        assert operations.claim(user_id, key + " ", "print", owner="third") is None

    def test_a_key_may_be_any_text(self, operations: OperationRepository, user_id: str) -> None:
        key = "🔑#" * 5000

        assert operations.claim(user_id, key, "print", owner="first") is None
        assert operations.claim(user_id, key, "other", owner="second") == OperationRecord("print", None)
