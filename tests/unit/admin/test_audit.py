"""Acts on record: before, after, and when the record fails."""

from collections.abc import Callable

import pytest

from app import context
from app.errors import Conflict, Unavailable
from app.models.users import User
from app.services.admin.audit import Audit, Details
from app.services.cursors import CursorSigner
from support.memory import MemoryAudit

ADMIN = User(id="a1", email="admin@example.com")


def perform(audit: Audit, act: Callable[[Details], None]) -> None:
    with audit.recorded(ADMIN, "user.disable", "u1") as details:
        act(details)


@pytest.fixture
def entries() -> MemoryAudit:
    return MemoryAudit()


@pytest.fixture
def audit(entries: MemoryAudit) -> Audit:
    return Audit(entries, CursorSigner(lambda: b"key"))


def test_an_act_is_on_record_before_it_happens(audit: Audit, entries: MemoryAudit) -> None:
    context.begin("request-1")

    with audit.recorded(ADMIN, "user.disable", "u1", queue="email"):
        during = entries.only

    assert (during.outcome, during.request_id, during.actor_email) == ("started", "request-1", ADMIN.email)
    assert (during.action, during.target, during.details) == ("user.disable", "u1", {"queue": "email"})
    assert entries.only.outcome == "succeeded"


def test_what_cannot_be_put_on_record_does_not_happen(audit: Audit, entries: MemoryAudit) -> None:
    entries.fails = {"append"}
    acts: list[str] = []

    with pytest.raises(Unavailable):
        perform(audit, lambda _: acts.append("done"))

    assert acts == []


@pytest.mark.parametrize("failure", [Conflict(), ValueError()])
def test_a_failure_is_on_record_with_what_was_done_until_then(
    audit: Audit, entries: MemoryAudit, failure: Exception
) -> None:
    def fail_halfway(details: Details) -> None:
        details["moved"] = 3
        raise failure

    with pytest.raises(type(failure)):
        perform(audit, fail_halfway)

    assert (entries.only.outcome, entries.only.details) == ("failed", {"moved": 3})


def test_an_act_that_is_done_does_not_fail_for_its_record(audit: Audit, entries: MemoryAudit) -> None:
    entries.fails = {"settle"}

    with audit.recorded(ADMIN, "user.disable", "u1"):
        pass

    assert entries.only.outcome == "started"


def test_a_cursor_is_its_readers_own(audit: Audit) -> None:
    for target in ("first", "second"):
        with audit.recorded(ADMIN, "user.disable", target):
            pass
    cursor = audit.list(ADMIN, limit=1, cursor=None).next_cursor

    (rest,) = audit.list(ADMIN, limit=1, cursor=cursor).items
    assert rest.target in ("first", "second")
    with pytest.raises(Exception, match="cursor"):
        audit.list(User(id="a2", email="other@example.com"), limit=1, cursor=cursor)
