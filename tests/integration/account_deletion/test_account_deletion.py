"""Account deletion: nothing stays, no other account is touched, and an interrupted deletion completes."""

import uuid
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from itertools import count

import pytest

from app import deadline
from app.errors import Unavailable
from app.models.mail import Mail
from app.models.moments import now, timestamp
from app.models.todos import Todo, TodoContent
from app.ports.users import UserRecordMissing
from support.people import PASSWORD, Person, sign_up
from support.postgres import after_each_statement
from support.processes import wait_until
from support.user_stores import furnish

CONTENT = TodoContent(
    title="Late", notes="", completed=False, due_on=None, due_at=None, priority="none", tags=(), list="inbox"
)
MARKER_FIELDS = {"pk", "sk", "beganAt", "finishedAt", "ttl"}


def only_the_marker(person: Person, traces) -> None:
    left = traces.of(person)
    left.pop(
        "ReadCache", None
    )  # where an interruption has kept it from being swept, it expires within a minute
    assert left.keys() == {"OperationsTable"}
    (marker,) = left["OperationsTable"]
    assert (marker["pk"]["S"], marker["sk"]["S"]) == (f"user#{person.id}", "erased")
    assert marker.keys() == MARKER_FIELDS


def test_deletion_leaves_nothing_behind_and_touches_no_other_account(ada, bob, app, traces):
    furnish(ada, app.state.container)
    furnish(bob, app.state.container)
    assert traces.of(ada).keys() == set(traces.resources)
    before = {place: len(things) for place, things in traces.of(bob).items()}

    assert ada.leave().status_code == 204

    only_the_marker(ada, traces)
    assert "ReadCache" not in traces.of(ada)
    assert {place: len(things) for place, things in traces.of(bob).items()} == before
    assert bob.request("GET", "/v1/todos").json()["items"]


def test_a_deleted_user_is_signed_out_and_may_sign_up_as_a_new_one(ada, http, traces):
    assert ada.leave().status_code == 204

    for method, path in (("GET", "/v1/users/me"), ("GET", "/v1/todos"), ("POST", "/v1/todos")):
        assert ada.request(method, path, json={"title": "?"}).status_code == 401
    login = http.post("/v1/auth/login", json={"email": ada.email, "password": PASSWORD})
    refresh = http.post("/v1/auth/refresh", json={"refresh_token": ada.tokens["refresh_token"]})
    assert (login.status_code, refresh.status_code) == (401, 401)
    only_the_marker(ada, traces)  # asking has brought nothing back

    again = sign_up(http, email=ada.email)
    assert again.id != ada.id
    assert again.request("GET", "/v1/todos").json()["items"] == []


def test_leaving_again_with_the_same_token_changes_nothing(ada, traces):
    assert [ada.leave().status_code for _ in range(3)] == [204, 204, 204]

    only_the_marker(ada, traces)


SERVICES = ("dynamodb", "s3", "sqs", "cognito")


class Interruption:
    """Ends the calls to AWS and PostgreSQL from one of them on; `reached` tells whether there was that one."""

    def __init__(self, clients, number: int) -> None:
        self.left = number
        self.reached = False
        self.events = [getattr(clients, service).meta.events for service in SERVICES]
        self.stack = ExitStack()

    def __enter__(self) -> "Interruption":
        for events in self.events:
            events.register("after-call", self.count)
            self.stack.callback(events.unregister, "after-call", self.count)
        self.stack.enter_context(after_each_statement(lambda _: self.count()))
        return self

    def __exit__(self, *_: object) -> None:
        self.stack.close()

    def count(self, **_: object) -> None:
        self.left -= 1
        if self.left < 0:  # from here on nothing answers, like a process that has died
            self.reached = True
            raise Unavailable


def test_interrupted_at_any_call_and_repeated_it_completes(http, app, traces):
    """The call has its effect, its answer is lost: as if the process had died before the next one."""
    for number in count():
        ada = sign_up(http)
        furnish(ada, app.state.container)
        with Interruption(app.state.container.clients, number) as interruption:
            answer = ada.leave()
        if not interruption.reached:
            break
        assert answer.status_code in (204, 503)

        assert ada.leave().status_code == 204
        only_the_marker(ada, traces)
    assert number > 15


