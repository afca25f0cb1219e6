"""The check of every authenticated request, and the healing of accounts without a record."""

import pytest

from app.errors import NotFound, Unauthenticated, Unavailable
from app.models.users import User
from unit.accounts.doubles import EMAIL, USER_ID, pool_user

NOW = 1_800_000_000


def test_an_active_account_passes_without_asking_cognito(accounts, ada):
    assert accounts.guard(USER_ID, USER_ID, NOW) == ada


def test_a_disabled_account_and_an_unknown_one_get_the_same_answer(accounts, users, ada, cognito):
    cognito.refuses("admin_get_user", "UserNotFoundException")
    users.set_status(USER_ID, "disabled")

    with pytest.raises(Unauthenticated) as disabled:
        accounts.guard(USER_ID, USER_ID, NOW)
    with pytest.raises(Unauthenticated) as unknown:
        accounts.guard("unknown", "unknown", NOW)

    assert vars(disabled.value) == vars(unknown.value)


def test_a_token_counts_from_the_second_on_from_which_tokens_are_valid(accounts, users, ada):
    users.revoke_tokens(USER_ID, NOW)

    assert accounts.guard(USER_ID, USER_ID, NOW)
    with pytest.raises(Unauthenticated):
        accounts.guard(USER_ID, USER_ID, NOW - 1)


def test_a_confirmed_account_without_a_record_heals_on_first_use(accounts, users, cognito):
    cognito.knows("name-in-the-token", pool_user())

    user = accounts.guard(USER_ID, "name-in-the-token", NOW)

    assert (user.id, user.email, user.name, user.status) == (USER_ID, EMAIL, "Ada", "active")
    assert users.get(USER_ID) == user


def test_healing_keeps_a_record_that_another_request_made_meanwhile(accounts, users, cognito):
    cognito.knows(USER_ID, pool_user())
    theirs = User(id=USER_ID, email=EMAIL, tokens_valid_after=NOW + 1)
    made_meanwhile(users, theirs)

    with pytest.raises(Unauthenticated):
        accounts.guard(USER_ID, USER_ID, NOW)

    assert users.rows[USER_ID] == theirs


@pytest.mark.parametrize(
    "answer",
    [
        pool_user(Enabled=False),
        pool_user(UserStatus="UNCONFIRMED"),
        pool_user("another-user"),
    ],
    ids=["disabled", "unconfirmed", "someone else"],
)
def test_an_account_that_cognito_does_not_vouch_for_gets_no_record(accounts, users, cognito, answer):
    cognito.knows(USER_ID, answer)

    with pytest.raises(Unauthenticated):
        accounts.guard(USER_ID, USER_ID, NOW)

    assert users.rows == {}


def test_healing_waits_for_cognito_to_come_back(accounts, users, cognito):
    cognito.refuses("admin_get_user", "InternalErrorException", 500)
    cognito.knows(USER_ID, pool_user())

    with pytest.raises(Unavailable):
        accounts.guard(USER_ID, USER_ID, NOW)

    assert accounts.guard(USER_ID, USER_ID, NOW).id == USER_ID


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("  Ada ", "Ada"),
        ("", None),
        ("   ", None),
        ("\u200b\u2060", None),
        ("Rene\u0301", "Ren\u00e9"),
        ("e\u0301" * 200, "\u00e9" * 100),
        ("x" * 2048, "x" * 100),
    ],
)
def test_a_name_from_elsewhere_is_made_to_fit(accounts, cognito, given, kept):
    answer = pool_user()
    answer["UserAttributes"][-1]["Value"] = given
    cognito.knows(USER_ID, answer)

    assert accounts.guard(USER_ID, USER_ID, NOW).name == kept


def test_an_administrator_finds_accounts_that_have_no_record_yet(accounts, cognito):
    cognito.knows(USER_ID, pool_user())
    cognito.refuses("admin_get_user", "UserNotFoundException")

    assert accounts.get(USER_ID).email == EMAIL
    with pytest.raises(NotFound):
        accounts.get("unknown")


def made_meanwhile(users, theirs):
    """Another request makes the record right after this one has looked for it."""
    look = users.get

    def get(user_id):
        users.get = look
        users.create(theirs)

    users.get = get


@pytest.mark.usefixtures("cognito")  # which is asked nothing
def test_a_token_without_a_username_finds_no_account(accounts):
    with pytest.raises(Unauthenticated):
        accounts.guard(USER_ID, "", NOW)


def test_a_username_the_pool_could_not_have_finds_no_account(accounts, cognito):
    cognito.refuses("admin_get_user", "InvalidParameterException")

    with pytest.raises(Unauthenticated):
        accounts.guard(USER_ID, "x" * 129, NOW)
