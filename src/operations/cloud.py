"""AWS itself, with the credentials and the region of the shell; what fails is said in one line."""

import os
import time
from collections.abc import Callable
from typing import Any

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from project.console import fail
from project.errors import StackError

_CONFIG = Config(connect_timeout=10, read_timeout=60, retries={"mode": "standard", "total_max_attempts": 5})


class Cloud:
    """Clients of one account in one region."""

    def __init__(self, region: str | None = None) -> None:
        """`AWS_REGION` is what Lambda and the AWS CLI read; boto3 and SAM read `AWS_DEFAULT_REGION` and the profile.

        Raises:
            StackError: nothing names a region.
        """
        session = boto3.session.Session()
        found = region or os.environ.get("AWS_REGION") or session.region_name
        if not found:
            raise StackError("no region: set AWS_REGION, for example `export AWS_REGION=eu-central-1`")
        self.region: str = found
        self._session = session

    def client(self, service: str) -> Any:
        build: Any = self._session.client
        return build(service, region_name=self.region, config=_CONFIG)

    def account(self) -> str:
        """The account that the credentials belong to.

        Raises:
            StackError: there are none, or they are not good any more.
        """
        try:
            answer = self.client("sts").get_caller_identity()
        except (BotoCoreError, ClientError) as error:
            raise StackError(f"no AWS credentials that work ({error}); try `aws sso login`") from error
        return str(answer["Account"])

    def invalidate(self, distribution: str) -> None:
        """Edges forget what they hold of the site. They would ask again within seconds, but not all together."""
        self.client("cloudfront").create_invalidation(
            DistributionId=distribution,
            InvalidationBatch={
                "Paths": {"Quantity": 1, "Items": ["/*"]},
                "CallerReference": f"site-{time.time_ns()}",
            },
        )


def run(command: Callable[[], None]) -> int:
    """The exit status of a command: 0, 1 after a failure, 130 after Ctrl-C."""
    try:
        command()
    except KeyboardInterrupt:
        fail("stopped")
        return 130
    except (StackError, BotoCoreError, ClientError) as error:
        fail(str(error))
        return 1
    return 0
