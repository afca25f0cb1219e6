"""Takes in raw user data, and settles the files that users have uploaded.

It is called with batches of the ingest queue (S3's events of both buckets, records of other systems), with records of
the Kinesis stream, and, where they are connected to it, by S3 or SNS directly.
"""

from app.cold_start import frozen_imports

with frozen_imports():
    import json
    from functools import cache
    from typing import Any

    from app import context as request_context
    from app.aws.dead_letters import SqsDeadLetterWriter
    from app.aws.presigned_urls import S3PresignedUrls
    from app.aws.queue import SqsQueue
    from app.aws.raw_files import S3RawFiles
    from app.aws.user_objects import S3UserObjects
    from app.bootstrap import Worker
    from app.config.ingest import IngestSettings
    from app.ports.files import FileRepository
    from app.ports.users import UserRepository
    from app.services.files.events import FileEvents
    from app.services.ingest.files import FileIngest
    from app.services.ingest.messages import RecordIngest
    from app.services.ingest.worker import IngestWorker
    from app.services.mail.outbox import Outbox
    from app.services.prefill import FillingUserData


def handler(event: Any, context: Any) -> dict[str, Any]:
    """Answers with what failed of a batch: https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-errorhandling.html"""
    request_context.begin(context.aws_request_id)
    return worker().handle(event, lambda: context.get_remaining_time_in_millis() / 1000)


@cache
def worker() -> IngestWorker:
    own = Worker(IngestSettings.from_env())
    clients, storage, settings = own.clients, own.storage, own.settings
    users, files = _cached(storage.users, storage.files, settings)
    rows = FillingUserData(storage.user_data, users)
    dead_letters = SqsDeadLetterWriter(clients, settings.ingest_dlq_url)
    own_queue = SqsQueue(clients, settings.ingest_queue_url)
    return IngestWorker(
        files=FileIngest(
            files=S3RawFiles(clients),
            user_data=rows,
            imports=storage.imports,
            previews=storage.previews,
            outbox=Outbox(SqsQueue(clients, settings.email_queue_url)),
            stats=storage.stats,
            again=lambda record: own_queue.send(json.dumps({"Records": [record]})),
        ),
        records=RecordIngest(rows, dead_letters, storage.stats),
        user_files=FileEvents(
            files,
            S3UserObjects(clients, settings.data_bucket),
            S3PresignedUrls(clients, settings.data_bucket),
        ),
        dead_letters=dead_letters,
        data_bucket=settings.data_bucket,
        ingest_bucket=settings.ingest_bucket,
    )


def _cached(
    users: UserRepository, files: FileRepository, settings: IngestSettings
) -> tuple[UserRepository, FileRepository]:
    """Load the cache's modules only where there is a cache: they are a third of a cold start."""
    if settings.redis_url is None:
        return users, files
    from app.cache import Cache
    from app.cache.connection import connect
    from app.repositories.cached import CachedUsers
    from app.repositories.fenced import FencedFiles

    redis = connect(settings.redis_url)
    cache = Cache(lambda: redis)
    return CachedUsers(users, cache), FencedFiles(files, cache)
