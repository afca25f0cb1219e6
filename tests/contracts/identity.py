"""The contracts of the identity provider, and of credentials for a user's own folder."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from app.errors import (
    AppError,
    BadRequest,
    Conflict,
    InvalidCode,
    InvalidCredentials,
    NotFound,
    Unauthenticated,
    WrongPassword,
)
from app.ports.folder_credentials import FolderCredentialsProvider
from app.ports.identity import Account, ClientName, IdentityProvider
from contracts.changes import new_id

PASSWORD, OTHER = "Correct-Horse-7", "Battery-Staple-8"


def signed_up(identity: IdentityProvider, email: str) -> str:
    """A new account that is not confirmed; its user id."""
    return identity.sign_up(email, PASSWORD, "Ada").user_id


class IdentityContract:
    """`email` is a new address; `code` is what each mail of the provider says, `member` a confirmed account."""

    @pytest.fixture
    def member(self, identity: IdentityProvider, email: str, code: str) -> Account:
        user_id = signed_up(identity, email)
        identity.confirm_sign_up(email, code)
        return Account(user_id, email, "Ada")

    def test_who_signs_up_is_known_and_not_yet_confirmed(
        self, identity: IdentityProvider, email: str
    ) -> None:
        registration = identity.sign_up(email, PASSWORD, None)

        expected = Account(registration.user_id, email, None, confirmed=False)
        assert not registration.confirmed
        assert registration.delivery is not None
        assert registration.delivery.medium == "email"
        assert registration.delivery.destination
        assert identity.get_user(email) == identity.get_user(registration.user_id) == expected
        with pytest.raises(InvalidCredentials):
            identity.log_in(email, PASSWORD)

    def test_who_confirms_gets_in(self, identity: IdentityProvider, member: Account) -> None:
        tokens = identity.log_in(member.email, PASSWORD)

        assert identity.get_user(member.user_id) == member
        assert tokens.expires_in > 0
        assert tokens.proven is not None
        assert (tokens.proven.user_id, tokens.proven.email) == (member.user_id, member.email)

    def test_a_wrong_code_confirms_nothing(self, identity: IdentityProvider, email: str) -> None:
        user_id = signed_up(identity, email)

        with pytest.raises(AppError):
            identity.confirm_sign_up(email, "000000")

        assert identity.get_user(user_id) == Account(user_id, email, "Ada", confirmed=False)

    def test_a_wrong_password_and_an_unknown_account_are_refused_alike(
        self, identity: IdentityProvider, member: Account
    ) -> None:
        refused = []
        for email, password in ((member.email, OTHER), (f"not-{member.email}", PASSWORD)):
            with pytest.raises(Unauthenticated) as raised:
                identity.log_in(email, password)
            refused.append((raised.value.code, raised.value.detail))

        assert refused[0] == refused[1]

    @pytest.mark.parametrize("client", ["app", "site"])
    def test_a_session_goes_on_at_its_own_client_until_it_is_revoked(
        self, identity: IdentityProvider, member: Account, client: ClientName
    ) -> None:
        tokens = identity.log_in(member.email, PASSWORD, client)
        with pytest.raises(InvalidCredentials) as refused:
            identity.refresh(tokens.refresh_token, "app" if client == "site" else "site")
        assert refused.value.code == "invalid_refresh_token"
        again = identity.refresh(tokens.refresh_token, client)
        assert again.refresh_token
        assert again.access_token != tokens.access_token

        for _ in range(2):
            identity.revoke(again.refresh_token)

        with pytest.raises(Unauthenticated):
            identity.refresh(again.refresh_token, client)

    def test_signing_out_ends_every_session(self, identity: IdentityProvider, member: Account) -> None:
        sessions = [identity.log_in(member.email, PASSWORD) for _ in range(2)]

        identity.sign_out(member.user_id)

        for tokens in sessions:
            with pytest.raises(Unauthenticated):
                identity.refresh(tokens.refresh_token)
        assert identity.log_in(member.email, PASSWORD)

    def test_a_password_is_changed_by_who_knows_it(self, identity: IdentityProvider, member: Account) -> None:
        tokens = identity.log_in(member.email, PASSWORD)
        with pytest.raises(WrongPassword):
            identity.change_password(tokens.access_token, OTHER, OTHER)

        identity.change_password(tokens.access_token, PASSWORD, OTHER)

        assert identity.log_in(member.email, OTHER)
        with pytest.raises(Unauthenticated):
            identity.log_in(member.email, PASSWORD)

    def test_a_disabled_account_does_not_get_in_until_it_is_enabled(
        self, identity: IdentityProvider, member: Account
    ) -> None:
        identity.disable(member.user_id)
        with pytest.raises(Unauthenticated):
            identity.log_in(member.email, PASSWORD)
        assert identity.get_user(member.user_id) == replace(member, enabled=False)

        identity.enable(member.user_id)

        assert identity.log_in(member.email, PASSWORD)

    def test_an_unknown_account_can_be_neither_disabled_nor_enabled(self, identity: IdentityProvider) -> None:
        for switch in (identity.disable, identity.enable):
            with pytest.raises(NotFound):
                switch(new_id())

    def test_an_address_has_one_account(self, identity: IdentityProvider, member: Account) -> None:
        with pytest.raises(Conflict) as refused:
            identity.sign_up(member.email, PASSWORD, None)

        assert refused.value.code == "user_exists"
        assert identity.get_user(member.email) == member

    def test_a_wrong_code_resets_no_password(self, identity: IdentityProvider, member: Account) -> None:
        identity.forgot_password(member.email)
        for email in (member.email, f"not-{member.email}"):
            with pytest.raises(InvalidCode):
                identity.reset_password(email, "000000", OTHER)

        assert identity.log_in(member.email, PASSWORD)

    def test_a_deleted_account_is_gone(self, identity: IdentityProvider, member: Account) -> None:
        for _ in range(2):
            identity.delete(member.user_id)

        assert identity.get_user(member.user_id) is None
        assert identity.get_user(member.email) is None

    def test_an_account_gets_another_address_that_no_other_has(
        self, identity: IdentityProvider, member: Account
    ) -> None:
        new, other = f"new-{member.email}", f"other-{member.email}"
        identity.sign_up(other, PASSWORD, None)

        for _ in range(2):
            identity.set_email(member.user_id, new)

        assert identity.get_user(new) == replace(member, email=new)
        assert identity.get_user(member.email) is None
        assert identity.log_in(new, PASSWORD).proven is not None
        with pytest.raises(Conflict) as refused:
            identity.set_email(member.user_id, other)
        assert refused.value.code == "email_taken"
        with pytest.raises(NotFound):
            identity.set_email(new_id(), f"unknown-{member.email}")

    def test_a_password_is_replaced_without_the_one_before(
        self, identity: IdentityProvider, member: Account
    ) -> None:
        identity.set_password(member.user_id, OTHER)
        identity.set_password(new_id(), OTHER)

        assert identity.log_in(member.email, OTHER).expires_in > 0
        with pytest.raises(InvalidCredentials):
            identity.log_in(member.email, PASSWORD)

    def test_what_acts_on_an_account_does_not_reveal_that_there_is_none(
        self, identity: IdentityProvider, email: str
    ) -> None:
        unknown = new_id()

        identity.forgot_password(email)
        identity.resend_code(email)
        identity.sign_out(unknown)
        identity.delete(unknown)

        assert identity.get_user(email) is None
        assert identity.get_user("") is None


class FolderCredentialsContract:
    """`member_tokens` of a user and of another: `(user id, ID token)`, twice."""

    def test_credentials_are_for_the_own_folder_and_for_an_hour(
        self, folder_credentials: FolderCredentialsProvider, member_tokens: list[tuple[str, str]]
    ) -> None:
        user_id, id_token = member_tokens[0]

        given = folder_credentials.credentials(user_id, id_token)

        assert user_id in given.prefix
        assert given.prefix.endswith("/")
        assert all((given.access_key_id, given.secret_access_key, given.session_token, given.bucket))
        assert 0 < (given.expires_at - datetime.now(UTC)).total_seconds() <= 3700

    def test_a_token_of_another_user_or_of_none_is_refused(
        self, folder_credentials: FolderCredentialsProvider, member_tokens: list[tuple[str, str]]
    ) -> None:
        user_id, _ = member_tokens[0]

        for token in (member_tokens[1][1], "x.y.z", ""):
            with pytest.raises(BadRequest) as refused:
                folder_credentials.credentials(user_id, token)
            assert refused.value.code == "invalid_id_token"
