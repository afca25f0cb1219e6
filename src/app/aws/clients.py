"""The one place that builds boto3 clients: late, once, and with bounded waits.

A client costs about 65 ms to build, so nothing is built before its first use (cold start). boto3's defaults wait
60 s for a hung peer; ours wait for less than a caller does, and never beyond the deadline of the request
(`app.deadline`).
"""

from collections.abc import Sequence
from functools import cached_property
from threading import Lock
from typing import TYPE_CHECKING, Any, TypeVar, cast

import boto3
import botocore
from botocore.config import Config
from botocore.session import get_session

from app.aws.calls import watched
from app.config.reader import AuroraCluster, Postgres

if TYPE_CHECKING:
    from botocore.client import BaseClient
    from types_boto3_ce.client import CostExplorerClient
    from types_boto3_cloudwatch.client import CloudWatchClient
    from types_boto3_cognito_identity.client import CognitoIdentityClient
    from types_boto3_cognito_idp.client import CognitoIdentityProviderClient
    from types_boto3_dynamodb.client import DynamoDBClient
    from types_boto3_lambda.client import LambdaClient
    from types_boto3_rds_data.client import RDSDataServiceClient
    from types_boto3_s3.client import S3Client
    from types_boto3_secretsmanager.client import SecretsManagerClient
    from types_boto3_sesv2.client import SESV2Client
    from types_boto3_sqs.client import SQSClient

    from app.aws.egress_relay import Egress

AnyClient = TypeVar("AnyClient", bound="BaseClient")


class Clients:
    """The clients of one process. `endpoint_url` is that of an emulator; `egress_function` names the egress relay,
    which a process in a VPC needs."""

    def __init__(self, region: str, endpoint_url: str | None, *, egress_function: str | None = None) -> None:
        self.region = region
        self._endpoint_url = endpoint_url
        self._egress_function = egress_function
        self._session_lock = Lock()  # building a client from a session is not thread-safe
        self._botocore = get_session()
        if endpoint_url is not None:  # an emulator on this machine: no proxy leads to it
            self._botocore.set_default_client_config(Config(proxies={}))
        self._session = boto3.session.Session(region_name=region, botocore_session=self._botocore)

    def load(self, *services: str) -> None:
        """Read the models that clients of `services` are made from, most of the cost of the first one.

        It keeps no client, and looks for no credentials.
        """
        with self._session_lock:
            for service in services:
                self._botocore.create_client(service, self.region, **_NO_CREDENTIALS).close()

    @cached_property
    def dynamodb(self) -> "DynamoDBClient":
        """Parameters are not validated here: the engine makes all of them, and a write of a to-do has 40 values. An
        endpoint of the account would follow the credentials, and could not be worked out once."""
        config = _config(connect=1, read=3, attempts=3).merge(
            Config(parameter_validation=False, account_id_endpoint_mode="disabled")
        )
        with self._session_lock:
            client = watched(self._session.client("dynamodb", config=config, endpoint_url=self._endpoint_url))
        _resolve_endpoints_once(client)
        return client

    @cached_property
    def cognito(self) -> "CognitoIdentityProviderClient":
        """Cognito answers slowly while its triggers run (5 s at most). A repeated sign-up says that it exists."""
        config = _config(connect=1, read=8, attempts=2)
        with self._session_lock:
            client = watched(
                self._session.client("cognito-idp", config=config, endpoint_url=self._endpoint_url)
            )
        # What botocore repeats is answered for accounts alone: the second attempt, and the pause before it, would
        # tell that there is one.
        for operation in ("ForgotPassword", "ResendConfirmationCode"):
            event = f"needs-retry.cognito-identity-provider.{operation}"
            client.meta.events.register_first(event, cast(Any, _never))
        return self._via_relay(client)

    @cached_property
    def s3(self) -> "S3Client":
        """Presigned URLs are signed with version 4, as POST policies must be, for the region's own host, also in
        us-east-1: the global one redirects to the region of a new bucket, and a form cannot follow; nor does the
        site's Content-Security-Policy know it."""
        config = _config(connect=1, read=5, attempts=3).merge(
            Config(
                signature_version="s3v4",
                s3={"addressing_style": "virtual", "us_east_1_regional_endpoint": "regional"},
            )
        )
        with self._session_lock:
            client = watched(self._session.client("s3", config=config, endpoint_url=self._endpoint_url))
        # A second attempt would begin a second upload. Who creates a file again looks for the first one.
        client.meta.events.register_first("needs-retry.s3.CreateMultipartUpload", cast(Any, _never))
        return client

    @cached_property
    def sqs(self) -> "SQSClient":
        """Short time-outs: callers wait, and Cognito gives the sign-up trigger five seconds in all."""
        config = _config(connect=1, read=3, attempts=2)
        with self._session_lock:
            return watched(self._session.client("sqs", config=config, endpoint_url=self._endpoint_url))

    @cached_property
    def ses(self) -> "SESV2Client":
        """One attempt: a mail whose answer was lost may have been sent, and is not sent again unawares."""
        config = _config(connect=1, read=5, attempts=1)
        with self._session_lock:
            return watched(self._session.client("sesv2", config=config, endpoint_url=self._endpoint_url))

    @cached_property
    def cognito_identity(self) -> "CognitoIdentityClient":
        config = _config(connect=1, read=5, attempts=3)
        with self._session_lock:
            return watched(
                self._session.client("cognito-identity", config=config, endpoint_url=self._endpoint_url)
            )

    @cached_property
    def cloudwatch(self) -> "CloudWatchClient":
        config = _config(connect=1, read=5, attempts=2)
        with self._session_lock:
            return watched(self._session.client("cloudwatch", config=config, endpoint_url=self._endpoint_url))

    @cached_property
    def cost_explorer(self) -> "CostExplorerClient":
        """One attempt: each costs money. The service has one region for all."""
        config = _config(connect=1, read=10, attempts=1)
        with self._session_lock:
            client = watched(
                self._session.client(
                    "ce",
                    region_name="us-east-1",
                    config=config,
                    endpoint_url=self._endpoint_url,
                )
            )
        return self._via_relay(client)

    @cached_property
    def secrets(self) -> "SecretsManagerClient":
        config = _config(connect=1, read=3, attempts=3)
        with self._session_lock:
            return watched(
                self._session.client("secretsmanager", config=config, endpoint_url=self._endpoint_url)
            )

    @cached_property
    def rds_data(self) -> "RDSDataServiceClient":
        """One attempt, which outlasts the service's own time-out of 45 s: a statement whose answer was lost may have
        taken effect, and who sends it again must know. Callers bound it by a deadline."""
        config = _config(connect=1, read=60, attempts=1)
        with self._session_lock:
            return watched(self._session.client("rds-data", config=config, endpoint_url=self._endpoint_url))

    @cached_property
    def functions(self) -> "LambdaClient":
        """One attempt, which outlasts the function's own time-out of 10 s: relayed clients have their own retries."""
        config = _config(connect=1, read=11, attempts=1)
        with self._session_lock:
            return watched(self._session.client("lambda", config=config, endpoint_url=self._endpoint_url))

    @cached_property
    def egress(self) -> "Egress | None":
        """The egress relay, or `None` outside a VPC."""
        if self._egress_function is None:
            return None
        from app.aws.egress_relay import Egress

        return Egress(self.functions, self._egress_function)

    def _via_relay(self, client: AnyClient) -> AnyClient:
        if self.egress is not None:
            self.egress.route_through(client)
        return client


