"""Load ahead all that a request to the API can need.

A snapshot is made once for a version, so it pays there for what a cold start leaves to the first request that needs
it.
"""

from dataclasses import replace
from functools import cached_property
from importlib import import_module

from fastapi import FastAPI

from app.aws.clients import data_services
from app.container import Container
from app.repositories import cached
from app.routing import flat

_MODULES = (
    "app.aws.egress_relay",
    "app.repositories.dynamodb.recent_accounts",
    "http.client",
    "jose.jwk",
)
"""Imported by the first call that needs them."""
_SERVICES = ("cognito-identity", "cognito-idp", "dynamodb", "lambda", "s3", "secretsmanager", "sqs")
"""The AWS services behind the routes of users."""


def warm(app: FastAPI) -> None:
    """Connect to nothing, look for no credentials, and keep no state: the parts that are built here are dropped, and
    each process builds its own."""
    container: Container = app.state.container
    flat(app.routes)
    app.middleware_stack = app.build_middleware_stack()
    for module in _MODULES:
        import_module(module)
    container.clients.load(*_SERVICES, *data_services(container.settings.database))
    cached.build_adapters()
    parts = Container(replace(container.settings, egress_function=None))  # which would look for credentials
    for part in (parts, parts.storage, parts.personal_data, parts.operator):
        _build(part)


def _build(part: object) -> None:
    for name, value in vars(type(part)).items():
        if isinstance(value, cached_property):
            getattr(part, name)
