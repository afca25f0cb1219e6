"""Messages for an SQS queue."""

from botocore.exceptions import BotoCoreError, ClientError

from app.aws.clients import Clients
from app.errors import Unavailable


class SqsQueue:
    def __init__(self, clients: Clients, url: str) -> None:
        self._clients = clients
        self._url = url

    def send(self, body: str) -> None:
        """See `app.ports.queues.Queue`."""
        try:
            self._clients.sqs.send_message(QueueUrl=self._url, MessageBody=body)
        except (BotoCoreError, ClientError) as error:
            raise Unavailable from error
