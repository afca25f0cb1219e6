"""Changing an address with a code, and giving the old one back, each cut at any call and repeated."""

import threading
from dataclasses import replace

import pytest

from app.errors import (
    AppError,
    Conflict,
    Contention,
    Forbidden,
    InvalidCode,
    InvalidCredentials,
    TooManyRequests,
    Unavailable,
    Unprocessable,
    WrongPassword,
)
from app.models.users import User
from app.ports.address_changes import AddressRecord
from app.ports.identity import Account
from app.services.accounts import Accounts
from app.services.address_changes import AddressChanges
from app.services.address_secrets import AddressSecrets
from app.services.departures import Departures
from app.services.email_change import EmailChange
from app.services.email_undo import EmailUndo, InvalidLink
from support.mail import Outbox
from support.memory import MemoryIdentity, MemoryUserData, MemoryUsers
from support.memory.address_changes import MemoryAddressChanges
from unit.accounts.doubles import Clock

A, B, C = "ada@example.com", "new@example.com", "newer@example.com"
ADA, EVE = "5f0c2f6e-8a3b-4f5e-9a51-0d6f2b1c7e55", "6f0c2f6e-8a3b-4f5e-9a51-0d6f2b1c7e55"
PASSWORD = "Correct-Horse-7"
DAY = 24 * 60 * 60


class Cut(BaseException):
    """The process ends here."""


class Cutting:
    """Passes calls on to `target`, and ends the process at the call of number `at`, before or after it."""

    def __init__(self, target, counter):
        self._target, self._counter = target, counter

    def __getattr__(self, name):
        found = getattr(self._target, name)
        if not callable(found):
            return found

        def call(*args, **options):
            self._counter.before()
            answer = found(*args, **options)
            self._counter.after()
            return answer

        return call


class Cuts:
    def __init__(self):
        self.calls, self.at, self.moment = 0, None, "after"

    def before(self):
        self.calls += 1
        if self.at == self.calls and self.moment == "before":
            raise Cut

    def after(self):
        if self.at == self.calls and self.moment == "after":
            raise Cut


class Recorder:
    """An `ActivityRecorder` that keeps the kinds."""

    def __init__(self):
        self.kinds = []

    def record(self, _user_id, kind, _client_id=None):
        self.kinds.append(kind)

    def sign_in_failed(self, _find, _client_id=None):
        self.kinds.append("sign_in_failed")


class World:
    """Ada's account, and all that her requests reach."""

    def __init__(self):
        self.clock, self.cuts, self.activity = Clock(), Cuts(), Recorder()
        self.users, self.identity, self.outbox = MemoryUsers(), MemoryIdentity(), Outbox()
        self.user_data, self.records = MemoryUserData(), MemoryAddressChanges(self.clock)
        self.secrets = AddressSecrets(lambda: [b"key"])
        self.add(ADA, A)
        cut = {
            name: Cutting(getattr(self, name), self.cuts)
            for name in ("users", "identity", "outbox", "user_data", "records")
        }
        departures = Departures(cut["records"], self.secrets, self.clock)
        moves = AddressChanges(
            cut["users"],
            cut["user_data"],
            cut["outbox"],
            leave=departures.leave,
            record=self.activity.record,
        )
        self.accounts = Accounts(
            cut["users"],
            cut["identity"],
            cut["outbox"],
            follow=moves.follow,
            activity=lambda: self.activity,
            clock=self.clock,
            sleep=self.clock.sleep,
        )
        shared = {
            "records": cut["records"],
            "users": cut["users"],
            "identity": cut["identity"],
            "accounts": self.accounts,
            "moves": moves,
            "secrets": self.secrets,
            "clock": self.clock,
        }
        self.changes = EmailChange(outbox=cut["outbox"], **shared)
        self.undoing = EmailUndo(**shared)

    def add(self, user_id, email, **options):
        self.identity.put(Account(user_id, email, "Ada", **options), PASSWORD)
        self.users.create(User(id=user_id, email=email, name="Ada"))

    @property
    def ada(self):
        return self.users.get(ADA)

    def request(self, email, password=PASSWORD, signed_in_at=0):
        self.changes.request(self.ada, email, password, signed_in_at)

    def mails(self, kind, to=None):
        return [sent for sent in self.outbox.mails if sent.kind == kind and to in (None, sent.to)]

    def code(self):
        return self.mails("email_code")[-1].data["code"]

    def link(self, to):
        return self.mails("email_changed", to)[-1].data["undo"]

    def change(self, email):
        self.request(email)
        self.changes.confirm(self.ada, self.code())

    def undo(self, token):
        self.undoing.undo(token)

    def gets_in(self, email, password=PASSWORD):
        try:
            self.identity.log_in(email, password)
        except InvalidCredentials:
            return False
        return True

    def address(self):
        """Where the account is, which the pool and the record agree on."""
        assert self.identity.accounts[ADA].email == self.ada.email
        return self.ada.email


