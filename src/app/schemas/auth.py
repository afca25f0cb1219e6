"""Signing up, in and out on the wire. Tokens keep OAuth's own names."""

from typing import Annotated, Any, Literal, Self

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field

from app import addresses
from app.ports.identity import PASSWORD_POLICY, Registration, Tokens
from app.schemas.common import ANSWER, AnswerModel, ApiModel, UserId, invalid
from app.schemas.enums import SessionClient
from app.schemas.users import Name

_EXAMPLE_EMAIL = "ada@example.com"
_EXAMPLE_PASSWORD = "Correct-Horse-7"  # noqa: S105
_EXAMPLE_LINK = "5f0c2f6e-8a3b-4f5e-9a51-0d6f2b1c7e55.q83v..."
_EXAMPLE_CODE = "123456"

_BLANKS = " \t\n\v\f\r"
_LONGEST_USERNAME = 128
"""Cognito takes user names of at most so many characters."""


def _email(value: str) -> str:
    try:
        return addresses.parse(value.strip())
    except addresses.NotAnAddress:
        raise invalid("email_format", "This is not an e-mail address.") from None


def _deliverable(value: str) -> str:
    """International domains are longer in DNS than in their own script."""
    try:
        address = addresses.parse_deliverable(value.strip())
    except addresses.NotAnAddress:
        address = ""
    if not 0 < len(address) <= _LONGEST_USERNAME:
        raise invalid("email_format", "This is not an e-mail address that can receive mail.")
    return address


def _no_nul(value: str) -> str:
    if "\0" in value:
        raise invalid("control_character", "A password cannot contain NUL.")
    return value


def _new_password(value: str) -> str:
    """Cognito takes `^[\\S]+.*[\\S]+$`, in which a blank is one of ASCII's; an SDK of it refuses before it asks."""
    if value[0] in _BLANKS or value[-1] in _BLANKS:
        raise invalid("password_policy", "A password cannot begin or end with a blank.")
    return value


def _without_blanks(value: Any) -> Any:
    """Mails show codes in groups, and copying them takes the blanks along."""
    return "".join(value.split()) if isinstance(value, str) else value


_EMAIL_FIELD = Field(
    max_length=_LONGEST_USERNAME,
    repr=False,
    json_schema_extra={"format": "email"},
    examples=[_EXAMPLE_EMAIL],
)
Email = Annotated[str, _EMAIL_FIELD, AfterValidator(_email)]
NewEmail = Annotated[str, _EMAIL_FIELD, AfterValidator(_deliverable)]

_PasswordText = Annotated[
    str,
    Field(
        min_length=1,
        max_length=256,
        json_schema_extra={"format": "password", "writeOnly": True},
        examples=[_EXAMPLE_PASSWORD],
    ),
    AfterValidator(_no_nul),
]
Password = Annotated[_PasswordText, Field(repr=False)]
OptionalPassword = Annotated[_PasswordText | None, Field(repr=False)]

NewPassword = Annotated[
    Password,
    Field(
        description=f"{PASSWORD_POLICY} (A deployment may ask for the length alone.) Common passwords, and "
        "those that contain the e-mail address or the name, are refused."
    ),
    AfterValidator(_new_password),
]

Code = Annotated[
    str,
    Field(
        pattern=r"^[0-9A-Za-z]{1,16}$",
        repr=False,
        description="The code from the mail. Blanks in it are left out.",
        examples=["123456"],
    ),
    BeforeValidator(_without_blanks),
]

RefreshToken = Annotated[
    str, Field(min_length=1, max_length=8192, pattern=r"^[!-~]+$", repr=False, examples=["eyJjdHki..."])
]

Client = Annotated[
    SessionClient,
    Field(
        description="The client that the session is of: `app`, or `site` for a page in a browser. A refresh token of "
        "`site` is replaced at each use.",
        examples=["app"],
    ),
]


def _example(**fields: str) -> ConfigDict:
    return ConfigDict(json_schema_extra={"examples": [dict(fields)]})


class SignUp(ApiModel):
    """A new account."""

    model_config = _example(email=_EXAMPLE_EMAIL, password=_EXAMPLE_PASSWORD, name="Ada Lovelace")

    email: NewEmail
    password: NewPassword
    name: Name | None = None


class ConfirmSignUp(ApiModel):
    """The code that proves an address. The password is needed only to learn that it is proven already."""

    model_config = _example(email=_EXAMPLE_EMAIL, code=_EXAMPLE_CODE)

    email: Email
    code: Code
    password: OptionalPassword = None


class CodeRequest(ApiModel):
    """The address to send a code to."""

    model_config = _example(email=_EXAMPLE_EMAIL)

    email: Email


