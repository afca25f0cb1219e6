"""Takes in raw user data, and settles the files that users have uploaded.

It is called with batches of the ingest queue (S3's events of both buckets, records of other systems), with records of
the Kinesis stream, and, where they are connected to it, by S3 or SNS directly.
"""

from app.cold_start import frozen_imports

with frozen_imports():
    import json
    from functools import cache
    from typing import TYPE_CHECKING, Any

    from app import context as request_context
    from app.aws.dead_letters import SqsDeadLetterWriter
    from app.aws.queue import SqsQueue
    from app.aws.raw_files import S3RawFiles
    from app.bootstrap import Worker
    from app.config.ingest import IngestSettings
    from app.ports.users import UserRepository
    from app.services.ingest.files import FileIngest
    from app.services.ingest.messages import RecordIngest
    from app.services.ingest.worker import IngestWorker
    from app.services.mail.outbox import Outbox
    from app.services.prefill import FillingUserData

if TYPE_CHECKING:
    from app.cache import Cache
    from app.services.files.events import FileEvents


def handler(event: Any, context: Any) -> dict[str, Any]:
    """Answers with what failed of a batch: https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-errorhandling.html"""
    request_context.begin(context.aws_request_id)
    return worker().handle(event, lambda: context.get_remaining_time_in_millis() / 1000)


@cache
def worker() -> IngestWorker:
    own = function()
    clients, storage, settings = own.clients, own.storage, own.settings
    rows = FillingUserData(storage.user_data, users())
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
        settle_user_file=lambda key: user_files().settle(key),
        dead_letters=dead_letters,
        data_bucket=settings.data_bucket,
        ingest_bucket=settings.ingest_bucket,
    )


@cache
def function() -> Worker[IngestSettings]:
    return Worker(IngestSettings.from_env())


@cache
def users() -> UserRepository:
    """Those whose profiles are filled."""
    kept, redis = function().storage.users, shared_cache()
    if redis is None:
        return kept
    from app.repositories.cached import CachedUsers

    return CachedUsers(kept, redis)


@cache
def user_files() -> "FileEvents":
    """Imported by the first event of such a file: a cold start for an import does without it."""
    from app.aws.presigned_urls import S3PresignedUrls
    from app.aws.user_objects import S3UserObjects
    from app.repositories.fenced import FencedFiles
    from app.services.files.events import FileEvents

    clients, bucket = function().clients, function().settings.data_bucket
    kept, redis = function().storage.files, shared_cache()
    return FileEvents(
        kept if redis is None else FencedFiles(kept, redis),
        S3UserObjects(clients, bucket),
        S3PresignedUrls(clients, bucket),
    )


@cache
def shared_cache() -> "Cache | None":
    """Its modules are loaded only where there is one: they are a third of a cold start."""
    url = function().settings.redis_url
    if url is None:
        return None
    from app.cache import Cache
    from app.cache.connection import connect

    redis = connect(url)
    return Cache(lambda: redis)
