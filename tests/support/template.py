"""`template.yaml` as AWS sees it: translated by the SAM translator itself, without an account."""

import copy
import json
from functools import cache
from typing import Any

import boto3
from samtranslator.parser.parser import Parser
from samtranslator.translator.translator import Translator

from project import paths, template
from support.template_rules.deployment import Deployment, deployment

REGIONS = ("us-east-1", "eu-central-1", "ap-southeast-2")


@cache
def load() -> dict[str, Any]:
    return template.load(paths.TEMPLATE)


@cache
def translated(region: str = "us-east-1", **parameters: str) -> str:
    """The CloudFormation template that SAM makes of it, as JSON, with all its conditions."""
    session = boto3.session.Session(region_name=region)
    translator = Translator({}, Parser(), boto_session=session)
    return json.dumps(translator.translate(copy.deepcopy(load()), parameters))


@cache
def deployed(**parameters: str) -> Deployment:
    """The deployment that one set of parameters makes of the template."""
    return deployment(load(), **parameters)


def properties(resource: str, **parameters: str) -> dict[str, Any]:
    found: dict[str, Any] = deployed(**parameters).resources[resource]["Properties"]
    return found


def functions(loaded: dict[str, Any] | None = None) -> dict[str, dict[str, Any]]:
    resources = (loaded or load())["Resources"]
    return {
        name: resource
        for name, resource in resources.items()
        if resource["Type"] == "AWS::Serverless::Function"
    }


def command(function: dict[str, Any]) -> str:
    return function["Properties"]["ImageConfig"]["Command"][0]


def variables(function: dict[str, Any]) -> dict[str, Any]:
    """The environment of a function, with what Globals gives to all, and without what only some deployments give."""
    shared = load()["Globals"]["Function"]["Environment"]["Variables"]
    own = function["Properties"].get("Environment", {}).get("Variables", {})
    return {name: value for name, value in {**shared, **own}.items() if not _is_optional(value)}


def _is_optional(value: Any) -> bool:
    return isinstance(value, dict) and value.get("Fn::If", [])[2:] == [{"Ref": "AWS::NoValue"}]
