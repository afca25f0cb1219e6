"""Cognito's PostConfirmation trigger, which MiniStack never calls.

Shapes: https://docs.aws.amazon.com/cognito/latest/developerguide/user-pool-lambda-post-confirmation.html
"""

from collections.abc import Callable
from typing import Any

from ministack.core.responses import error_response_json
from ministack.services import cognito, lambda_svc

Answer = tuple[int, dict[str, str], Any]
Handler = Callable[[dict[str, Any]], Answer]


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
        pool = _pool(data)
        user = cognito._resolve_user(pool, data.get("Username"))[0]
        if user is None:  # an unknown user's answer looks like a known one's
            return answer
        _mark_verified(user)
        function = (pool.get("LambdaConfig") or {}).get("PostConfirmation")
        return _invoke(function, _event(pool, user, data, trigger_source)) or answer if function else answer

    return confirm_then_trigger


def _pool(data: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = (
        cognito._resolve_pool(data["UserPoolId"])[0]
        if "UserPoolId" in data
        else cognito._pool_for_client(data.get("ClientId"))[0]
    )
    return found


def _mark_verified(user: dict[str, Any]) -> None:
    """The code went to the e-mail address, so entering it has proved the address."""
    attributes = {a["Name"]: a["Value"] for a in user["Attributes"]} | {"email_verified": "true"}
    user["Attributes"] = [{"Name": name, "Value": value} for name, value in attributes.items()]


def _event(pool: dict[str, Any], user: dict[str, Any], data: dict[str, Any], source: str) -> dict[str, Any]:
    attributes = {a["Name"]: a["Value"] for a in user["Attributes"]}
    return {
        "version": "1",
        "region": pool["Id"].split("_")[0],
        "userPoolId": pool["Id"],
        "userName": user["Username"],
        "callerContext": {"awsSdkVersion": "aws-sdk-unknown-unknown", "clientId": data.get("ClientId", "")},
        "triggerSource": source,
        "request": {
            "userAttributes": {**attributes, "cognito:user_status": user["UserStatus"]},
            "clientMetadata": data.get("ClientMetadata") or {},
        },
        "response": {},
    }


def _invoke(function: str, event: dict[str, Any]) -> Answer | None:
    """Run the trigger; the error answer when it fails."""
    record, config, _ = lambda_svc._get_func_record_for_ref(function)
    if record is None or config is None:
        return _error("UnexpectedLambdaException", "PostConfirmation invocation failed.")
    execution = lambda_svc._execution_record_for_config(record, config)
    result = lambda_svc._execute_function_with_config_scope(execution, event)
    if not result.get("error"):
        return None
    print(f"PostConfirmation trigger failed: {result}", flush=True)
    body = result.get("body")
    reason = body.get("errorMessage", "") if isinstance(body, dict) else ""
    return _error("UserLambdaValidationException", f"PostConfirmation failed with error {reason}.")


def _error(code: str, message: str) -> Answer:
    answer: Answer = error_response_json(code, message, 400)
    return answer
