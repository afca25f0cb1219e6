"""Bring the data of a stage up to this version: `make migrate STAGE=prod`. Safe to repeat, and to interrupt.

What is done is recorded in the stage's Operations table, with the place that a step has come to: a repetition goes on
from there. `python -m operations.migrate --stack NAME` does the same for a stack that is in no samconfig.toml.
"""

import argparse
import importlib
import pkgutil
import sys
from typing import Protocol, cast

from app.aws.clients import Clients
from app.errors import AppError
from operations import migrations, stacks, stages
from operations.cloud import Cloud, run
from operations.journal import Journal, Work
from operations.restore import Tables, tables
from project.errors import StackError


class Step(Protocol):
    TITLE: str

    @staticmethod
    def run(work: Work) -> None: ...


def steps() -> dict[str, Step]:
    """By name, in their order."""
    names = sorted(module.name for module in pkgutil.iter_modules(migrations.__path__))
    return {name: cast(Step, importlib.import_module(f"{migrations.__name__}.{name}")) for name in names}


def migrate(into: Tables, journal: Journal, *, again: bool = False) -> None:
    """Run the steps that these tables have not had; with `again` all of them, as after a table was restored.

    Raises:
        StackError: a step was interrupted.
    """
    clients = Clients(into.aws_region, into.aws_endpoint_url)
    for name, step in steps().items():
        if again:
            journal.forget(name)
        if journal.is_done(name):
            print(f"{name}: done before", flush=True)
            continue
        print(f"{name}: {step.TITLE}", flush=True)
        try:
            step.run(Work(name, into, clients, journal))
        except AppError as error:
            raise StackError(f"{name} was interrupted ({error.detail}); run it again to go on") from error
        journal.finish(name)


def _journal(cloud: Cloud, stack: str) -> Journal:
    outputs = stacks.existing(cloud.client("cloudformation"), stack, cloud.region).outputs
    return Journal(cloud.client("dynamodb"), outputs["OperationsTableName"])


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m operations.migrate", description=__doc__)
    which = parser.add_mutually_exclusive_group(required=True)
    which.add_argument("--stage", help="one of samconfig.toml")
    which.add_argument("--stack", help="the name of a stack")
    parser.add_argument("--again", action="store_true", help="also the steps that are done")
    options = parser.parse_args()
    cloud = Cloud()
    stack = options.stack or stages.find(options.stage).stack
    migrate(tables(cloud, stack), _journal(cloud, stack), again=options.again)


if __name__ == "__main__":
    sys.exit(run(main))
