"""The contents of the stores of user data: put there through the front doors, and looked for behind them.

Both go by the registry (`app.container.personal_data`): a store that has neither a seed here nor a route that creates
an example fails every test that uses them, and what is left is looked for in each resource that a store names.
"""

import json
import time
import uuid
from collections.abc import Callable, Mapping
from functools import cached_property, partial
from typing import TYPE_CHECKING, Any

import psycopg
from psycopg import sql
from redis import Redis

from app.container import Container
from app.models.moments import now
from app.ports.activity import Activity
from app.ports.address_changes import AddressRecord, FormerAddress, PendingChange
from support import template
from support.contract import Operation, operations
from support.people import Person

if TYPE_CHECKING:
    from support.stack import RunningStack

Seed = Callable[[Person, Container, str], None]


def furnish(person: Person, container: Container, marker: str = "private") -> None:
    """Put something with `marker` in it into each store.

    Raises:
        LookupError: a store is registered that has no seed.
    """
    for store in container.personal_data.user_stores:
        seed_of(store.name)(person, container, marker)


def seed_of(store: str) -> Seed:
    """The store's own seed, or the contract's example sent to `POST /v1/<store>`.

    Raises:
        LookupError: it has neither.
    """
    if store in SEEDS:
        return SEEDS[store]
    for operation in operations():
        if (operation.method, operation.path) == ("post", f"/v1/{store}"):
            return partial(_create, operation)
    raise LookupError(f"{store} has no seed, and no route creates one")


def _create(operation: Operation, person: Person, container: Container, marker: str) -> None:
    """Text that is free to choose becomes the marker."""
    body, schema = operation.example(), operation.body_schema() or {}
    bound = {"const", "enum", "format"}
    free = [
        name for name in body if _is_text(given := schema["properties"][name]) and not bound & given.keys()
    ]
    assert free, f"{operation.id} has no free text"
    created = person.request("POST", operation.path, json={**body, **dict.fromkeys(free, marker)})
    assert created.status_code == 201, created.text
    assert marker in person.request("GET", operation.path).text


def _is_text(schema: dict[str, Any]) -> bool:
    return schema.get("type") == "string"


def _todos(person: Person, container: Container, marker: str) -> None:
    person.create_todo(title=marker, notes=marker, tags=[marker])
    gone = person.create_todo(title=marker)
    assert person.request("DELETE", f"/v1/todos/{gone['id']}").status_code == 204
    assert marker in person.request("GET", "/v1/todos").text


def _files(person: Person, container: Container, marker: str) -> None:
    """A file that is awaited, and in its folder old versions, a delete marker, and an upload that has not ended."""
    announced = {"name": f"{marker}.txt", "contentType": "text/plain", "size": 5}
    assert person.request("POST", "/v1/files", json=announced).status_code == 201
    s3, bucket = container.clients.s3, container.settings.data_bucket
    for body in (b"one", b"two"):
        s3.put_object(Bucket=bucket, Key=f"users/{person.id}/loose", Body=body)
    s3.delete_object(Bucket=bucket, Key=f"users/{person.id}/loose")
    s3.create_multipart_upload(Bucket=bucket, Key=f"users/{person.id}/parts")


def _activity(person: Person, container: Container, marker: str) -> None:
    entry = Activity(id=str(uuid.uuid4()), kind="password_changed", at=now(), network=marker)
    container.storage.activity.append(person.id, entry)
    assert marker in person.request("GET", "/v1/users/me/activity").text


def _addresses(person: Person, container: Container, marker: str) -> None:
    """A change that waits for its code, to an address with the marker, and a former address."""
    until = int(time.time()) + 3600
    record = AddressRecord(
        pending=PendingChange(id="c", email=f"{marker}@example.com", code_mac="00", until=until),
        former=(FormerAddress(email=f"{marker}-{person.id}@example.com", nonce="n", until=until),),
    )
    changes = container.storage.address_changes
    changes.put(person.id, record, was=changes.get(person.id))


def _requests(person: Person, container: Container, marker: str) -> None:
    key = {"Idempotency-Key": uuid.uuid4().hex}
    assert person.request("POST", "/v1/todos", json={"title": marker}, headers=key).status_code == 201


