"""Close a stage, copy its data to the other engine, open it again (docs/operations.md, "Moving to the other engine").

`python -m operations.moving --stage prod --close`, then `--to aurora` or `--to dynamodb`, and `--open` at the end.
`DATABASE_URL` names the PostgreSQL.
"""

import argparse
import os
import sys
from contextlib import closing
from types import SimpleNamespace

from app.aws.clients import Clients
from app.repositories.dynamodb.storage import DynamoStorage
from app.repositories.postgres.database import Database
from operations import stacks, stages
from operations.cloud import Cloud, run
from operations.journal import Journal
from operations.moving.belongings import Engine
from operations.moving.closing import Closing
from operations.moving.dynamodb import DynamoEngine
from operations.moving.marker import Marker
from operations.moving.move import move
from operations.moving.postgres import PostgresEngine
from project.errors import StackError


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


def _outputs(cloud: Cloud, stack: str) -> dict[str, str]:
    return stacks.existing(cloud.client("cloudformation"), stack, cloud.region).outputs


def _dynamodb(cloud: Cloud, stack: str) -> DynamoStorage:
    outputs = _outputs(cloud, stack)
    tables = {f"{name.lower()}_table": outputs[f"{name}TableName"] for name in ("Todos", "Users", "Files")}
    clients = Clients(cloud.region, os.environ.get("AWS_ENDPOINT_URL"))
    return DynamoStorage(clients, SimpleNamespace(**tables))


def _journal(cloud: Cloud, stack: str) -> Journal:
    return Journal(cloud.client("dynamodb"), _outputs(cloud, stack)["OperationsTableName"])


def _database() -> Database:
    url = os.environ.get("DATABASE_URL")
    if not url:
        raise StackError("DATABASE_URL is not set")
    return Database(url)


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m operations.moving", description=__doc__)
    parser.add_argument("--stage", required=True)
    act = parser.add_mutually_exclusive_group(required=True)
    act.add_argument("--close", action="store_true", help="let no function of the stage run")
    act.add_argument("--to", choices=("aurora", "dynamodb"), help="copy the data to this engine")
    act.add_argument("--open", action="store_true", help="let the functions run again")
    parser.add_argument(
        "--replace", type=int, metavar="NUMBER", help="write over what the target holds, if so many users"
    )
    options = parser.parse_args()
    cloud, stack = Cloud(), stages.find(options.stage).stack
    if options.to:
        with closing(_database()) as database:
            move_stage(cloud, stack, options.to, database=database, replaced=options.replace)
    elif options.close:
        Closing(cloud, stack).close()
    else:
        Closing(cloud, stack).open()


if __name__ == "__main__":
    sys.exit(run(main))
