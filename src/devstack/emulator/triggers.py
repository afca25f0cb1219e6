"""Cognito's Lambda triggers that MiniStack never calls: whom they concern, what they get, what their failure means.

https://docs.aws.amazon.com/cognito/latest/developerguide/cognito-user-identity-pools-working-with-aws-lambda-triggers.html
"""

from collections.abc import Callable
from typing import Any

from ministack.core.responses import error_response_json
from ministack.services import cognito, lambda_svc

Answer = tuple[int, dict[str, str], Any]
Handler = Callable[[dict[str, Any]], Answer]


def run_trigger(
    name: str, pool: dict[str, Any], user: dict[str, Any], data: dict[str, Any], source: str
) -> Answer | None:
    """Run the pool's trigger `name`, if it has one; the error answer when it fails."""
    function = (pool.get("LambdaConfig") or {}).get(name)
    return _invoke(name, function, _event(pool, user, data, source)) if function else None


def pool_of(data: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = (
        cognito._resolve_pool(data["UserPoolId"])[0]
        if "UserPoolId" in data
        else cognito._pool_for_client(data.get("ClientId"))[0]
    )
    return found


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


def _invoke(name: str, function: str, event: dict[str, Any]) -> Answer | None:
    """Run the trigger; the error answer when it fails."""
    record, config, _ = lambda_svc._get_func_record_for_ref(function)
    if record is None or config is None:
        return _error("UnexpectedLambdaException", f"{name} invocation failed.")
    execution = lambda_svc._execution_record_for_config(record, config)
    result = lambda_svc._execute_function_with_config_scope(execution, event)
    if not result.get("error"):
        return None
    print(f"{name} trigger failed: {result}", flush=True)
    body = result.get("body")
    reason = body.get("errorMessage", "") if isinstance(body, dict) else ""
    return _error("UserLambdaValidationException", f"{name} failed with error {reason}.")


def _error(code: str, message: str) -> Answer:
    answer: Answer = error_response_json(code, message, 400)
    return answer
