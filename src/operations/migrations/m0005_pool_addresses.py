"""Addresses of the pool's accounts in their one form: who signs in is looked up by it.

Of two accounts that have forms of one address, the one that has its form already keeps it; the other is named, for an
operator to look at.
"""

from collections.abc import Iterator

from botocore.exceptions import ClientError

from app.addresses import kept
from operations.journal import Work

TITLE = "addresses of the pool's accounts in one form"


def run(work: Work) -> None:
    for username, email, verified in _accounts(work):
        address = kept(email)
        if address != email.lower():
            work.changed += _change(work, username, address, verified)


def _accounts(work: Work) -> Iterator[tuple[str, str, str]]:
    pages = work.clients.cognito.get_paginator("list_users").paginate(UserPoolId=work.tables.user_pool_id)
    for page in pages:
        for user in page["Users"]:
            said = {one["Name"]: one.get("Value", "") for one in user.get("Attributes", ())}
            if "email" in said:
                yield user["Username"], said["email"], said.get("email_verified", "false")


def _change(work: Work, username: str, address: str, verified: str) -> bool:
    """`email_verified` goes along: otherwise the pool would ask for a new proof of the same address."""
    try:
        work.clients.cognito.admin_update_user_attributes(
            UserPoolId=work.tables.user_pool_id,
            Username=username,
            UserAttributes=[
                {"Name": "email", "Value": address},
                {"Name": "email_verified", "Value": verified},
            ],
        )
    except ClientError as error:
        if error.response["Error"]["Code"] != "AliasExistsException":
            raise
        print(f"  {username}: another account has this address", flush=True)
        return False
    return True
