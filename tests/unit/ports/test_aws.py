"""The adapters behind the ports on AWS, by moto: queues, mail delivery, object storage, alarms and costs."""

import uuid
from collections import deque
from collections.abc import Mapping
from types import SimpleNamespace

import pytest

from app.aws.clients import Clients
from app.aws.cloudwatch import CloudWatchAlarms
from app.aws.cost_explorer import CostExplorer
from app.aws.dead_letters import SqsDeadLetterQueue, SqsDeadLetterWriter
from app.aws.queue import SqsQueue
from app.aws.raw_files import S3RawFiles
from app.aws.ses import SesDelivery
from app.aws.user_objects import S3UserObjects, object_key
from app.config.api import Settings
from app.config.email_consumer import EmailConsumerSettings
from app.ports.monitoring import Alarms, AlarmState, CostSource
from app.ports.objects import StoredObject
from app.ports.raw_files import RawFile
from contracts.delivery import MailDeliveryContract
from contracts.monitoring import AlarmsContract, CostSourceContract, SetAlarm, Spend
from contracts.objects import PutObject, PutRaw, RawFilesContract, UserObjectsContract
from contracts.queues import DeadLettersContract, QueueContract, Waiting
from support.clients import ses_for
from support.environment import ENVIRONMENT


def make_queue(clients: Clients) -> str:
    return clients.sqs.create_queue(QueueName=uuid.uuid4().hex)["QueueUrl"]


@pytest.fixture(scope="class")
def buckets(clients: Clients, settings: Settings) -> None:
    for name in (settings.data_bucket, settings.ingest_bucket):
        clients.s3.create_bucket(Bucket=name)
        clients.s3.put_bucket_versioning(Bucket=name, VersioningConfiguration={"Status": "Enabled"})


class Queues:
    @pytest.fixture
    def source(self, clients: Clients) -> str:
        return make_queue(clients)

    @pytest.fixture
    def waiting(self, clients: Clients, source: str) -> Waiting:
        def receive() -> list[str]:
            answer = clients.sqs.receive_message(QueueUrl=source, MaxNumberOfMessages=10)
            return [message["Body"] for message in answer.get("Messages", ())]

        return receive


class TestQueue(Queues, QueueContract):
    @pytest.fixture
    def queue(self, clients: Clients, source: str) -> SqsQueue:
        return SqsQueue(clients, source)


class TestDeadLetters(Queues, DeadLettersContract):
    @pytest.fixture
    def url(self, clients: Clients) -> str:
        return make_queue(clients)

    @pytest.fixture
    def dead_letters(self, clients: Clients, source: str, url: str) -> SqsDeadLetterQueue:
        return SqsDeadLetterQueue(clients, "email", url=url, source_url=source)

    @pytest.fixture
    def dead_letter_writer(self, clients: Clients, url: str) -> SqsDeadLetterWriter:
        return SqsDeadLetterWriter(clients, url)


class TestMailDelivery(MailDeliveryContract):
    @pytest.fixture
    def delivery(self, clients: Clients) -> SesDelivery:
        settings = EmailConsumerSettings.from_env(ENVIRONMENT)
        clients.ses.create_email_identity(EmailIdentity=settings.mail_from)
        return ses_for(clients, settings)


class TestUserObjects(UserObjectsContract):
    @pytest.fixture
    def objects(self, clients: Clients, settings: Settings, buckets: None) -> S3UserObjects:
        return S3UserObjects(clients, settings.data_bucket)

    @pytest.fixture
    def put(self, clients: Clients, settings: Settings) -> PutObject:
        def put(user_id: str, file_id: str, body: bytes) -> StoredObject:
            key = object_key(user_id, file_id)
            answer = clients.s3.put_object(
                Bucket=settings.data_bucket, Key=key, Body=body, ContentType="text/plain"
            )
            return StoredObject(len(body), "text/plain", answer["VersionId"])

        return put


class TestRawFiles(RawFilesContract):
    @pytest.fixture
    def raw_files(self, clients: Clients, buckets: None) -> S3RawFiles:
        return S3RawFiles(clients)

    @pytest.fixture
    def put_raw(self, clients: Clients, settings: Settings) -> PutRaw:
        def put(key: str, body: bytes) -> RawFile:
            answer = clients.s3.put_object(Bucket=settings.ingest_bucket, Key=key, Body=body)
            return RawFile(settings.ingest_bucket, key, answer["VersionId"], answer["ETag"].strip('"'))

        return put


class TestAlarms(AlarmsContract):
    @pytest.fixture
    def alarms(self, clients: Clients, settings: Settings) -> Alarms:
        return CloudWatchAlarms(clients, settings.alarm_prefix)

    @pytest.fixture
    def set_alarm(self, clients: Clients, settings: Settings) -> SetAlarm:
        def set_alarm(name: str, state: AlarmState) -> None:
            other = "2" if name.startswith("+") else ""
            full = f"{settings.alarm_prefix}{other}-{name}"
            clients.cloudwatch.put_metric_alarm(
                AlarmName=full,
                Namespace="Test",
                MetricName="m",
                Statistic="Sum",
                Period=60,
                EvaluationPeriods=1,
                Threshold=1,
                ComparisonOperator="GreaterThanThreshold",
            )
            clients.cloudwatch.set_alarm_state(AlarmName=full, StateValue=state, StateReason="set")

        return set_alarm


class TestCostSource(CostSourceContract):
    """The answers are given page by page, a day each: moto has no Cost Explorer that costs anything."""

    @pytest.fixture
    def answers(self) -> deque[dict]:
        return deque()

    @pytest.fixture
    def cost_source(self, answers: deque[dict]) -> CostSource:
        explorer = SimpleNamespace(get_cost_and_usage=lambda **_: answers.popleft())
        return CostExplorer(SimpleNamespace(cost_explorer=explorer))

    @pytest.fixture
    def spend(self, answers: deque[dict]) -> Spend:
        def spend(days: Mapping[str, Mapping[str, str]]) -> None:
            for left, (day, services) in zip(range(len(days) - 1, -1, -1), days.items(), strict=True):
                groups = [
                    {"Keys": [name], "Metrics": {"UnblendedCost": {"Amount": amount, "Unit": "USD"}}}
                    for name, amount in services.items()
                ]
                page = {"ResultsByTime": [{"TimePeriod": {"Start": day}, "Groups": groups}]}
                answers.append({**page, **({"NextPageToken": "next"} if left else {})})

        return spend