@pytest.fixture
def world():
    return World()


def other_than(code):
    return f"{(int(code) + 1) % 10**8:08}"


def test_a_change_and_its_undo_are_one_activity_each(world):
    world.change(B)
    world.changes.confirm(world.ada, world.code())
    token = world.link(A)
    world.undo(token)
    world.undo(token)

    assert world.activity.kinds == ["address_changed", "address_change_undone"]


def test_a_code_proves_the_new_address_and_the_old_one_gets_a_link(world):
    world.request(B)
    assert world.address() == A
    (code,) = world.mails("email_code")
    assert (code.to, len(code.data["code"])) == (B, 8)

    world.changes.confirm(world.ada, world.code())

    assert world.address() == B
    assert (world.gets_in(A), world.gets_in(B)) == (False, True)
    assert [sent.to for sent in world.mails("email_changed")] == [A]
    assert world.records.holder(A) == ADA
    assert world.records.holder(B) is None
    assert not world.records.get(ADA).operation


def test_nothing_that_is_stored_has_the_code_or_the_link(world):
    world.change(B)

    kept = repr(world.records.get(ADA))
    assert world.code() not in kept
    assert world.link(A) not in kept


@pytest.mark.parametrize("password", ["Wrong-Horse-77", ""])
def test_a_change_asks_for_the_password(world, password):
    with pytest.raises(WrongPassword):
        world.request(B, password)

    assert world.records.get(ADA) == AddressRecord()


@pytest.mark.parametrize(
    ("has_password", "age", "lets"), [(True, 0, False), (False, 301, False), (False, 9, True)]
)
def test_an_account_without_a_password_asks_for_a_sign_in_just_now(world, has_password, age, lets):
    world.identity.put(Account(ADA, A, "Ada", has_password=has_password), PASSWORD)
    moment = int(world.clock()) - age

    if lets:
        world.request(B, None, moment)
        assert world.mails("email_code", B)
    else:
        with pytest.raises(Forbidden) as refused:
            world.request(B, None, moment)
        assert refused.value.code == "reauthentication_required"


def test_the_address_that_an_account_has_is_not_changed_to(world):
    with pytest.raises(Unprocessable) as refused:
        world.request(A)

    assert [(error.pointer, error.code) for error in refused.value.errors] == [("/email", "email_unchanged")]


def test_a_taken_address_is_answered_like_a_free_one_and_its_owner_gets_a_mail(world):
    world.add(EVE, B)
    calls = {}
    for email in (B, C):
        before = world.cuts.calls
        world.request(email)
        calls[email] = world.cuts.calls - before

    assert calls[B] == calls[C]
    assert [(sent.kind, sent.to) for sent in world.outbox.mails] == [("email_taken", B), ("email_code", C)]


def test_an_address_that_is_kept_for_another_account_is_answered_like_a_free_one(world):
    world.change(B)
    world.add(EVE, "eve@example.com")

    world.changes.request(world.users.get(EVE), A, PASSWORD, 0)

    assert [sent.to for sent in world.mails("email_taken")] == [A]
    assert world.mails("email_code", A) == []


def test_an_address_that_was_taken_meanwhile_is_a_conflict_and_nothing_has_changed(world):
    world.request(B)
    world.add(EVE, B)

    with pytest.raises(Conflict) as refused:
        world.changes.confirm(world.ada, world.code())

    assert refused.value.code == "email_taken"
    assert world.address() == A
    assert world.mails("email_changed") == []
    world.change(C)
    assert world.address() == C


