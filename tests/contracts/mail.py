"""The contract of mail records: one attempt at a time, and no address that must not be written to."""

from app.ports.mail import MailRepository
from contracts.changes import new_id
from support.clock import Clock

LEASE_SECONDS = 60


class MailContract:
    def test_a_mail_belongs_to_the_first_claim_until_it_is_settled(
        self, mail: MailRepository, mail_id: str
    ) -> None:
        assert mail.claim(mail_id, owner="a") == "first"
        assert mail.claim(mail_id, owner="b") == "held"

        mail.settle_sent(mail_id, "ses-1")

        assert mail.claim(mail_id, owner="b") == "sent"
        assert mail.claim(mail_id, owner="a") == "sent"

    def test_a_claim_that_is_repeated_is_one_claim(self, mail: MailRepository, mail_id: str) -> None:
        assert mail.claim(mail_id, owner="a") == "first"
        assert mail.claim(mail_id, owner="a") == "first"

    def test_a_claim_that_has_sent_nothing_leaves_no_trace(
        self, mail: MailRepository, mail_id: str, clock: Clock
    ) -> None:
        mail.claim(mail_id, owner="a")
        mail.settle_unsent(mail_id, owner="a")
        mail.settle_unsent(mail_id, owner="a")

        assert mail.claim(mail_id, owner="b") == "first"
        clock.now += LEASE_SECONDS + 1
        assert mail.claim(mail_id, owner="c") == "again", "settled twice, it counts once"

    def test_a_claim_that_is_not_settled_is_free_after_a_minute_and_remembered(
        self, mail: MailRepository, mail_id: str, clock: Clock
    ) -> None:
        mail.claim(mail_id, owner="a")
        clock.now += LEASE_SECONDS - 1
        assert mail.claim(mail_id, owner="b") == "held"
        clock.now += 2

        assert mail.claim(mail_id, owner="b") == "again"
        mail.settle_unsent(mail_id, owner="a")
        assert mail.claim(mail_id, owner="c") == "held"
        mail.settle_unsent(mail_id, owner="b")
        assert mail.claim(mail_id, owner="c") == "again"

    def test_a_claim_does_not_end_before_its_time_by_the_fraction_of_a_second(
        self, mail: MailRepository, mail_id: str, clock: Clock
    ) -> None:
        clock.now = int(clock.now) + 0.9
        mail.claim(mail_id, owner="a")
        clock.now += LEASE_SECONDS - 0.5

        assert mail.claim(mail_id, owner="b") == "held"

    def test_a_mail_that_was_sent_stays_sent(self, mail: MailRepository, mail_id: str, clock: Clock) -> None:
        mail.claim(mail_id, owner="a")
        mail.settle_sent(mail_id, "ses-1")
        mail.settle_unsent(mail_id, owner="a")
        clock.now += 10 * LEASE_SECONDS

        assert mail.claim(mail_id, owner="b") == "sent"

    def test_what_was_never_claimed_can_be_settled(self, mail: MailRepository, mail_id: str) -> None:
        mail.settle_unsent(mail_id, owner="a")
        assert mail.claim(mail_id, owner="b") == "first"

        other = f"{mail_id}-other"
        mail.settle_sent(other, "ses-1")
        assert mail.claim(other, owner="b") == "sent"

    def test_mails_do_not_meet(self, mail: MailRepository, mail_id: str) -> None:
        mail.claim(mail_id, owner="a")

        assert mail.claim(f"{mail_id}-other", owner="b") == "first"

    def test_addresses_are_suppressed_in_any_spelling(self, mail: MailRepository, email: str) -> None:
        assert not mail.is_suppressed(email)

        mail.suppress(email, "bounce")
        mail.suppress(email, "complaint")

        assert mail.is_suppressed(email.upper())
        assert not mail.is_suppressed(f"not-{email}")

    def test_an_account_that_has_not_left_is_not_erased(self, mail: MailRepository) -> None:
        assert not mail.is_erased(new_id())
