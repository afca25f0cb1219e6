"""The contract of erasures: who has left, and what goes of their requests."""

from app.ports.idempotency import KeyClaim, OperationRecord, OperationRepository
from app.ports.mail import MailRepository
from app.ports.users import ErasureRepository
from contracts.changes import new_id


class ErasuresContract:
    def test_the_marker_says_how_far_it_is(
        self, erasures: ErasureRepository, user_id: str, other_user_id: str
    ) -> None:
        seen = [erasures.state(user_id)]
        erasures.begin(user_id)
        seen.append(erasures.state(user_id))
        erasures.begin(user_id)
        seen.append(erasures.state(user_id))
        erasures.finish(user_id)
        seen.append(erasures.state(user_id))

        assert seen == [None, "begun", "begun", "finished"]
        assert erasures.state(other_user_id) is None

    def test_what_is_finished_stays_finished(self, erasures: ErasureRepository, user_id: str) -> None:
        erasures.begin(user_id)
        erasures.finish(user_id)
        erasures.begin(user_id)
        erasures.finish(user_id)

        assert erasures.state(user_id) == "finished"

    def test_it_needs_no_record_of_the_user(self, erasures: ErasureRepository) -> None:
        unknown = new_id()

        erasures.begin(unknown)

        assert erasures.state(unknown) == "begun"

    def test_the_users_requests_go_and_those_of_others_stay(
        self,
        erasures: ErasureRepository,
        operations: OperationRepository,
        user_id: str,
        other_user_id: str,
    ) -> None:
        for owner in (user_id, other_user_id):
            for key in range(3):
                operations.claim(owner, f"key-{key}", "print", owner="first", resource_id="first")
        erasures.begin(user_id)

        assert sum(erasures.erase_operations(user_id)) == 3
        assert sum(erasures.erase_operations(user_id)) == 0

        assert erasures.state(user_id) == "begun"
        again = operations.claim(user_id, "key-0", "print", owner="second", resource_id="second")
        theirs = operations.claim(other_user_id, "key-0", "print", owner="second", resource_id="second")
        assert (again, theirs) == (KeyClaim("second"), OperationRecord("print", None))

    def test_no_mail_goes_to_a_deleted_account(
        self, erasures: ErasureRepository, mail: MailRepository, user_id: str, other_user_id: str
    ) -> None:
        """The marker is written by one repository and read by the other."""
        seen = [mail.is_erased(user_id)]
        erasures.begin(user_id)
        seen.append(mail.is_erased(user_id))
        erasures.finish(user_id)
        seen.append(mail.is_erased(user_id))

        assert seen == [False, True, True]
        assert not mail.is_erased(other_user_id)