def test_an_address_that_is_kept_for_another_meanwhile_is_a_conflict(world):
    world.request(B)
    world.add(EVE, B)
    eve = world.users.get(EVE)
    world.changes.request(eve, C, PASSWORD, 0)
    world.changes.confirm(eve, world.code())

    with pytest.raises(InvalidCode):
        world.changes.confirm(world.ada, world.code())
    code = world.mails("email_code", B)[0].data["code"]
    with pytest.raises(Conflict):
        world.changes.confirm(world.ada, code)

    assert world.address() == A


def test_a_second_request_replaces_the_first(world):
    world.request(B)
    first = world.code()
    world.request(C)

    with pytest.raises(InvalidCode):
        world.changes.confirm(world.ada, first)
    world.changes.confirm(world.ada, world.code())

    assert world.address() == C


def test_a_code_ends_with_its_hour_and_with_five_attempts(world):
    world.request(B)
    code = world.code()
    for _ in range(5):
        with pytest.raises(InvalidCode):
            world.changes.confirm(world.ada, other_than(code))
    with pytest.raises(InvalidCode):
        world.changes.confirm(world.ada, code)

    world.request(B)
    world.clock.now += 60 * 60
    with pytest.raises(InvalidCode):
        world.changes.confirm(world.ada, world.code())
    assert world.address() == A


def test_guesses_at_the_same_time_are_no_more_than_are_counted(world, monkeypatch):
    world.request(B)
    was = world.records.get(ADA)
    world.records.put(ADA, was, was=was)  # another guess, counted in between
    monkeypatch.setattr(world.records, "get", lambda _: was)

    with pytest.raises(Contention):
        world.changes.confirm(world.ada, world.code())

    assert world.address() == A


def test_a_confirmation_with_a_lost_answer_is_success_when_repeated(world):
    world.change(B)
    sent = len(world.outbox.mails)

    world.changes.confirm(world.ada, world.code())
    with pytest.raises(InvalidCode):
        world.changes.confirm(world.ada, other_than(world.code()))

    assert len(world.outbox.mails) == sent
    assert world.address() == B


def test_an_account_keeps_five_former_addresses_at_most(world):
    for number in range(5):
        world.change(f"{number}@example.com")

    with pytest.raises(TooManyRequests) as refused:
        world.request(B)

    assert refused.value.code == "too_many_address_changes"
    assert refused.value.headers["Retry-After"] == str(7 * DAY)
    world.clock.now += 7 * DAY
    world.change(B)
    assert world.address() == B


# ------------------------------------------------------------------------------------------------------- undo


def test_the_link_gives_the_address_back_ends_sessions_and_voids_the_password(world):
    session = world.identity.log_in(A, PASSWORD).refresh_token
    world.change(B)

    world.undo(world.link(A))

    assert world.address() == A
    assert not world.gets_in(A)
    assert not world.gets_in(B)
    with pytest.raises(InvalidCredentials):
        world.identity.refresh(session)
    assert world.ada.tokens_valid_after >= int(world.clock()) - 1
    assert world.records.holder(A) is None
    world.identity.reset_password(A, "123456", "Battery-Staple-8")
    assert world.gets_in(A, "Battery-Staple-8")


def test_a_link_that_is_used_again_does_nothing(world):
    world.change(B)
    link = world.link(A)
    world.undo(link)
    world.identity.reset_password(A, "123456", "Battery-Staple-8")

    world.undo(link)

    assert world.gets_in(A, "Battery-Staple-8")


@pytest.mark.parametrize("token", ["", "x", f"{ADA}.", f"{ADA}.wrong", "unknown.wrong", f"{EVE}.\u00e9"])
def test_any_other_link_is_refused_alike(world, token):
    world.change(B)

    with pytest.raises(InvalidLink) as refused:
        world.undo(token)

    assert refused.value.code == "invalid_link"
    assert world.address() == B


def test_a_link_works_for_seven_days(world):
    world.change(B)
    world.clock.now += 7 * DAY - 1
    assert world.records.holder(A) == ADA
    world.undo(world.link(A))
    assert world.address() == A

    world.identity.reset_password(A, "123456", PASSWORD)
    world.change(C)
    world.clock.now += 7 * DAY
    assert world.records.holder(A) is None
    with pytest.raises(InvalidLink):
        world.undo(world.link(A))
    assert world.address() == C


