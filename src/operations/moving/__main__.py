"""Close a stage, copy its data to the other engine, open it again (docs/operations.md, "Moving to the other engine").

`python -m operations.moving --stage prod --close`, then `--to aurora` or `--to dynamodb`, and `--open` at the end.
`DATABASE_URL` may name another PostgreSQL than the cluster of the stage.
"""

import argparse
import os
import sys
from contextlib import closing

from app.aws.clients import Clients
from app.repositories.dynamodb.storage import DynamoStorage
from app.repositories.postgres.database import Database
from app.repositories.postgres.transport import transport_to
from operations import stacks, stages
from operations.cloud import Cloud, run
from operations.databases import postgres_of
from operations.journal import Journal
from operations.moving.belongings import Engine
from operations.moving.closing import Closing
from operations.moving.dynamodb import DynamoEngine
from operations.moving.marker import Marker
from operations.moving.move import clear, move
from operations.moving.postgres import PostgresEngine
from project.errors import StackError

_ENGINES = ("aurora", "dynamodb")
_STATEMENT_SECONDS = 40.0


def move_stage(cloud: Cloud, stack: str, target: str, *, database: Database, replaced: int | None) -> None:
    """Raises:
    StackError: the stage is open, the target holds other data, or the copy was interrupted.
    """
    stage = Closing(cloud, stack)
    stage.require()
    engines: dict[str, Engine] = {
        "dynamodb": DynamoEngine(_dynamodb(cloud, stack)),
        "aurora": PostgresEngine(database),
    }
    marker = Marker(_journal(cloud, stack), target)
    to = engines.pop(target)
    (source,) = engines.values()
    marker.begin(to, replaced=replaced)
    totals = move(source, to, say=print)
    stage.require()
    marker.finish()
    print(f"both engines hold {totals}")


def open_stage(cloud: Cloud, stack: str) -> None:
    """Raises:
    StackError: the stage would run on an engine that does not hold all of its data yet.
    """
    for target in _ENGINES:
        if target == _engine_of(cloud, stack) and Marker(_journal(cloud, stack), target).is_under_way:
            raise StackError(
                f"the move to {target} is not complete: run it again, or deploy the other engine"
            )
    Closing(cloud, stack).open()


def clear_dynamodb(cloud: Cloud, stack: str, number: int) -> None:
    """Delete what the tables of DynamoDB hold, where the stage has moved to Aurora.

    Raises:
        StackError: they are in use, hold another number of users, or it was interrupted.
    """
    if _engine_of(cloud, stack) == "dynamodb":
        raise StackError("the stage uses DynamoDB: nothing is deleted")
    clear(DynamoEngine(_dynamodb(cloud, stack)), number)


def _engine_of(cloud: Cloud, stack: str) -> str:
    return _stack(cloud, stack).parameters.get("Database", "dynamodb")


def _outputs(cloud: Cloud, stack: str) -> dict[str, str]:
    return _stack(cloud, stack).outputs


def _stack(cloud: Cloud, stack: str) -> stacks.Stack:
    return stacks.existing(cloud.client("cloudformation"), stack, cloud.region)


def _dynamodb(cloud: Cloud, stack: str) -> DynamoStorage:
    outputs = _outputs(cloud, stack)
    tables = {name.lower(): outputs[f"{name}TableName"] for name in ("Todos", "Users", "Files")}
    clients = Clients(cloud.region, os.environ.get("AWS_ENDPOINT_URL"))
    return DynamoStorage(clients, tables)


def _journal(cloud: Cloud, stack: str) -> Journal:
    return Journal(cloud.client("dynamodb"), _outputs(cloud, stack)["OperationsTableName"])


def _database(cloud: Cloud, stack: str) -> Database:
    """With time for statements as long as the RDS Data API gives them.

    Raises:
        StackError: the stage has no PostgreSQL.
    """
    place = postgres_of(_outputs(cloud, stack))
    if place is None:
        raise StackError(f"{stack} has no cluster: deploy it with Database=aurora, or set DATABASE_URL")
    clients = Clients(cloud.region, os.environ.get("AWS_ENDPOINT_URL"))
    return Database(transport_to(place, clients, seconds=_STATEMENT_SECONDS))


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m operations.moving", description=__doc__)
    parser.add_argument("--stage", required=True)
    act = parser.add_mutually_exclusive_group(required=True)
    act.add_argument("--close", action="store_true", help="let no function of the stage run")
    act.add_argument("--to", choices=_ENGINES, help="copy the data to this engine")
    act.add_argument("--open", action="store_true", help="let the functions run again")
    act.add_argument(
        "--clear-dynamodb",
        type=int,
        metavar="NUMBER",
        help="after a move, delete what is there, if so many users",
    )
    parser.add_argument(
        "--replace", type=int, metavar="NUMBER", help="write over what the target holds, if so many users"
    )
    options = parser.parse_args()
    cloud, stack = Cloud(), stages.find(options.stage).stack
    if options.to:
        with closing(_database(cloud, stack)) as database:
            move_stage(cloud, stack, options.to, database=database, replaced=options.replace)
    elif options.close:
        Closing(cloud, stack).close()
    elif options.open:
        open_stage(cloud, stack)
    else:
        clear_dynamodb(cloud, stack, options.clear_dynamodb)


if __name__ == "__main__":
    sys.exit(run(main))
