"""Reads the variables of a process and checks them."""

import os
import re
from collections.abc import Mapping
from dataclasses import MISSING, dataclass, fields
from typing import Any, Literal, Protocol, TypeVar, cast, get_args
from urllib.parse import urlsplit

T = TypeVar("T")

Stage = Literal["local", "dev", "test", "prod"]


_ON_A_LAPTOP = "On a laptop: `make run`, then `uvicorn --env-file .local/env app.main:app`."


class ConfigurationError(Exception):
    """A setting is missing or unsafe. The message names the variable, never its value."""


@dataclass(frozen=True, slots=True)
class AuroraCluster:
    """A cluster of Aurora PostgreSQL with the RDS Data API, the secret of its user, and the name of a database."""

    arn: str
    secret_arn: str
    database: str


Postgres = str | AuroraCluster
"""A PostgreSQL: its URL, or the cluster."""


@dataclass(frozen=True, slots=True)
class Tables:
    """The names of DynamoDB's tables: `tables["user_data"]` is the value of `USER_DATA_TABLE`.

    They are read where a repository is built, so that a new one needs no line here. The rules of the template compare
    what the API's repositories read with what `template.yaml` gives it.
    """

    env: Mapping[str, str]

    def __getitem__(self, name: str) -> str:
        """Raises:
        ConfigurationError: the variable is not set.
        """
        return Reader(self.env).required(f"{name.upper()}_TABLE")


class Connected(Protocol):
    @property
    def aws_endpoint_url(self) -> str | None: ...


C = TypeVar("C", bound=Connected)


def connected(kind: type[C], env: Mapping[str, str] | None, **known: Any) -> C:
    read = Reader.of(env)
    settings = read.into(kind, **known)
    if not read.is_local:
        refuse_local_connections(settings.aws_endpoint_url)
    return settings


def refuse_local_connections(endpoint_url: str | None) -> None:
    """On AWS, nothing may travel in clear or to an emulator."""
    if endpoint_url is not None:
        raise ConfigurationError("AWS_ENDPOINT_URL is for STAGE=local only")


def refuse_clear_redis(url: str | None) -> None:
    if url is not None and urlsplit(url).scheme != "rediss":
        raise ConfigurationError("REDIS_URL must be rediss:// (TLS) outside STAGE=local")


def refuse_clear_keys(jwks_url: str) -> None:
    if urlsplit(jwks_url).scheme != "https":
        raise ConfigurationError("JWKS_URL must be https outside STAGE=local")


@dataclass(frozen=True, slots=True)
class Reader:
    env: Mapping[str, str]

    @classmethod
    def of(cls, env: Mapping[str, str] | None) -> "Reader":
        return cls(os.environ if env is None else env)

    def into(self, kind: type[T], **known: Any) -> T:
        """Read each field that is not `known` from its variable, optional where the field may be `None`."""
        for field in fields(cast(Any, kind)):
            if field.name not in known and field.default is MISSING:
                read = self.optional if field.type == (str | None) else self.required
                known[field.name] = read(field.name.upper())
        return kind(**known)

    @property
    def issuer(self) -> str:
        region, pool = self.required("AWS_REGION"), self.required("USER_POOL_ID")
        return self.optional("TOKEN_ISSUER") or f"https://cognito-idp.{region}.amazonaws.com/{pool}"

    def keys_of(self, issuer: str) -> str:
        return self.optional("JWKS_URL") or f"{issuer}/.well-known/jwks.json"

    @property
    def stage(self) -> Stage:
        return cast(Stage, self.choice("STAGE", get_args(Stage), default="dev"))

    @property
    def is_local(self) -> bool:
        return self.stage == "local"

    def tables(self, *needed: str) -> Tables:
        """Refuse to start without the needed ones. The others are refused at their first use."""
        tables = Tables(self.env)
        for name in needed:
            tables[name]
        return tables

    @property
    def database(self) -> Postgres | None:
        chosen = self.choice("DATABASE", ("dynamodb", "postgres", "aurora"), default="dynamodb")
        if chosen == "dynamodb":
            return None
        return self._database_url if chosen == "postgres" else self._cluster

    @property
    def _cluster(self) -> AuroraCluster:
        names = ("DATABASE_CLUSTER_ARN", "DATABASE_SECRET_ARN", "DATABASE_NAME")
        return AuroraCluster(*map(self.required, names))

    @property
    def _database_url(self) -> str:
        if not self.is_local:
            raise ConfigurationError("DATABASE=postgres is for STAGE=local only; on AWS: DATABASE=aurora")
        url = self.required("DATABASE_URL")
        if urlsplit(url).scheme not in ("postgres", "postgresql"):
            raise ConfigurationError("DATABASE_URL must be postgresql://")
        return url

    def optional(self, name: str) -> str | None:
        return self.env.get(name, "").strip() or None

    def required(self, name: str) -> str:
        value = self.optional(name)
        if value is None:
            raise ConfigurationError(f"{name} is not set. {_ON_A_LAPTOP}")
        return value

    def choice(self, name: str, allowed: tuple[str, ...], default: str) -> str:
        value = self.optional(name) or default
        if value not in allowed:
            raise ConfigurationError(f"{name} must be one of {', '.join(allowed)}")
        return value

    def flag(self, name: str, *, default: bool) -> bool:
        value = self.choice(name, ("true", "false"), default=str(default).lower())
        return value == "true"

    def count(self, name: str, *, default: int) -> int:
        value = self.optional(name) or str(default)
        if not re.fullmatch("[1-9][0-9]{0,8}", value):
            raise ConfigurationError(f"{name} must be a whole number from 1 to 999999999")
        return int(value)

    def origins(self, name: str) -> tuple[str, ...]:
        """Comma-separated origins, `scheme://host[:port]` each. A wildcard is never accepted."""
        origins = tuple(part.strip() for part in (self.optional(name) or "").split(",") if part.strip())
        for origin in origins:
            parts = urlsplit(origin)
            if parts.scheme not in ("http", "https") or not parts.netloc or parts.path or "*" in origin:
                raise ConfigurationError(f"{name} must list origins such as https://app.example.com")
        return origins
