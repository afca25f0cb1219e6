"""Mail goes to the domain that was meant, and to no other."""

import json

import pytest

from app.models.mail import Mail
from app.models.users import User
from app.ports.identity import Account
from app.services.accounts import record_of
from app.services.mail.kinds import welcome
from app.services.mail.mailer import Mailer
from app.services.mail.message import encode
from app.services.mail.render import Renderer
from app.services.mail.suppression import Suppression
from support.memory import MemoryMail
from unit.domains import DOMAINS


@pytest.fixture
def mails():
    return MemoryMail()


@pytest.fixture
def mailer(mails, delivery):
    return Mailer(mails, Renderer(), delivery)


@pytest.mark.parametrize(("domain", "in_dns"), DOMAINS.items(), ids=DOMAINS.values())
def test_a_mail_goes_to_the_domain_that_was_typed(mailer, ses, domain, in_dns):
    """Of a record, and of a message that an earlier version has left in the queue."""
    record = record_of(Account("user-1", f"Ada@{domain}", "Ada"))
    old = Mail(kind="welcome", to=f"ada@{domain}", id="welcome#old")

    for mail in (welcome(record), old):
        mailer.process(encode(mail))

    went_to = [call["Destination"]["ToAddresses"] for call in ses.accepted]
    assert went_to == [[f"ada@{in_dns}"]] * 2


@pytest.mark.parametrize(
    "reported", ["ada@faß.example", "Ada@XN--FA-HIA.example", "Ada <ada@xn--fa-hia.example>"]
)
def test_a_bounce_stops_mail_to_the_address_in_any_form(mailer, mails, ses, reported):
    event = {
        "eventType": "Bounce",
        "bounce": {"bounceType": "Permanent", "bouncedRecipients": [{"emailAddress": reported}]},
    }

    assert Suppression(mails).note(json.dumps(event)) == 1

    assert mailer.process(encode(welcome(User(id="user-1", email="ada@xn--fa-hia.example")))) == "suppressed"
    assert ses.accepted == []
