"""Erase accounts whose user is gone from the pool: `python -m operations.reconcile --stage prod`.

An SDK may delete its user by itself (`DeleteUser`), and Cognito does not report it. The record and all that is held
on the user stay behind, and no one can sign in to them any more. This lists them. With `--erase NUMBER` it erases
them as account deletion does, if they are as many as that: where a pool was replaced every user is gone, which is no
reason to erase.
"""

import argparse
import os
import re
import sys
from collections.abc import Iterator, Sequence
from types import SimpleNamespace
from typing import cast

from app.config.api import Settings
from app.container import Container
from app.errors import AppError
from app.models.users import User, UserQuery
from app.ports.users import UserRepository
from operations import stacks, stages
from operations.cloud import Cloud, run
from operations.databases import postgres_of
from project.errors import StackError

_PAGE = 100


def held(cloud: Cloud, stack: str) -> Settings:
    """As much of the settings as account deletion needs, from the outputs of a deployed stack: `DataBucketName` is
    `data_bucket`, and `TodosTableName` the table `todos`.

    Raises:
        StackError: there is no such stack.
    """
    outputs = stacks.existing(cloud.client("cloudformation"), stack, cloud.region).outputs
    found = {_setting(name): value for name, value in outputs.items()}
    return cast(
        Settings,
        SimpleNamespace(
            **found,
            tables={name.removesuffix("_table"): found[name] for name in found if name.endswith("_table")},
            stack_name=stack,
            aws_region=cloud.region,
            aws_endpoint_url=os.environ.get("AWS_ENDPOINT_URL"),
            redis_url=None,
            egress_function=None,
            todo_quota=None,
            download_quota=None,
            limits={},
            password_complexity=True,
            database=postgres_of(outputs),
        ),
    )


def _setting(output: str) -> str:
    return re.sub(r"(?<!^)(?=[A-Z])", "_", output.removesuffix("Name")).lower()


def gone(container: Container) -> list[str]:
    """The ids of the records whose user is gone from the pool."""
    users = everyone(container.storage.users)
    return [user.id for user in users if container.identity.get_user(user.id) is None]


def everyone(users: UserRepository) -> Iterator[User]:
    """By e-mail address."""
    position = None
    while True:
        page = users.search(UserQuery(), limit=_PAGE, position=position)
        yield from page.items
        if (position := page.position) is None:
            return


def erase(container: Container, user_ids: Sequence[str]) -> None:
    for user_id in user_ids:
        container.personal_data.account_deletion.erase(user_id)
        print(f"  {user_id}: erased", flush=True)


def reconcile(container: Container, expected: int | None) -> None:
    """List them, and erase them where they are as many as `expected`.

    Raises:
        StackError: they are not, or it was interrupted; what is erased is erased.
    """
    try:
        found = gone(container)
        for user_id in found:
            print(f"  {user_id}: gone from the pool", flush=True)
        if expected is None:
            print(f"{len(found)} accounts to erase")
            return
        if len(found) != expected:
            raise StackError(
                f"{len(found)} accounts are gone from the pool, not {expected}: nothing is erased"
            )
        erase(container, found)
    except AppError as error:
        raise StackError(f"interrupted ({error.detail}); run it again to go on") from error


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m operations.reconcile", description=__doc__)
    parser.add_argument("--stage", required=True)
    parser.add_argument("--erase", type=int, metavar="NUMBER", help="erase them, if they are so many")
    options = parser.parse_args()
    reconcile(Container(held(Cloud(), stages.find(options.stage).stack)), options.erase)


if __name__ == "__main__":
    sys.exit(run(main))