def data_services(database: Postgres | None) -> Sequence[str]:
    """The service behind `database`, where it is one of AWS's and not DynamoDB."""
    return ("rds-data",) if isinstance(database, AuroraCluster) else ()


_USER_AGENT = f"Boto3/{boto3.__version__} Botocore/{botocore.__version__}"

_NO_CREDENTIALS: dict[str, Any] = {"aws_access_key_id": "none", "aws_secret_access_key": "none"}


def _resolve_endpoints_once(client: "BaseClient") -> None:
    """Have botocore work out the endpoint of each operation once: it evaluates rules in each call, which is one part
    in fifteen of a creation. Only for a service whose endpoint does not depend on what is asked for."""
    resolver: Any = client._ruleset_resolver  # type: ignore[attr-defined] # noqa: SLF001
    work_out, known = resolver.construct_endpoint, dict[str, Any]()

    def construct_endpoint(operation_model: Any, *args: Any, **options: Any) -> Any:
        name = operation_model.name
        if name not in known:
            known[name] = work_out(operation_model, *args, **options)
        return known[name]

    resolver.construct_endpoint = construct_endpoint


def _never(**_: object) -> bool:
    return False


def _config(*, connect: float, read: float, attempts: int) -> Config:
    """Time-outs in seconds; `attempts` counts the first try. botocore builds its own user agent again for each call,
    out of parts that do not change."""
    return Config(
        user_agent=_USER_AGENT,
        connect_timeout=connect,
        read_timeout=read,
        retries={"mode": "standard", "total_max_attempts": attempts},
    )
