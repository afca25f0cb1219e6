"""One address is one account: Cognito refuses to give an account the address of another one, which MiniStack does.

https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_AdminUpdateUserAttributes.html
"""

from typing import Any

from ministack.core.responses import error_response_json
from ministack.services import cognito

from devstack.emulator.refresh_tokens import Answer, Handler


def install() -> None:
    cognito._admin_update_user_attributes = refusing_taken(cognito._admin_update_user_attributes)


def refusing_taken(update: Handler) -> Handler:
    def update_free(data: dict[str, Any]) -> Answer:
        given = {each["Name"]: each["Value"] for each in data.get("UserAttributes", [])}
        pool = cognito._resolve_pool(data.get("UserPoolId"))[0]
        if pool is not None and "email" in given:
            holder = cognito._resolve_user(pool, given["email"])[0]
            user = cognito._resolve_user(pool, data.get("Username"))[0]
            if holder is not None and user is not None and holder is not user:
                answer: Answer = error_response_json(
                    "AliasExistsException", "An account with the email already exists.", 400
                )
                return answer
        return update(data)

    return update_free