def test_of_two_changes_the_link_of_the_first_address_wins(world):
    world.change(B)
    world.change(C)
    from_a, from_b = world.link(A), world.link(B)

    world.undo(from_b)
    assert world.address() == B
    world.undo(from_a)
    assert world.address() == A

    with pytest.raises(InvalidLink):
        world.undo(from_b)
    assert world.records.holder(B) is None


def test_the_link_of_the_first_address_voids_the_later_one(world):
    world.change(B)
    world.change(C)

    world.undo(world.link(A))

    assert world.address() == A
    with pytest.raises(InvalidLink):
        world.undo(world.link(B))


def test_an_address_that_is_left_again_has_its_link_for_seven_days_more(world):
    world.change(B)
    world.clock.now += 3 * DAY
    world.change(A)
    world.clock.now += 3 * DAY
    world.change(C)
    world.clock.now += 6 * DAY

    world.undo(world.link(A))

    assert world.address() == A


def test_a_change_that_waits_is_void_after_an_undo(world):
    world.change(B)
    world.request(C)

    world.undo(world.link(A))

    with pytest.raises(InvalidCode):
        world.changes.confirm(world.ada, world.code())
    assert world.address() == A


def test_a_restored_address_that_is_left_again_gets_another_link(world):
    world.change(B)
    first = world.link(A)
    world.undo(first)
    world.identity.reset_password(A, "123456", PASSWORD)
    world.clock.now += 60
    world.change(C)

    assert world.link(A) != first
    with pytest.raises(InvalidLink):
        world.undo(first)
    world.undo(world.link(A))
    assert world.address() == A


def test_an_undo_is_not_followed_as_a_change_of_its_own(world):
    """The tokens of a sign-in while it runs say the restored address, and the record the other one yet."""
    world.change(B)
    link, users = world.link(A), world.users
    world.cuts.calls, world.cuts.moment = 0, "after"
    world.cuts.at = calls_until(World, lambda one: one.undo(one.link(A)), "set_email")
    with pytest.raises(Cut):
        world.undo(link)
    world.cuts.at = None

    world.accounts.log_in(A, PASSWORD)

    assert users.get(ADA).email == A
    assert [sent.to for sent in world.mails("email_changed")] == [A]


def calls_until(make, act, name):
    """How many calls there are until the first one of this name is over."""
    one = make()
    one.change(B)
    one.cuts.calls = 0
    seen = []
    original = getattr(one.identity, name)

    def noting(*args):
        seen.append(one.cuts.calls)
        return original(*args)

    setattr(one.identity, name, noting)
    act(one)
    return seen[0]


def test_a_disabled_account_gets_its_address_back_and_stays_disabled(world):
    world.change(B)
    world.identity.disable(ADA)
    world.users.set_status(ADA, "disabled")

    world.undo(world.link(A))

    assert world.address() == A
    assert world.ada.status == "disabled"


def test_an_account_that_is_being_deleted_has_no_link(world):
    world.change(B)
    world.users.close(ADA)

    with pytest.raises(InvalidLink):
        world.undo(world.link(A))


def test_an_account_without_a_password_is_given_none(world):
    world.change(B)
    world.identity.accounts[ADA] = replace(world.identity.accounts[ADA], has_password=False)

    world.undo(world.link(A))

    assert world.address() == A
    assert world.gets_in(A)


def test_a_taken_address_locks_the_account_all_the_same(world):
    """Another client of the pool may have taken it: Cognito's own sign-up can be faster than a reservation."""
    world.change(B)
    world.identity.put(Account(EVE, A, None), PASSWORD)

    with pytest.raises(Conflict):
        world.undo(world.link(A))

    assert not world.gets_in(B)


# -------------------------------------------------------------------------------------------------- interruptions


def confirm(world):
    world.changes.confirm(world.ada, world.code())


def undo(world):
    world.undo(world.link(A))


def prepare_confirm(world):
    world.request(B)


def prepare_undo(world):
    world.change(B)


ACTS = {"confirm": (prepare_confirm, confirm, B), "undo": (prepare_undo, undo, A)}


def length(name):
    prepare, act, _ = ACTS[name]
    world = World()
    prepare(world)
    world.cuts.calls = 0
    act(world)
    return world.cuts.calls


POINTS = [
    (name, moment, number)
    for name in ACTS
    for moment in ("before", "after")
    for number in range(1, length(name) + 1)
]