class PasswordGrant(BaseModel):
    """OAuth 2.0's password grant (RFC 6749, 4.3.2). Other members of the form are passed over."""

    model_config = _example(username=_EXAMPLE_EMAIL, password=_EXAMPLE_PASSWORD, grant_type="password")

    username: str = Field(description="The e-mail address.", examples=[_EXAMPLE_EMAIL])
    password: str = Field(
        repr=False, json_schema_extra={"format": "password", "writeOnly": True}, examples=[_EXAMPLE_PASSWORD]
    )
    grant_type: str | None = Field(
        None,
        pattern="^(password)?$",
        description="Empty is as good as left out (RFC 6749, 3.2).",
        examples=["password"],
    )
    client: Client = "app"


class LogIn(ApiModel):
    """E-mail address and password."""

    model_config = _example(email=_EXAMPLE_EMAIL, password=_EXAMPLE_PASSWORD)

    email: Email
    password: Password
    client: Client = "app"


class ResetPassword(ApiModel):
    """The code that was mailed, and the new password."""

    model_config = _example(email=_EXAMPLE_EMAIL, code=_EXAMPLE_CODE, password=_EXAMPLE_PASSWORD)

    email: Email
    code: Code
    password: NewPassword


class ChangePassword(ApiModel):
    """The password as it is, and the new one."""

    model_config = _example(currentPassword=_EXAMPLE_PASSWORD, newPassword="Battery-Staple-8")

    current_password: Password
    new_password: NewPassword
    end_other_sessions: bool = Field(
        False,
        description="Whether to sign out everywhere else, and answer new tokens for here.",
        examples=[True],
    )


class ChangeEmail(ApiModel):
    """The new address, and the password, which an account that signs in at another provider does not have."""

    model_config = _example(email="ada@example.org", password=_EXAMPLE_PASSWORD)

    email: NewEmail
    password: OptionalPassword = None


class ConfirmEmail(ApiModel):
    """The code that was mailed to the new address."""

    model_config = _example(code="12345678")

    code: Code


class UndoEmail(ApiModel):
    """The token of the link that was mailed to the former address."""

    model_config = _example(token=_EXAMPLE_LINK)

    token: str = Field(
        min_length=1,
        max_length=512,
        pattern=r"^[\x21-\x7e]+$",
        repr=False,
        examples=[_EXAMPLE_LINK],
    )


class DeleteAccount(ApiModel):
    """The password as it is, which an account that signs in at another provider does not have."""

    model_config = _example(password=_EXAMPLE_PASSWORD)

    password: OptionalPassword = None


class RefreshTokenBody(ApiModel):
    """The refresh token of a log-in, or of the last refresh."""

    model_config = ConfigDict(
        alias_generator=None, json_schema_extra={"examples": [{"refresh_token": "eyJjdHki..."}]}
    )

    refresh_token: RefreshToken


class Refresh(RefreshTokenBody):
    """The refresh token, and the client that it was issued to."""

    client: Client = "app"


class CodeDelivery(AnswerModel):
    """The destination of a code."""

    destination: str = Field(description="The masked address.", examples=["a***@e***"])
    medium: str = Field(examples=["email"])


class SignedUp(AnswerModel):
    """A new account."""

    user_id: UserId
    confirmation_required: bool = Field(
        description="Whether a code was sent that must be confirmed before log-in."
    )
    delivery: CodeDelivery | None

    @classmethod
    def of(cls, registration: Registration) -> Self:
        sent = registration.delivery
        return cls(
            user_id=registration.user_id,
            confirmation_required=not registration.confirmed,
            delivery=CodeDelivery(destination=sent.destination, medium=sent.medium) if sent else None,
        )


class CodeRequested(AnswerModel):
    """The same whether there is such an account or not."""

    detail: Literal["If there is such an account, a code is on its way."] = (
        "If there is such an account, a code is on its way."
    )


class EmailChangeRequested(AnswerModel):
    """The same whether another account has the address or not."""

    detail: Literal["A code is on its way to the new address, unless another account has it."] = (
        "A code is on its way to the new address, unless another account has it."
    )


class TokenSet(BaseModel):
    """The answer of RFC 6749, 5.1, with Cognito's ID token."""

    model_config = ANSWER

    access_token: str = Field(
        description="For `Authorization: Bearer`.", examples=["eyJraWQi..."], repr=False
    )
    id_token: str = Field(
        description="Who signed in, for the client itself.", examples=["eyJraWQi..."], repr=False
    )
    refresh_token: str = Field(description="For new tokens.", examples=["eyJjdHki..."], repr=False)
    token_type: Literal["Bearer"] = "Bearer"  # noqa: S105
    expires_in: int = Field(description="Seconds until the access token expires.", examples=[3600])

    @classmethod
    def of(cls, tokens: Tokens) -> Self:
        return cls(
            access_token=tokens.access_token,
            id_token=tokens.id_token,
            refresh_token=tokens.refresh_token,
            expires_in=tokens.expires_in,
        )
