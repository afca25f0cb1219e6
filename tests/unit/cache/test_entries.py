from dataclasses import replace
from datetime import UTC, date, datetime
from zlib import crc32

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from pydantic import TypeAdapter

from app.cache.entries import MAX_PAYLOAD, Keys, decode, encode
from app.models.moments import now
from app.models.pages import Page
from app.models.todos import Todo
from app.models.users import User

FENCE = b"0123456789abcdef0123456789abcdef"
KEY = Keys("ann", "todo:1").entry
TODO = Todo(id="1", title="a ü \n\x00", tags=("x", "y"), due_on=date(2026, 11, 21), completed_at=now())


def todo() -> TypeAdapter[Todo | None]:
    return TypeAdapter(Todo | None)


def entry(value: Todo = TODO) -> bytes:
    encoded = encode(KEY, FENCE, todo, value)
    assert encoded is not None
    return encoded


@pytest.mark.parametrize(
    ("adapter", "value"),
    [
        (TypeAdapter(Todo | None), TODO),
        (TypeAdapter(Todo | None), replace(TODO, due_on=None, due_at=datetime(2026, 1, 1, tzinfo=UTC))),
        (TypeAdapter(Page[Todo]), Page(items=(TODO, TODO), position="next")),
        (TypeAdapter(Page[Todo]), Page(items=(), position=None)),
        (TypeAdapter(User | None), User(id="ann", email="ann@example.com", tokens_valid_after=7)),
    ],
)
def test_what_is_stored_is_what_is_read(adapter: TypeAdapter, value: object) -> None:
    encoded = encode(KEY, FENCE, lambda: adapter, value)

    assert encoded is not None
    assert decode(KEY, FENCE, lambda: adapter, encoded) == value


def test_another_fence_makes_it_a_miss() -> None:
    assert decode(KEY, FENCE[::-1], todo, entry()) is None


@pytest.mark.parametrize("other", [Keys("bob", "todo:1"), Keys("ann", "todo:2"), Keys("ann", "user")])
def test_another_key_makes_it_a_miss(other: Keys) -> None:
    assert decode(other.entry, FENCE, todo, entry()) is None


@given(st.integers(0, len(entry()) - 1), st.integers(1, 255))
def test_any_changed_byte_makes_it_a_miss(at: int, flip: int) -> None:
    stored = entry()

    assert decode(KEY, FENCE, todo, stored[:at] + bytes([stored[at] ^ flip]) + stored[at + 1 :]) is None


@given(st.integers(0, len(entry()) - 1))
def test_a_truncated_entry_is_a_miss(length: int) -> None:
    assert decode(KEY, FENCE, todo, entry()[:length]) is None


@given(st.binary(max_size=200))
def test_foreign_bytes_are_a_miss(junk: bytes) -> None:
    assert decode(KEY, FENCE, todo, junk) is None


@pytest.mark.parametrize(
    "payload",
    [
        b"",
        b"null",
        b"{}",
        b'{"id":"1"}',
        b'{"id":1,"title":"x"}',
        b'{"id":"1","title":"x","version":"1"}',
        b"[" * 9999,
    ],
)
def test_a_sound_header_over_json_of_another_shape_is_a_miss(payload: bytes) -> None:
    header = b"1 %s %08x %s\n" % (FENCE, crc32(payload), KEY.encode())

    assert decode(KEY, FENCE, todo, header + payload) is None


def test_a_value_that_is_no_json_or_too_large_is_not_stored() -> None:
    assert encode(KEY, FENCE, todo, replace(TODO, title="\ud800")) is None
    room = MAX_PAYLOAD - len(todo().dump_json(TODO))
    assert encode(KEY, FENCE, todo, replace(TODO, notes="x" * room)) is not None
    assert encode(KEY, FENCE, todo, replace(TODO, notes="x" * (room + 1))) is None


def test_a_page_of_ordinary_todos_is_stored() -> None:
    page = Page(items=(replace(TODO, notes="n" * 1000),) * 50, position=None)

    assert encode(KEY, FENCE, lambda: TypeAdapter(Page[Todo]), page) is not None


ids = st.text(st.sampled_from("a1:{}%/ \n\ud800"), max_size=12)


@given(ids, ids, ids, ids)
@example("?", "x", "\ud800", "x")
@example("ann", "?", "ann", "\ud800")
def test_no_two_reads_share_a_key(user: str, name: str, other_user: str, other_name: str) -> None:
    mine, other = Keys(user, name), Keys(other_user, other_name)
    mine_all, other_all = {mine.fence, mine.entry, mine.lease}, {other.fence, other.entry, other.lease}

    if user != other_user:
        assert not mine_all & other_all
    elif name != other_name:
        assert mine_all & other_all == {mine.fence}


@given(ids, ids)
def test_the_keys_of_a_user_share_a_hash_tag(user: str, name: str) -> None:
    keys = Keys(user, name)
    tags = {key[key.index("{") + 1 : key.index("}")] for key in (keys.fence, keys.entry, keys.lease)}

    assert len(tags) == 1
    assert all(key.isascii() and key.isprintable() for key in (keys.fence, keys.entry, keys.lease))


def test_keys_that_are_remembered_are_those_of_the_user_and_the_name() -> None:
    for user_id, name in [("ann", "todo:1"), ("ann", "todo:2"), ("a{n}n", "todo:1"), ("ann", "todo:1")]:
        made, remembered = Keys(user_id, name), Keys.of(user_id, name)
        assert remembered is Keys.of(user_id, name)
        assert (remembered.fence, remembered.entry, remembered.lease) == (made.fence, made.entry, made.lease)