def _user_data(person: Person, container: Container, marker: str) -> None:
    container.clients.dynamodb.put_item(
        TableName=container.settings.tables["user_data"],
        Item={
            "email": {"S": person.email},
            "userId": {"S": person.id},
            "attributes": {"M": {"note": {"S": marker}}},
        },
    )


def _users(person: Person, container: Container, marker: str) -> None:
    assert person.request("PATCH", "/v1/users/me", json={"name": marker}).status_code == 200
    assert marker in person.request("GET", "/v1/users/me").text


def _pool(person: Person, container: Container, marker: str) -> None:
    assert container.identity.get_user(person.id) is not None, "signing up has put it there"


SEEDS: Mapping[str, Seed] = {
    "todos": _todos,
    "files": _files,
    "activity": _activity,
    "addresses": _addresses,
    "requests": _requests,
    "user_data": _user_data,
    "users": _users,
    "pool": _pool,
}
"""By the name of the store."""


class Traces:
    """Looks for anything left of a user, in the resources themselves and not through the application."""

    def __init__(self, stack: "RunningStack", container: Container) -> None:
        self._stack = stack
        self._clients = container.clients
        self._database_url = stack.env.get("DATABASE_URL")
        stores = list(container.personal_data.user_stores)
        self.resources = sorted({name for store in stores for name in store.resources})
        self._tables = {name: store.tables for store in stores for name in store.resources if store.tables}

    @cached_property
    def _redis(self) -> Redis:
        return Redis.from_url(self._stack.redis_url)

    def of(self, person: Person) -> dict[str, list[Any]]:
        """By resource; those where there is nothing are left out."""
        found = {name: self.within(name, person) for name in self.resources}
        return {name: things for name, things in found.items() if things}

    def within(self, resource: str, person: Person) -> list[Any]:
        """Raises:
        KeyError: there is no way yet to look into a resource of this type.
        """
        look = {
            "AWS::Cognito::UserPool": self._accounts,
            "AWS::DynamoDB::Table": self._items,
            "AWS::ElastiCache::ServerlessCache": self._entries,
            "AWS::S3::Bucket": self._objects,
        }
        return look[template.load()["Resources"][resource]["Type"]](resource, person)

    def _items(self, resource: str, person: Person) -> list[Any]:
        """Every item and row that names the person anywhere: by id or by address."""
        return [*self._of_dynamodb(resource, person), *self._of_postgres(resource, person)]

    def _of_postgres(self, resource: str, person: Person) -> list[Any]:
        """Of the tables that take the place of a table of DynamoDB."""
        if self._database_url is None:
            return []
        query = sql.SQL("SELECT * FROM {table} AS row WHERE CAST(row AS text) LIKE ANY(%s)")
        named = [f"%{person.id}%", f"%{person.email}%"]
        with psycopg.connect(self._database_url) as connection:
            return [
                row
                for table in self._tables.get(resource, ())
                for row in connection.execute(query.format(table=sql.Identifier(table)), [named])
            ]

    def _of_dynamodb(self, resource: str, person: Person) -> list[Any]:
        pages = self._clients.dynamodb.get_paginator("scan").paginate(
            TableName=self._stack.local.physical_id(resource), ConsistentRead=True
        )
        items = (item for page in pages for item in page["Items"])
        return [item for item in items if person.id in json.dumps(item) or person.email in json.dumps(item)]

    def _accounts(self, resource: str, person: Person) -> list[Any]:
        users = self._clients.cognito.list_users(
            UserPoolId=self._stack.local.physical_id(resource), Filter=f'email = "{person.email}"'
        )
        return list(users["Users"])

    def _objects(self, resource: str, person: Person) -> list[Any]:
        """Versions, delete markers, and uploads that have not ended."""
        bucket = self._stack.local.physical_id(resource)
        folder = f"users/{person.id}/"
        versions = self._clients.s3.list_object_versions(Bucket=bucket, Prefix=folder)
        uploads = self._clients.s3.list_multipart_uploads(Bucket=bucket, Prefix=folder)
        return [
            *versions.get("Versions", ()),
            *versions.get("DeleteMarkers", ()),
            *uploads.get("Uploads", ()),
        ]

    def _entries(self, _resource: str, person: Person) -> list[Any]:
        """Values alone: fences and leases hold nothing of the person."""
        return list(self._redis.scan_iter(match=f"*{person.id}*:v:*", count=1000))
