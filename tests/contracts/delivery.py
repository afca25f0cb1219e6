"""The contract of mail delivery."""

import pytest

from app.ports.delivery import MailContent, MailDelivery, MailRefused

CONTENT = MailContent(subject="Żółć 🦊", text="Hello.\nBye.", html="<p>Hello.</p>")


class MailDeliveryContract:
    def test_each_mail_gets_an_id_of_its_own(self, delivery: MailDelivery) -> None:
        delivery.check("ada@example.com", CONTENT)
        ids = [delivery.deliver("ada@example.com", CONTENT) for _ in range(2)]

        assert all(ids)
        assert len(set(ids)) == 2

    @pytest.mark.parametrize("char", ["\r", "\n", "\x00", "\x0b", "\x85", "\u2028", "\u2029"])
    def test_a_header_of_two_lines_is_refused(self, delivery: MailDelivery, char: str) -> None:
        """The text after a line break would be a header of its own."""
        subject = MailContent(f"Hello{char}Bcc: eve@example.com", "Hello.", "")

        with pytest.raises(MailRefused):
            delivery.check("ada@example.com", subject)
        with pytest.raises(MailRefused):
            delivery.check(f"ada@example.com{char}eve@example.com", CONTENT)

    def test_a_text_may_have_many_lines(self, delivery: MailDelivery) -> None:
        delivery.check("ada@example.com", MailContent("Hello", "a\r\nb\n\nc", "<p>\n</p>"))
