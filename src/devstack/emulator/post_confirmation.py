"""Cognito's PostConfirmation trigger, which MiniStack never calls.

Shapes: https://docs.aws.amazon.com/cognito/latest/developerguide/user-pool-lambda-post-confirmation.html
"""

from typing import Any

from ministack.services import cognito

from devstack.emulator.triggers import Answer, Handler, pool_of, run_trigger


def install() -> None:
    """Replace the handlers that confirm a user; MiniStack looks them up by name for each request."""
    for name, source in (
        ("_confirm_sign_up", "PostConfirmation_ConfirmSignUp"),
        ("_admin_confirm_sign_up", "PostConfirmation_ConfirmSignUp"),
        ("_confirm_forgot_password", "PostConfirmation_ConfirmForgotPassword"),
    ):
        setattr(cognito, name, with_trigger(getattr(cognito, name), source))


def with_trigger(confirm: Handler, trigger_source: str) -> Handler:
    """As on AWS the user *is* confirmed when the trigger fails; only the answer is an error."""

    def confirm_then_trigger(data: dict[str, Any]) -> Answer:
        answer = confirm(data)
        if answer[0] != 200:
            return answer
        pool = pool_of(data)
        user = cognito._resolve_user(pool, data.get("Username"))[0]
        if user is None:  # an unknown user's answer looks like a known one's
            return answer
        _mark_verified(user)
        return run_trigger("PostConfirmation", pool, user, data, trigger_source) or answer

    return confirm_then_trigger


def _mark_verified(user: dict[str, Any]) -> None:
    """The code went to the e-mail address, so entering it has proved the address."""
    attributes = {a["Name"]: a["Value"] for a in user["Attributes"]} | {"email_verified": "true"}
    user["Attributes"] = [{"Name": name, "Value": value} for name, value in attributes.items()]
