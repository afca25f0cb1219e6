"""Account deletion: who is admitted, which mails are sent, and that no deleted account comes back by accident."""

from contextlib import nullcontext

import pytest

from app.errors import DeadlineExceeded, Forbidden, NotFound, Unauthenticated, Unavailable, WrongPassword
from unit.account_deletion.conftest import PASSWORD

NOW = 1_800_000_000


def admit(house, issued_at=NOW, password=PASSWORD):
    house.deletion.admit("ada", "ada", issued_at, password, nullcontext)


def test_all_goes_and_one_mail_with_a_name_of_its_own_tells_of_it(house):
    house.deletion.erase("ada")

    assert house.users.rows == house.todos.rows == house.pool.accounts == {}
    assert ("ada",) in house.files.owners
    assert house.user_data.owners == [("ada@example.com", "ada")]
    (mail,) = house.outbox.mails
    assert (mail.kind, mail.to, mail.locale) == ("account_deleted", "ada@example.com", "en-GB")
    assert (mail.id, mail.user_id) == ("account_deleted#ada", "ada")


def test_files_are_swept_again_after_the_record_for_what_was_under_way(house):
    late = house.users.delete

    def delete(user_id):
        house.files.owners.clear()
        return late(user_id)

    house.users.delete = delete

    house.deletion.erase("ada")

    assert house.files.owners == [("ada",)]


def test_before_anything_goes_it_is_marked_and_before_the_record_goes_the_rest_is_gone(house):
    seen = []
    delete, erase = house.users.delete, house.files.erase

    def delete_record(user_id):
        seen.append(("record", dict(house.todos.rows), list(house.erasures.operations)))
        return delete(user_id)

    def erase_files(user_id):
        seen.append(("files", house.erasures.state(user_id)))
        erase(user_id)

    house.users.delete, house.files.erase = delete_record, erase_files

    house.deletion.erase("ada")

    assert seen == [("files", "begun"), ("record", {}, ["ada"]), ("files", "begun")]


def test_while_the_pool_fails_it_is_not_finished_and_a_repetition_goes_on(house):
    house.pool.is_down = True
    with pytest.raises(Unavailable):
        house.deletion.erase("ada")
    assert house.users.rows == {}
    assert house.erasures.state("ada") == "begun"

    house.pool.is_down = False
    house.deletion.erase("ada")

    assert house.pool.accounts == {}
    assert house.erasures.state("ada") == "finished"


def test_what_is_finished_is_left_alone(house):
    house.deletion.erase("ada")
    house.files.owners.clear()

    house.deletion.erase("ada")

    assert house.files.owners == []


def test_when_time_is_up_it_says_so_and_a_repetition_goes_on(house, monkeypatch):
    def too_late(_user_id):
        raise DeadlineExceeded

    with monkeypatch.context() as slow:
        slow.setattr(house.files, "erase", too_late)
        with pytest.raises(Unavailable) as unfinished:
            house.deletion.erase("ada")

    assert unfinished.value.code == "erasure_unfinished"
    assert house.users.get("ada").status == "deleting"
    house.deletion.erase("ada")
    assert house.users.rows == house.pool.accounts == {}


def test_repeated_it_sends_no_second_mail(house):
    house.deletion.erase("ada")
    house.deletion.erase("ada")

    assert len(house.outbox.mails) == 1


def test_while_the_mail_cannot_be_queued_the_record_stays_to_say_whom_to_write_to(house):
    house.outbox.full = True
    with pytest.raises(Unavailable):
        house.deletion.erase("ada")
    assert house.users.get("ada").status == "deleting"

    house.outbox.full = False
    house.deletion.erase("ada")

    assert [mail.id for mail in house.outbox.mails] == ["account_deleted#ada"]
    assert house.users.rows == {}


def test_erasing_an_unknown_account_is_not_found(house):
    with pytest.raises(NotFound):
        house.deletion.erase("unknown")

    assert house.erasures.marks == {}


def test_an_account_without_a_record_is_erased_from_the_pool(house):
    house.users.rows.clear()

    house.deletion.erase("ada")

    assert house.pool.accounts == {}
    assert house.erasures.state("ada") == "finished"


def test_who_may_come_in_may_leave(house):
    admit(house)


def test_who_does_not_know_the_password_may_not_leave(house):
    with pytest.raises(WrongPassword):
        admit(house, password="Wrong-Password-9")
    with pytest.raises(Forbidden):
        admit(house, password=None)


def test_who_is_leaving_may_repeat_it_and_do_nothing_else(house):
    """The password was asked for before, and the pool may not know the account any more."""
    house.users.close("ada")
    house.pool.delete("ada")

    admit(house)
    with pytest.raises(Unauthenticated):
        house.accounts.guard("ada", "ada", NOW)


def test_who_has_lost_the_record_already_may_repeat_it(house):
    house.users.rows.clear()
    house.erasures.begin("ada")

    admit(house)


def test_who_signed_out_everywhere_or_is_disabled_may_not_leave_with_an_old_token(house):
    house.users.revoke_tokens("ada", NOW + 1)
    with pytest.raises(Unauthenticated):
        admit(house)
    house.users.close("ada")
    with pytest.raises(Unauthenticated):
        admit(house)

    admit(house, issued_at=NOW + 1)


def test_a_disabled_account_may_not_leave(house):
    house.users.set_status("ada", "disabled")

    with pytest.raises(Unauthenticated):
        admit(house)


def test_an_account_being_erased_is_never_provisioned_again(house):
    house.users.rows.clear()
    house.erasures.begin("ada")  # and the pool still knows the account

    with pytest.raises(Unauthenticated):
        house.accounts.guard("ada", "ada", NOW)
    with pytest.raises(NotFound):
        house.accounts.get("ada")
    house.accounts.reset_password("ada@example.com", "123456", "Another-Horse-8")

    assert house.users.rows == {}
    assert [mail.kind for mail in house.outbox.mails] == ["password_changed"]


def test_success_is_reported_once_every_process_refuses_the_account(house, monkeypatch):
    """Unless the cache was invalidated, that is when its entry has expired; also when the call is repeated."""
    waits = []
    monkeypatch.setattr(
        house.users, "wait_until_visible", lambda _: waits.append(house.erasures.state("ada"))
    )
    house.pool.is_down = True
    with pytest.raises(Unavailable):
        house.deletion.erase("ada")
    house.pool.is_down = False

    house.deletion.erase("ada")
    house.deletion.erase("ada")

    assert waits == ["finished", "finished"]
