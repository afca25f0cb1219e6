"""Brings the schema of PostgreSQL up to date, and deletes old tombstones once a day.

CloudFormation calls it in each deployment, with the new code and before it changes the functions that use the schema.
"""

from app.cold_start import frozen_imports

with frozen_imports():
    import logging
    from functools import cache
    from typing import Any

    from app import context as request_context
    from app import deadline
    from app.aws import custom_resource
    from app.aws.clients import Clients
    from app.config.migrate import MigrateSettings
    from app.logs import configure_logging
    from app.repositories.postgres.database import Database
    from app.repositories.postgres.migrations import migrate, migrations
    from app.repositories.postgres.tombstones import delete_old_tombstones
    from app.repositories.postgres.transport import Transport, transport_to

Event = dict[str, Any]

_log = logging.getLogger("app.migrate")

_SECONDS = 570.0
"""The function is stopped after 600."""
_STATEMENT_SECONDS = 45.0
"""The longest that the RDS Data API allows."""


def handler(event: Event, context: Any) -> None:
    """A failed migration fails the deployment; a failed deletion raises, and is tried again the next day."""
    request_context.begin(context.aws_request_id)
    with deadline.within(_SECONDS):
        if custom_resource.is_of_cloudformation(event):
            custom_resource.answer(event, lambda: deploy(event["ResourceProperties"]))
        else:
            clean()


def deploy(properties: dict[str, str]) -> dict[str, str]:
    """Returns the attributes of the resource: functions take the name of the database from it, and so are changed
    after it."""
    bring_up_to_date()
    return {"DatabaseName": properties["DatabaseName"]}


def clean() -> None:
    """The schema first: it waits until the database is awake."""
    bring_up_to_date()
    deleted = delete_old_tombstones(Database(transport()))
    _log.info("old tombstones deleted", extra={"fields": {"deleted": deleted}})


def bring_up_to_date() -> None:
    applied = migrate(transport(), migrations())
    _log.info("schema is up to date", extra={"fields": {"applied": applied}})


@cache
def settings() -> MigrateSettings:
    settings = MigrateSettings.from_env()
    configure_logging("INFO", settings.stack_name)
    return settings


@cache
def transport() -> Transport:
    clients = Clients(settings().aws_region, settings().aws_endpoint_url)
    return transport_to(settings().database, clients, seconds=_STATEMENT_SECONDS)
