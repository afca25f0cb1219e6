"""The identity provider over Cognito: the only module that knows its operations. Its error codes are in
`cognito_errors`.

Sign-in is by e-mail address, so `Username` may be the address, and is the user id in what Cognito answers.
"""

from collections.abc import Mapping
from typing import TYPE_CHECKING

from app.aws.clients import Clients
from app.aws.cognito_errors import map_cognito_errors
from app.errors import Forbidden
from app.ports.identity import Account, ClientName, CodeDelivery, Registration, Tokens

if TYPE_CHECKING:
    from types_boto3_cognito_idp.client import CognitoIdentityProviderClient
    from types_boto3_cognito_idp.type_defs import AuthenticationResultTypeTypeDef


class Cognito:
    """The accounts of one user pool, through its app clients. Raises the errors of `cognito_errors`."""

    def __init__(self, clients: Clients, *, pool_id: str, client_ids: Mapping[ClientName, str]) -> None:
        self._clients = clients
        self._pool = pool_id
        self._client_ids = client_ids
        self._client = client_ids["app"]
        """For what concerns an account and not a session: both clients have the same accounts."""

    @property
    def _cognito(self) -> "CognitoIdentityProviderClient":
        return self._clients.cognito

    def sign_up(self, email: str, password: str, name: str | None) -> Registration:
        attributes = {"email": email} if name is None else {"email": email, "name": name}
        with map_cognito_errors():
            answer = self._cognito.sign_up(
                ClientId=self._client,
                Username=email,
                Password=password,
                UserAttributes=[{"Name": key, "Value": value} for key, value in attributes.items()],
            )
        sent = answer.get("CodeDeliveryDetails")
        delivery = CodeDelivery(sent["Destination"], sent["DeliveryMedium"].lower()) if sent else None
        return Registration(answer["UserSub"], answer["UserConfirmed"], delivery)

    def confirm_sign_up(self, email: str, code: str) -> None:
        with map_cognito_errors():
            self._cognito.confirm_sign_up(ClientId=self._client, Username=email, ConfirmationCode=code)

    def resend_code(self, email: str) -> None:
        """Send a new code if an account waits to be confirmed. The answer does not say whether one did."""
        with map_cognito_errors():
            self._cognito.resend_confirmation_code(ClientId=self._client, Username=email)

    def log_in(self, email: str, password: str, client: ClientName = "app") -> Tokens:
        with map_cognito_errors():
            answer = self._cognito.initiate_auth(
                ClientId=self._client_ids[client],
                AuthFlow="USER_PASSWORD_AUTH",
                AuthParameters={"USERNAME": email, "PASSWORD": password},
            )
        if answer.get("ChallengeName"):
            raise Forbidden(
                "Signing in needs a further step that is not offered here.", code="challenge_required"
            )
        return _tokens(answer["AuthenticationResult"])

    def refresh(self, refresh_token: str, client: ClientName = "app") -> Tokens:
        """New tokens. Where the client rotates refresh tokens there is a new one, else the one given."""
        with map_cognito_errors():
            answer = self._cognito.get_tokens_from_refresh_token(
                ClientId=self._client_ids[client], RefreshToken=refresh_token
            )
        return _tokens(answer["AuthenticationResult"], refresh_token)

    def forgot_password(self, email: str) -> None:
        """Send a reset code if there is an account. The answer does not say whether there is one."""
        with map_cognito_errors():
            self._cognito.forgot_password(ClientId=self._client, Username=email)

    def reset_password(self, email: str, code: str, password: str) -> None:
        with map_cognito_errors():
            self._cognito.confirm_forgot_password(
                ClientId=self._client, Username=email, ConfirmationCode=code, Password=password
            )

    def change_password(self, access_token: str, current: str, new: str) -> None:
        with map_cognito_errors():
            self._cognito.change_password(
                AccessToken=access_token, PreviousPassword=current, ProposedPassword=new
            )

    def revoke(self, refresh_token: str) -> None:
        """End the session of a refresh token. An unknown one is no error (RFC 7009, 2.2). Its client cannot be read
        from it, and how the other one refuses it is not documented, so both are asked."""
        for client_id in self._client_ids.values():
            with map_cognito_errors():
                self._cognito.revoke_token(ClientId=client_id, Token=refresh_token)

    def get_user(self, username: str) -> Account | None:
        """By user id or e-mail address. A token may lack `username`: no user has that name."""
        if not username:
            return None
        with map_cognito_errors():
            answer = self._cognito.admin_get_user(UserPoolId=self._pool, Username=username)
            attributes = {item["Name"]: item["Value"] for item in answer["UserAttributes"]}
            status = answer["UserStatus"]
            return Account.of(
                attributes,
                enabled=answer["Enabled"],
                confirmed=status != "UNCONFIRMED",
                has_password=status != "EXTERNAL_PROVIDER",
            )
        return None

    def set_email(self, user_id: str, email: str) -> None:
        with map_cognito_errors():
            self._cognito.admin_update_user_attributes(
                UserPoolId=self._pool,
                Username=user_id,
                UserAttributes=[
                    {"Name": "email", "Value": email},
                    {"Name": "email_verified", "Value": "true"},
                ],
            )

    def set_password(self, user_id: str, password: str) -> None:
        with map_cognito_errors():
            self._cognito.admin_set_user_password(
                UserPoolId=self._pool, Username=user_id, Password=password, Permanent=True
            )

    def sign_out(self, user_id: str) -> None:
        """Revoke every refresh token of a user. One who is gone has none."""
        with map_cognito_errors():
            self._cognito.admin_user_global_sign_out(UserPoolId=self._pool, Username=user_id)

    def disable(self, user_id: str) -> None:
        with map_cognito_errors():
            self._cognito.admin_disable_user(UserPoolId=self._pool, Username=user_id)

    def enable(self, user_id: str) -> None:
        with map_cognito_errors():
            self._cognito.admin_enable_user(UserPoolId=self._pool, Username=user_id)

    def delete(self, user_id: str) -> None:
        """Delete an account with its sessions. One who is gone is no error."""
        with map_cognito_errors():
            self._cognito.admin_delete_user(UserPoolId=self._pool, Username=user_id)


def _tokens(result: "AuthenticationResultTypeTypeDef", refresh_token: str = "") -> Tokens:
    return Tokens(
        access_token=result["AccessToken"],
        id_token=result["IdToken"],
        refresh_token=result.get("RefreshToken", refresh_token),
        expires_in=result["ExpiresIn"],
    )
