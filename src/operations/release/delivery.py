"""The means of a release: the outputs of the stack made from deploy/delivery.yaml."""

from dataclasses import dataclass

from operations import stacks
from operations.cloud import Cloud
from operations.release.image import Repository
from project.errors import StackError

_STACK = "serverless-backend-delivery-{stage}"


@dataclass(frozen=True, slots=True)
class Delivery:
    """`bucket` takes the templates; `role` is what CloudFormation acts as."""

    bucket: str
    role: str


def find(cloud: Cloud, stage: str) -> Delivery:
    """Raises:
    StackError: it does not exist yet.
    """
    outputs = _outputs(cloud, stage)
    return Delivery(outputs["BucketName"], outputs["ExecutionRoleArn"])


def repository(cloud: Cloud) -> Repository:
    """The images of all stages lie where test runs: what prod runs is what test ran.

    Raises:
        StackError: it does not exist yet.
    """
    return Repository(_outputs(cloud, "test")["RepositoryUri"])


def _outputs(cloud: Cloud, stage: str) -> dict[str, str]:
    name = _STACK.format(stage=stage)
    outputs = stacks.existing(cloud.client("cloudformation"), name, cloud.region).outputs
    if not outputs:
        raise StackError(f"the stack {name} is not complete")
    return outputs
