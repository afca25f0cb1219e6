"""An address that was changed at Cognito: the record follows when its owner next gets tokens."""

import json
from base64 import urlsafe_b64encode
from dataclasses import replace

import pytest

from app.errors import Unavailable
from app.models.user_data import EventOrder, UserData
from app.models.users import UserQuery
from app.ports.address_changes import AddressRecord, FormerAddress
from app.ports.identity import Account, Proven, Tokens
from app.services.accounts import Accounts, record_of
from app.services.address_changes import AddressChanges
from app.services.address_secrets import AddressSecrets
from app.services.departures import Departures
from support.memory import MemoryUserData
from support.memory.address_changes import MemoryAddressChanges
from unit.accounts.doubles import CLIENT, EMAIL, PASSWORD, USER_ID

NEW = "ada@xn--fa-hia.example"


def segment(claims):
    return urlsafe_b64encode(json.dumps(claims).encode()).rstrip(b"=").decode()


def id_token(**claims):
    said = {"sub": USER_ID, "email": "Ada@Faß.example", "email_verified": True, **claims}
    return f"{segment({'alg': 'RS256'})}.{segment(said)}.c2ln"


def tokens(**claims):
    return Tokens("access", id_token(**claims), "refresh", 3600)


@pytest.fixture
def user_data():
    return MemoryUserData()


@pytest.fixture
def records(clock):
    return MemoryAddressChanges(clock)


@pytest.fixture
def departures(records, clock):
    return Departures(records, AddressSecrets(lambda: [b"key"]), clock)


@pytest.fixture
def changes(users, user_data, mail, departures):
    return AddressChanges(users, user_data, mail, leave=departures.leave)


@pytest.fixture
def following(users, identity, mail, clock, changes):
    return Accounts(users, identity, mail, follow=changes.follow, clock=clock, sleep=clock.sleep)


def signs_in(cognito, token):
    cognito.answers(
        "initiate_auth",
        {
            "AuthenticationResult": {
                "AccessToken": "a",
                "IdToken": token,
                "RefreshToken": "r",
                "ExpiresIn": 60,
            }
        },
        ClientId=CLIENT,
        AuthFlow="USER_PASSWORD_AUTH",
        AuthParameters={"USERNAME": NEW, "PASSWORD": PASSWORD},
    )


def refreshes(cognito, token):
    cognito.answers(
        "get_tokens_from_refresh_token",
        {
            "AuthenticationResult": {
                "AccessToken": "a",
                "IdToken": token,
                "RefreshToken": "new",
                "ExpiresIn": 60,
            }
        },
        ClientId=CLIENT,
        RefreshToken="old",
    )


@pytest.mark.parametrize("way", ["log_in", "refresh"])
def test_the_next_sign_in_updates_record_and_search_and_notifies_the_old_address(
    following, users, ada, cognito, mail, way
):
    if way == "log_in":
        signs_in(cognito, id_token())
        following.log_in(NEW, PASSWORD)
    else:
        refreshes(cognito, id_token())
        following.refresh("old")

    assert users.get(USER_ID).email == NEW
    assert [found.id for found in users.search(UserQuery(email=NEW), limit=2).items] == [USER_ID]
    assert users.search(UserQuery(email=EMAIL), limit=2).items == ()
    assert [(sent.kind, sent.to, sent.user_id) for sent in mail.mails] == [("email_changed", EMAIL, USER_ID)]


@pytest.mark.parametrize(
    "claims",
    [
        {"email": "ADA@example.com"},
        {"email_verified": False},
        {"email_verified": "false"},
        {"sub": "user-without-a-record"},
    ],
)
def test_nothing_follows_the_same_address_nor_one_that_is_not_proven(changes, users, ada, mail, claims):
    changes.follow(tokens(**claims))

    assert users.get(USER_ID) == ada
    assert mail.mails == []


def test_the_old_address_is_kept_for_the_account_and_its_link_stays_the_same(
    changes, records, ada, mail, users
):
    mail.full = True
    with pytest.raises(Unavailable):
        changes.follow(tokens())
    mail.full = False
    changes.follow(tokens())

    assert records.holder(EMAIL) == USER_ID
    (sent,) = mail.mails
    link = AddressSecrets(lambda: [b"key"]).link_of(USER_ID, records.get(USER_ID).former[0].nonce)
    assert sent.data["undo"] == link
    assert records.get(USER_ID).version == 1


def test_an_account_that_is_being_erased_keeps_its_address(changes, users, ada, mail):
    users.close(USER_ID)

    changes.follow(tokens())

    assert users.get(USER_ID).email == EMAIL
    assert mail.mails == []


