"""The contract of what is kept of changes of address."""

import threading
from dataclasses import replace

import pytest

from app.errors import Conflict, Contention
from app.ports.address_changes import (
    AddressChangeRepository,
    AddressRecord,
    FormerAddress,
    PendingChange,
)
from support.clock import Clock

DAY = 24 * 60 * 60


class AddressChangesContract:
    @pytest.fixture
    def until(self, clock: Clock) -> int:
        return int(clock.now) + 7 * DAY

    @pytest.fixture
    def left(self, email: str, until: int) -> AddressRecord:
        """An account that had `email`."""
        return AddressRecord(former=(FormerAddress(email=email, nonce="n", until=until),))

    def test_a_record_is_kept_as_it_is(
        self, address_changes: AddressChangeRepository, user_id: str, left: AddressRecord, until: int
    ) -> None:
        pending = PendingChange(id="c", email="new@example.com", code_mac="00", until=until, failures=2)
        record = replace(left, pending=pending, operation="c", leased_until=until)

        stored = address_changes.put(user_id, record, was=address_changes.get(user_id))

        assert stored == replace(record, version=1) == address_changes.get(user_id)

    def test_nothing_is_kept_of_an_account_that_has_changed_nothing(
        self, address_changes: AddressChangeRepository, user_id: str, email: str
    ) -> None:
        assert address_changes.get(user_id) == AddressRecord()
        assert address_changes.holder(email) is None
        assert not address_changes.erase(user_id)

    def test_who_has_read_another_record_changes_nothing(
        self, address_changes: AddressChangeRepository, user_id: str, left: AddressRecord
    ) -> None:
        empty = address_changes.get(user_id)
        first = address_changes.put(user_id, left, was=empty)
        address_changes.put(user_id, left, was=first)

        for outdated in (empty, first):
            with pytest.raises(Contention):
                address_changes.put(user_id, AddressRecord(), was=outdated)

        assert address_changes.get(user_id) == replace(left, version=2)

    def test_an_address_is_kept_for_one_account_and_for_its_time(
        self,
        address_changes: AddressChangeRepository,
        user_id: str,
        other_user_id: str,
        left: AddressRecord,
        email: str,
        clock: Clock,
    ) -> None:
        address_changes.put(user_id, left, was=AddressRecord())

        assert address_changes.holder(email) == user_id
        with pytest.raises(Conflict) as refused:
            address_changes.put(other_user_id, left, was=AddressRecord())
        assert refused.value.code == "email_taken"
        assert address_changes.get(other_user_id) == AddressRecord()

        clock.now += 7 * DAY
        assert address_changes.holder(email) is None
        later = replace(left, former=(replace(left.former[0], until=int(clock.now) + DAY),))
        address_changes.put(other_user_id, later, was=AddressRecord())
        assert address_changes.holder(email) == other_user_id

        first = address_changes.get(user_id)  # whose reservation is over, and another's by now
        address_changes.put(user_id, replace(first, former=()), was=first)
        assert address_changes.holder(email) == other_user_id

    @pytest.mark.parametrize("step", ["asked for", "proven", "done"])
    def test_an_address_is_kept_while_an_account_is_being_given_it(
        self, address_changes: AddressChangeRepository, user_id: str, email: str, until: int, step: str
    ) -> None:
        pending = PendingChange(
            id="c",
            email=email,
            code_mac="00",
            until=until,
            is_proven=step in ("proven", "done"),
            is_done=step == "done",
        )

        address_changes.put(user_id, AddressRecord(pending=pending), was=AddressRecord())

        assert address_changes.holder(email) == (user_id if step == "proven" else None)

    def test_what_a_record_no_longer_names_is_free(
        self, address_changes: AddressChangeRepository, user_id: str, left: AddressRecord, email: str
    ) -> None:
        stored = address_changes.put(user_id, left, was=AddressRecord())
        restored = replace(left.former[0], is_restored=True)

        address_changes.put(user_id, replace(stored, former=(restored,)), was=stored)

        assert address_changes.holder(email) is None
        assert address_changes.get(user_id).former == (restored,)

    def test_an_erasure_leaves_nothing_and_frees_the_addresses(
        self, address_changes: AddressChangeRepository, user_id: str, left: AddressRecord, email: str
    ) -> None:
        address_changes.put(user_id, left, was=AddressRecord())

        assert address_changes.erase(user_id)

        assert address_changes.get(user_id) == AddressRecord()
        assert address_changes.holder(email) is None
        assert not address_changes.erase(user_id)

    def test_one_of_two_who_want_an_address_at_once_gets_it(
        self,
        address_changes: AddressChangeRepository,
        user_id: str,
        other_user_id: str,
        left: AddressRecord,
        email: str,
    ) -> None:
        outcomes: list[str] = []

        def keep(own: str) -> None:
            try:
                address_changes.put(own, left, was=AddressRecord())
                outcomes.append(own)
            except (Conflict, Contention):
                outcomes.append("refused")

        both = [threading.Thread(target=keep, args=(own,)) for own in (user_id, other_user_id)]
        for one in both:
            one.start()
        for one in both:
            one.join()

        assert outcomes.count("refused") <= 1 or address_changes.holder(email) is None
        assert [own for own in outcomes if own != "refused"] in ([address_changes.holder(email)], [])
