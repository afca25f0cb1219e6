"""Functions: they start, know what they must, and leave a trace."""

import importlib
import os
from collections.abc import Callable, Iterator, Mapping
from functools import cache, cached_property
from typing import Any
from unittest.mock import patch

from app.aws.clients import Clients
from app.config.api import Settings
from app.config.reader import ConfigurationError
from app.repositories.dynamodb.storage import DynamoStorage
from support.environment import ENVIRONMENT
from support.template_rules.deployment import Deployment
from support.template_rules.findings import Finding

GIVEN_BY_LAMBDA = frozenset({"AWS_REGION"})


class _Recording(Mapping[str, str]):
    """An environment that knows which of its variables were asked for."""

    def __init__(self, variables: Mapping[str, str]) -> None:
        self.variables = variables
        self.asked: set[str] = set()

    def __getitem__(self, name: str) -> str:
        self.asked.add(name)
        return self.variables[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self.variables)

    def __len__(self) -> int:
        return len(self.variables)


def every_handler_imports(deployed: Deployment) -> Iterator[Finding]:
    for name, properties in deployed.properties("AWS::Lambda::Function"):
        command = handler_of(properties)
        if command is None:
            yield Finding("every_handler_imports", name, "its image has no command to run")
        elif (reason := _why_not_importable(command)) is not None:
            yield Finding("every_handler_imports", name, f"{command}: {reason}")


def handler_of(properties: dict[str, Any]) -> str | None:
    command: list[str] = properties.get("ImageConfig", {}).get("Command", [])
    return command[0] if len(command) == 1 else None


@cache
def _why_not_importable(command: str) -> str | None:
    module, _, handler = command.rpartition(".")
    with patch.dict(os.environ, ENVIRONMENT):
        try:
            found = getattr(importlib.import_module(module), handler)
        except (ImportError, AttributeError, ValueError) as error:
            return str(error)
    return None if callable(found) else "it cannot be called"


def every_variable_read_is_given(deployed: Deployment) -> Iterator[Finding]:
    for name, module, given in _environments(deployed):
        for variable in sorted(_required(module, _engine(deployed)) - given - GIVEN_BY_LAMBDA):
            yield Finding("every_variable_read_is_given", name, f"{variable} is not given")


def every_variable_given_is_read(deployed: Deployment) -> Iterator[Finding]:
    for name, module, given in _environments(deployed):
        for variable in sorted(given - _asked(module, _engine(deployed))):
            yield Finding("every_variable_given_is_read", name, f"{variable} is given and never read")


def _environments(deployed: Deployment) -> Iterator[tuple[str, str, set[str]]]:
    """(function, module of its handler, names of its variables)"""
    for name, properties in deployed.properties("AWS::Lambda::Function"):
        module = (handler_of(properties) or "").rpartition(".")[0]
        if module and _why_not_importable(f"{module}.handler") is None:  # else it is a finding of its own
            yield name, module, set(variables_of(properties))


def variables_of(properties: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = properties.get("Environment", {}).get("Variables", {})
    return found


@cache
def _read(module: str) -> Callable[[Mapping[str, str]], Any]:
    """What reads the environment of a handler's module: the settings that it imports, otherwise those of the API and
    its repositories."""
    found = [
        kind
        for kind in vars(importlib.import_module(module)).values()
        if isinstance(kind, type) and kind.__module__.startswith("app.config.") and hasattr(kind, "from_env")
    ]
    return found[0].from_env if found else _read_by_api  # type: ignore[attr-defined, no-any-return]


def _read_by_api(env: Mapping[str, str]) -> None:
    settings = Settings.from_env(env)
    storage = DynamoStorage(Clients(settings.aws_region, None), settings.tables)
    for name, value in vars(DynamoStorage).items():
        if isinstance(value, cached_property):
            getattr(storage, name)


def _engine(deployed: Deployment) -> str:
    return str(deployed.parameters["Database"])


@cache
def _asked(module: str, engine: str) -> frozenset[str]:
    environment = _Recording(_environment(engine))
    _read(module)(environment)
    return frozenset(environment.asked)


@cache
def _required(module: str, engine: str) -> frozenset[str]:
    environment = _environment(engine)
    return frozenset(name for name in environment if _fails_without(name, module, environment))


def _environment(engine: str) -> dict[str, str]:
    return {**ENVIRONMENT, "DATABASE": engine}


def _fails_without(name: str, module: str, environment: Mapping[str, str]) -> bool:
    try:
        _read(module)({key: value for key, value in environment.items() if key != name})
    except ConfigurationError:
        return True
    return False


def every_function_is_traced_and_logs_for_a_limited_time(deployed: Deployment) -> Iterator[Finding]:
    rule = "every_function_is_traced_and_logs_for_a_limited_time"
    for name, properties in deployed.properties("AWS::Lambda::Function"):
        group = properties.get("LoggingConfig", {}).get("LogGroup", {}).get("Ref")
        if deployed.resources.get(group, {}).get("Type") != "AWS::Logs::LogGroup":
            yield Finding(rule, name, "Lambda makes its log group, which never expires")
        if properties.get("TracingConfig") != {"Mode": "Active"}:
            yield Finding(rule, name, "it is not traced")
    for name, group in deployed.properties("AWS::Logs::LogGroup"):
        if not group.get("RetentionInDays"):
            yield Finding(rule, name, "its logs never expire")
