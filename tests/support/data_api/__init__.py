"""A stand-in for the RDS Data API: real HTTP before a real PostgreSQL, with the documented limits and errors.

No emulator has the service without Docker. What it refuses is documented in
https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/data-api.limitations.html,
https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/data-api.troubleshooting.html and
https://docs.aws.amazon.com/rdsdataservice/latest/APIReference/API_ExecuteStatement.html.
Where these leave it open, it is the stricter one: strings and nulls are of type `text`, numbers `bigint`.
"""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from app.aws.clients import Clients
from app.config.reader import AuroraCluster
from support.data_api.server import FakeDataApi

CLUSTER = AuroraCluster(
    "arn:aws:rds:eu-west-1:123456789012:cluster:app",
    "arn:aws:secretsmanager:eu-west-1:123456789012:secret:rds!cluster-app",
    "app",
)


def clients_at(port: int) -> Clients:
    return Clients("eu-west-1", f"http://127.0.0.1:{port}")


@contextmanager
def running_data_api(url: str) -> Iterator[FakeDataApi]:
    """Before the PostgreSQL at `url`, whatever the name of its database."""
    with FakeDataApi(url, CLUSTER) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield server
        finally:
            server.shutdown()
            thread.join()
            server.service.close()
