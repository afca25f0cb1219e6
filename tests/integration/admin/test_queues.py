"""Dead-letter queues of their own, without a consumer: what exactly is moved, kept, and shown."""

import json
import uuid
from datetime import timedelta

import pytest

from app.aws.dead_letters import SqsDeadLetterQueue
from app.errors import Unavailable
from app.models.moments import now
from app.ports.queues import MAX_RECEIVES
from support import template


@pytest.fixture
def queues(clients):
    """A source and its dead-letter queue, as URLs. A message is visible again at once and dies after two receives."""
    name = uuid.uuid4().hex
    dead = clients.sqs.create_queue(QueueName=f"{name}-dlq")["QueueUrl"]
    arn = clients.sqs.get_queue_attributes(QueueUrl=dead, AttributeNames=["QueueArn"])["Attributes"][
        "QueueArn"
    ]
    source = clients.sqs.create_queue(
        QueueName=name,
        Attributes={
            "VisibilityTimeout": "0",
            "RedrivePolicy": json.dumps({"deadLetterTargetArn": arn, "maxReceiveCount": 2}),
        },
    )["QueueUrl"]
    yield source, dead
    for url in (source, dead):
        clients.sqs.delete_queue(QueueUrl=url)


@pytest.fixture
def queue(clients, queues) -> SqsDeadLetterQueue:
    source, dead = queues
    return SqsDeadLetterQueue(clients, "email", url=dead, source_url=source)


def send(clients, url, body, **attributes):
    values = {name: {"DataType": "String", "StringValue": value} for name, value in attributes.items()}
    return clients.sqs.send_message(QueueUrl=url, MessageBody=body, MessageAttributes=values)["MessageId"]


def received(clients, url):
    answer = clients.sqs.receive_message(
        QueueUrl=url, MaxNumberOfMessages=10, MessageAttributeNames=["All"], VisibilityTimeout=30
    )
    return answer.get("Messages", [])


def everything(queue):
    with queue.browse(seconds=60) as look:
        return list(look)


def redrive_all(queue):
    with queue.browse(seconds=60) as look:
        for letter in look:
            look.redrive(letter)


def test_a_look_takes_nothing_away(clients, queues, queue):
    ids = {send(clients, queues[1], str(number)) for number in range(25)}

    looks = [everything(queue) for _ in range(2)]

    assert [{letter.id for letter in look} for look in looks] == [ids, ids]
    assert queue.count() == 25
    assert queue.in_flight() == 0


def test_what_the_queue_itself_gave_up_has_had_all_attempts(clients, queues, queue):
    send(clients, queues[0], "tried in vain")
    for _ in range(3):
        received_now = clients.sqs.receive_message(QueueUrl=queues[0], VisibilityTimeout=0)
    assert "Messages" not in received_now

    for _ in range(3):
        (letter,) = everything(queue)

    assert (letter.attempts, letter.reason, letter.payload) == (MAX_RECEIVES, None, "tried in vain")


def test_every_source_queue_gives_up_after_as_many_attempts():
    policies = [
        resource["Properties"]["RedrivePolicy"]["maxReceiveCount"]
        for resource in template.load()["Resources"].values()
        if resource["Type"] == "AWS::SQS::Queue" and "RedrivePolicy" in resource["Properties"]
    ]

    assert policies == [MAX_RECEIVES, MAX_RECEIVES]


def test_a_redriven_message_keeps_its_own_attributes_and_the_time_it_was_first_sent(clients, queues, queue):
    send(clients, queues[1], "body", traceId="t1", reason="malformed", attempts="3")
    for _ in range(2):
        with queue.browse(seconds=60) as look:
            (letter,) = look
            look.redrive(letter)
        (message,) = received(clients, queues[0])
        attributes = {name: value["StringValue"] for name, value in message["MessageAttributes"].items()}
        send(clients, queues[1], message["Body"], **attributes)  # and dead again

    assert message["Body"] == "body"
    assert attributes == {"traceId": "t1", "sentAt": str(round(letter.sent_at.timestamp() * 1000))}
    assert now() - letter.sent_at < timedelta(minutes=30)
    (again,) = everything(queue)
    assert again.sent_at == letter.sent_at
    assert again.arrived_at > again.sent_at


def test_a_letter_that_cannot_be_sent_stays(clients, queues, queue):
    send(clients, queues[1], "stays")
    broken = SqsDeadLetterQueue(clients, "email", url=queues[1], source_url=queues[0] + "-gone")

    with pytest.raises(Unavailable):
        redrive_all(broken)

    assert [letter.payload for letter in everything(queue)] == ["stays"]


def test_a_crash_between_sending_and_deleting_leaves_two_and_never_none(clients, queues, queue, monkeypatch):
    send(clients, queues[1], "safe")
    with monkeypatch.context() as crash:
        crash.setattr(queue, "delete", lambda letter: (_ for _ in ()).throw(Unavailable()))
        with pytest.raises(Unavailable):
            redrive_all(queue)

    assert [message["Body"] for message in received(clients, queues[0])] == ["safe"]
    assert [letter.payload for letter in everything(queue)] == ["safe"]


def test_a_queue_that_is_not_there_is_an_outage(clients, queues):
    missing = SqsDeadLetterQueue(clients, "email", url=queues[1] + "-gone", source_url=queues[0])

    with pytest.raises(Unavailable):
        missing.count()