def test_an_account_cannot_be_used_while_its_deletion_is_interrupted(ada, http, app, traces):
    furnish(ada, app.state.container)
    with Interruption(app.state.container.clients, 8):
        assert ada.leave().status_code == 503

    for method, path in (("GET", "/v1/users/me"), ("GET", "/v1/todos"), ("POST", "/v1/auth/logout-all")):
        assert ada.request(method, path).status_code == 401
    with pytest.raises(UserRecordMissing):  # a request that had been let in before
        app.state.container.todos.put(ada.id, str(uuid.uuid4()), CONTENT)

    ada.sign_in()  # who has lost the token gets another one, good for nothing but this
    assert ada.request("GET", "/v1/todos").status_code == 401
    assert ada.leave().status_code == 204
    only_the_marker(ada, traces)


@pytest.mark.dynamodb  # in PostgreSQL, a thousand to-dos go in one statement
def test_a_large_account_is_erased_in_several_goes(ada, app, traces, monkeypatch):
    container = app.state.container
    container.todos.restore(ada.id, [Todo(id=str(uuid.uuid4()), title=f"T{n}") for n in range(600)])
    before = len(traces.within("TodosTableV2", ada))

    with monkeypatch.context() as patch:
        seconds = count(25, step=-1)
        patch.setattr(deadline, "left", lambda: next(seconds))
        with pytest.raises(Unavailable) as unfinished:
            container.personal_data.account_deletion.erase(ada.id)

    assert unfinished.value.code == "erasure_unfinished"
    assert 0 < len(traces.within("TodosTableV2", ada)) < before
    assert ada.leave().status_code == 204
    only_the_marker(ada, traces)


def test_a_reset_password_does_not_restore_a_deleted_account(ada, http, app, traces):
    with without_pool(app):
        assert ada.leave().status_code == 503
        assert "UsersTable" not in traces.of(ada)

    reset = {"email": ada.email, "code": "654321", "password": "Another-Horse-8"}
    http.post("/v1/auth/forgot-password", json={"email": ada.email})
    assert http.post("/v1/auth/reset-password", json=reset).status_code == 204

    assert "UsersTable" not in traces.of(ada)


def test_the_last_mail_is_sent_once_and_what_waited_is_dropped(ada, app, mailbox):
    container = app.state.container
    mailbox.wait_for(ada.email, "Welcome!")
    with without_pool(app):
        assert ada.leave().status_code == 503
    assert ada.leave().status_code == 204
    mailbox.wait_for(ada.email, "Your account is deleted")

    pending = Mail(
        kind="signed_out_everywhere",
        to=ada.email,
        id=uuid.uuid4().hex,
        data={"at": timestamp(now())},
        user_id=ada.id,
    )
    assert wait_until(lambda: waiting(container)[0] == 0)
    _, held_by_others = waiting(container)  # mail of other tests that failed on purpose, and comes back later
    container.outbox.send(pending)

    assert wait_until(lambda: waiting(container) <= (0, held_by_others))
    subjects = [mail["Subject"] for mail in mailbox.of(ada.email)]
    assert subjects[1:] == ["Your account is deleted"]


def waiting(container) -> tuple[int, int]:
    """How many messages of the mail queue are to be received, and how many are being worked on."""
    names = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
    answer = container.clients.sqs.get_queue_attributes(
        QueueUrl=container.settings.email_queue_url, AttributeNames=names
    )
    visible, held = (int(answer["Attributes"][name]) for name in names)
    return visible, held


@contextmanager
def without_pool(app) -> Iterator[None]:
    """The pool does not delete for a while."""

    def refuse(**_: object) -> None:
        raise Unavailable

    events, event = app.state.container.clients.cognito.meta.events, "before-call.*.AdminDeleteUser"
    events.register(event, refuse)
    try:
        yield
    finally:
        events.unregister(event, refuse)
