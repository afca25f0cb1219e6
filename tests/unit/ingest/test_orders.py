"""Of two things said about one person, which one was said later."""

from app.models.user_data import UserData
from app.models.users import User
from app.services.ingest import orders
from app.services.prefill import prefilled
from support.memory import MemoryUserData

TIME = "2026-11-21T09:30:00.000Z"
MOMENT = orders.milliseconds(TIME)


def test_sequencers_of_one_key_are_hexadecimal_and_padded_on_the_right():
    """The clock does not count, and neither does the case."""
    earlier, later = (orders.of_object("b", "k", text, TIME) for text in ("00a1", "00A10"))
    assert earlier.sequence == later.sequence
    assert orders.of_object("b", "k", "00A2", "2020-01-01T00:00:00Z").follows(earlier)
    assert orders.of_object("b", "k", "00b", TIME).follows(earlier)
    assert not earlier.follows(orders.of_object("b", "k", "00b", TIME))


def test_objects_of_two_keys_or_buckets_are_two_sources():
    sources = {orders.of_object(bucket, key, "01", TIME).source for bucket in "ab" for key in "kl"}

    assert len(sources) == 4


def test_messages_stand_in_the_order_in_which_they_were_sent():
    assert orders.of_message("a", 1_000_000_000_000).follows(orders.of_message("b", 999_999_999_999))
    assert orders.of_message("b", 7).follows(orders.of_message("a", 7))


def test_a_shard_counts_in_decimal_and_each_shard_for_itself():
    ninth, tenth = (orders.of_stream("shard-1", number, MOMENT / 1000) for number in ("9", "10"))
    other = orders.of_stream("shard-2", "1", MOMENT / 1000 + 0.25)

    assert tenth.follows(ninth)
    assert (ninth.at, other.at) == (MOMENT, MOMENT + 250)
    assert other.source != ninth.source
    assert other.follows(tenth)


def test_data_that_users_enter_themselves_are_not_replaced_by_data_sent_about_them():
    user_data = MemoryUserData()
    held = UserData(email="ada@example.com", name="A. L.", phone="+4930123456", locale="de")
    user_data.upsert([(held, orders.of_message("m", 1))])
    said = User(id="ada", email="ada@example.com", name="Ada", phone="+4930999999", locale="en")

    assert prefilled(said, user_data) == said
    completed = prefilled(User(id="ada", email="ada@example.com"), user_data)
    assert (completed.name, completed.phone, completed.locale) == ("A. L.", "+4930123456", "de")
    assert user_data.rows["ada@example.com"].user_id == "ada"