def interrupted(name, moment, number):
    prepare, act, _ = ACTS[name]
    world = World()
    prepare(world)
    world.cuts.calls, world.cuts.at, world.cuts.moment = 0, number, moment
    with pytest.raises(Cut):
        act(world)
    world.cuts.at = None
    return world


def working(world):
    """The addresses that the account can be reached by: the one of the pool."""
    return world.identity.accounts[ADA].email


@pytest.mark.parametrize(("name", "moment", "number"), POINTS)
def test_a_repetition_completes_what_was_cut(name, moment, number):
    world = interrupted(name, moment, number)
    assert working(world) in (A, B)

    ACTS[name][1](world)

    assert world.address() == ACTS[name][2]
    assert len({sent.id for sent in world.mails("email_changed")}) == 1
    assert not world.records.get(ADA).operation
    if name == "undo":
        assert not world.gets_in(A)


@pytest.mark.parametrize(("name", "moment", "number"), POINTS)
def test_the_owner_of_the_first_address_gets_it_back_whatever_was_cut(name, moment, number):
    """Either the address never left, or its link works, if a sign-in has brought the record up first."""
    world = interrupted(name, moment, number)
    if working(world) == B and world.ada.email == A:
        world.accounts.log_in(B, PASSWORD)
    world.clock.now += 41

    if world.mails("email_changed", A):
        world.undo(world.link(A))

    assert world.address() == A
    assert world.records.holder(A) in (None, ADA)


@pytest.mark.parametrize(("moment", "number"), [point[1:] for point in POINTS if point[0] == "confirm"])
def test_a_new_request_first_completes_a_change_that_was_cut(moment, number):
    world = interrupted("confirm", moment, number)
    world.clock.now += 41

    world.request(C)
    world.changes.confirm(world.ada, world.code())

    assert world.address() == C
    assert world.records.holder(A) == ADA


def test_an_undo_that_is_not_finished_lets_no_change_in():
    world = interrupted("undo", "after", 4)
    world.clock.now += 41

    with pytest.raises(Contention):
        world.changes._ask_for_code(world.ada, C)
    undo(world)

    assert world.address() == A


# ----------------------------------------------------------------------------------------------------------- races


def both(*acts):
    outcomes = []

    def run(act):
        try:
            act()
            outcomes.append("done")
        except AppError as error:
            outcomes.append(error.code)

    threads = [threading.Thread(target=run, args=(act,)) for act in acts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return outcomes


@pytest.mark.parametrize("_", range(20))
def test_two_confirmations_at_once_are_one_change(world, _):
    world.request(B)
    ada, code = world.ada, world.code()

    outcomes = both(*[lambda: world.changes.confirm(ada, code)] * 2)

    assert set(outcomes) <= {"done", "contention"}
    world.changes.confirm(world.ada, code)
    assert world.address() == B
    assert len({sent.id for sent in world.mails("email_changed")}) == 1


@pytest.mark.parametrize("_", range(20))
def test_a_confirmation_and_an_undo_at_once_end_at_the_first_address_once_the_link_is_repeated(world, _):
    world.change(B)
    world.request(C)
    ada, code, link = world.ada, world.code(), world.link(A)

    outcomes = both(lambda: world.changes.confirm(ada, code), lambda: world.undo(link))
    assert set(outcomes) <= {"done", "contention", "invalid_code"}
    world.undo(link)

    assert world.address() == A
    with pytest.raises((InvalidCode, Contention)):
        world.changes.confirm(world.ada, code)


def test_a_change_in_the_lease_of_an_undo_waits(world):
    world.change(B)
    record = world.records.get(ADA)
    world.records.put(
        ADA, replace(record, operation="another", leased_until=int(world.clock()) + 40), was=record
    )

    with pytest.raises(Contention):
        world.undo(world.link(A))
    world.clock.now += 41
    world.undo(world.link(A))

    assert world.address() == A


def test_an_outage_of_the_queue_is_one_of_the_change_and_repeating_it_completes(world):
    world.request(B)
    code = world.code()
    world.outbox.full = True
    with pytest.raises(Unavailable):
        world.changes.confirm(world.ada, code)

    world.outbox.full = False
    world.changes.confirm(world.ada, code)

    assert world.address() == B
    assert len(world.mails("email_changed", A)) == 1
