"""Move the to-dos of a stage into the table that has all local indexes: `make move-todos STAGE=prod`.

Copy, verify, switch. Before, the stack has both tables (`TodosMove=pending`). It copies beside the running
application, refuses changes of to-dos for the last pass, verifies that both tables hold the same, and switches the
stack over. Safe to interrupt and to repeat. `python -m operations.move_todos --stack NAME` moves those of a stack
that is in no samconfig.toml.
"""

import argparse
import json
import sys
from typing import Any

from app.aws.clients import Clients
from app.errors import AppError
from operations import stacks, stages
from operations.cloud import Cloud, run
from operations.journal import Journal
from operations.lost_tables import MOVE
from operations.moved_items import copy, copy_newer, delete_surplus
from operations.restore import Tables, tables
from project.errors import StackError

FIRST, SECOND = "TodosTable", "TodosTableV2"
_STEP = "todos-table"
_PASSES = 5
_WRITES = ["PutItem", "UpdateItem", "DeleteItem", "BatchWriteItem"]


def move(cloud: Cloud, stack: str) -> None:
    """Nothing happens where there is nothing to move.

    Raises:
        StackError: it could not be finished; the application goes on with the table that it had.
    """
    into = tables(cloud, stack)
    journal = Journal(cloud.client("dynamodb"), into.operations_table)
    try:
        _move(cloud, stack, into, journal)
    except AppError as error:
        raise StackError(f"the move was interrupted ({error.detail}); run it again to go on") from error


def _move(cloud: Cloud, stack: str, into: Tables, journal: Journal) -> None:
    clients = Clients(into.aws_region, into.aws_endpoint_url)
    made = stacks.resources(cloud.client("cloudformation"), stack, "AWS::DynamoDB::Table")
    if FIRST in made:
        source, target = made[FIRST], made[SECOND]
        _say(f"{copy(clients, source, target)} copied from {source} to {target}")
        _switch_frozen(cloud, stack, clients, source, target, journal)
    interrupted = journal.position(_STEP)
    if interrupted is None:
        _say("nothing to move")
        return
    source = interrupted["source"]["S"]
    _say(f"{copy_newer(clients, source, made[SECOND])} copied that came last")
    journal.forget(_STEP)
    _say(f"{source} is not used any more; see docs/operations.md, Moving the to-dos")


def _switch_frozen(
    cloud: Cloud, stack: str, clients: Clients, source: str, target: str, journal: Journal
) -> None:
    """A policy of the table comes into effect within seconds, so what slips through is copied after the switch."""
    arn = clients.dynamodb.describe_table(TableName=source)["Table"]["TableArn"]
    clients.dynamodb.put_resource_policy(ResourceArn=arn, Policy=_read_only(arn))
    try:
        _verify(clients, source, target)
        journal.keep(_STEP, {"source": {"S": source}})
        _switch(cloud, stack)
    except BaseException:
        clients.dynamodb.delete_resource_policy(ResourceArn=arn)
        raise


def _read_only(arn: str) -> str:
    statement = {
        "Effect": "Deny",
        "Principal": "*",
        "Action": [f"dynamodb:{action}" for action in _WRITES],
        "Resource": arn,
    }
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


def _verify(clients: Clients, source: str, target: str) -> None:
    """Raises:
    StackError: the tables still differ after several passes.
    """
    for _ in range(_PASSES):
        differences = copy(clients, source, target) + delete_surplus(clients, source, target)
        _say(f"{differences} differences")
        if not differences:
            return
    raise StackError(f"{source} still changes: the move can be repeated, and the application goes on with it")


def _switch(cloud: Cloud, stack: str) -> None:
    """The stack as it is, but for the parameter. It keeps the first table, which is no part of it any more."""
    cloudformation = cloud.client("cloudformation")
    before = stacks.existing(cloudformation, stack, cloud.region)
    cloudformation.update_stack(
        StackName=stack,
        UsePreviousTemplate=True,
        Parameters=[_parameter(name) for name in (*before.parameters, *before.secret)],
        Capabilities=["CAPABILITY_IAM", "CAPABILITY_AUTO_EXPAND"],
    )
    after = stacks.outcome(cloudformation, stack, before)
    if after is None or after.status != "UPDATE_COMPLETE":
        raise StackError(f"{stack}: the switch failed ({after.status if after else 'it is gone'})")
    _say(f"{stack} uses {SECOND}")


def _parameter(name: str) -> dict[str, Any]:
    if name == MOVE:
        return {"ParameterKey": name, "ParameterValue": "done"}
    return {"ParameterKey": name, "UsePreviousValue": True}


def _say(text: str) -> None:
    print(text, flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m operations.move_todos", description=__doc__)
    which = parser.add_mutually_exclusive_group(required=True)
    which.add_argument("--stage", help="one of samconfig.toml")
    which.add_argument("--stack", help="the name of a stack")
    options = parser.parse_args()
    move(Cloud(), options.stack or stages.find(options.stage).stack)


if __name__ == "__main__":
    sys.exit(run(main))