def test_raw_data_belong_to_who_has_proven_their_address(changes, ada, user_data):
    order = EventOrder(1, "s", "1")
    user_data.upsert([(UserData(email=EMAIL), order), (UserData(email=NEW), order)])
    user_data.link(EMAIL, USER_ID)

    changes.follow(tokens())

    assert (user_data.get(EMAIL).user_id, user_data.get(NEW).user_id) == (None, USER_ID)


def test_raw_data_of_the_new_address_fill_what_is_empty(changes, users, ada, user_data):
    user_data.upsert([(UserData(email=NEW, name="A. L.", phone="+442079460000"), EventOrder(1, "s", "1"))])
    users.rows[USER_ID] = replace(ada, name="Ada", phone=None)

    changes.follow(tokens())

    assert (users.get(USER_ID).name, users.get(USER_ID).phone) == ("Ada", "+442079460000")


def test_raw_data_of_the_old_address_that_are_anothers_by_now_stay_theirs(changes, ada, user_data):
    user_data.upsert([(UserData(email=EMAIL), EventOrder(1, "s", "1"))])
    user_data.link(EMAIL, "another")

    changes.follow(tokens())

    assert user_data.get(EMAIL).user_id == "another"


def test_a_change_that_is_tried_again_is_one_mail(changes, users, ada, mail, monkeypatch):
    monkeypatch.setattr(users, "change_email", lambda *_, **__: False)
    changes.follow(tokens())
    monkeypatch.undo()
    changes.follow(tokens())

    assert users.get(USER_ID).email == NEW
    assert len({sent.id for sent in mail.mails}) == 1


def test_a_rotated_refresh_token_is_returned_even_if_updating_the_record_fails(
    following, users, ada, cognito, mail, app_log
):
    mail.full = True
    refreshes(cognito, id_token())

    assert following.refresh("old").refresh_token == "new"

    assert users.get(USER_ID).email == EMAIL
    assert "changed e-mail address not applied" in app_log.messages


def test_who_leaves_an_address_that_is_kept_for_another_account_gets_in(
    following, users, ada, cognito, clock, records, app_log
):
    """As after a change at Cognito to an address that another account had just left."""
    former = FormerAddress(email=EMAIL, nonce="n", until=int(clock()) + 60)
    records.put("another", AddressRecord(former=(former,)), was=AddressRecord())
    signs_in(cognito, id_token())
    following.log_in(NEW, PASSWORD)

    assert users.get(USER_ID).email == EMAIL
    assert "changed e-mail address not applied" in app_log.messages

    clock.now += 60
    signs_in(cognito, id_token())
    following.log_in(NEW, PASSWORD)

    assert users.get(USER_ID).email == NEW


def test_what_is_not_followed_is_said(changes, ada, mail):
    mail.full = True

    with pytest.raises(Unavailable):
        changes.follow(tokens())


@pytest.mark.parametrize("token", ["", "id", "a.b.c", "..", f"{segment({})}.{segment({})}.x" * 2])
def test_a_token_that_cannot_be_read_proves_nothing(token):
    assert Tokens("a", token, "r", 1).proven is None


@pytest.mark.parametrize("claims", [{"email": ""}, {"email": None}])
def test_a_token_without_an_address_proves_none(claims):
    assert tokens(**claims).proven is None


def test_a_token_proves_an_address():
    assert tokens().proven == Proven(USER_ID, "Ada@Faß.example")


@pytest.mark.parametrize(
    ("given", "stored"),
    [
        ("Ada\u202egnp.exe", "Adagnp.exe"),
        ("\u2066Ada\u2069 Lovelace", "Ada Lovelace"),
        ("Ada\r\nBcc: eve", "Ada Bcc: eve"),
        ("A\0d\x1b[2Ja\x9f", "A d [2Ja"),
        ("\u2028Ada\x85", "Ada"),
        ("Zoe\u0308 🦊", "Zoë 🦊"),
        ("نادية", "نادية"),
        ("\u202e\u202d", None),
        ("\x07", None),
        ("x" * 99 + "\u202e y", "x" * 99),
    ],
    ids=ascii,
)
def test_a_name_by_an_sdk_is_cleaned_before_it_is_stored(given, stored):
    assert record_of(Account(USER_ID, EMAIL, given)).name == stored


def test_an_address_by_an_sdk_is_stored_in_its_one_form():
    assert record_of(Account(USER_ID, " Ada@Faß.example", None)).email == NEW


def test_a_move_is_an_activity_once(users, ada, mail, departures, user_data):
    recorded = []
    moves = AddressChanges(
        users, user_data, mail, leave=departures.leave, record=lambda *what: recorded.append(what)
    )

    moves.move(ada, "new@example.com", "a-token")
    moved = users.get(ada.id)
    moves.move(moved, "new@example.com", "a-token")
    moves.move(moved, ada.email, None)

    assert recorded == [(ada.id, "address_changed"), (ada.id, "address_change_undone")]
