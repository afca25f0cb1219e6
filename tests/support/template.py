"""`template.yaml` as AWS sees it: translated by the SAM translator itself, without an account."""

import copy
import json
from functools import cache
from typing import Any

import boto3
from samtranslator.parser.parser import Parser
from samtranslator.translator.translator import Translator

from devstack import source, template

REGIONS = ("us-east-1", "eu-central-1", "ap-southeast-2")
_IMAGE = "123456789012.dkr.ecr.us-east-1.amazonaws.com/app:app"


@cache
def load() -> dict[str, Any]:
    return template.load(source.TEMPLATE)


@cache
def translated(region: str, stage: str = "dev", cors_origins: str = "") -> str:
    """The CloudFormation template that SAM makes of it, as JSON, with the image that `sam build` would name."""
    built = copy.deepcopy(load())
    for function in functions(built).values():
        function["Properties"]["ImageUri"] = _IMAGE
    session = boto3.session.Session(region_name=region)
    parameters = {"Stage": stage, "CorsOrigins": cors_origins}
    return json.dumps(Translator({}, Parser(), boto_session=session).translate(built, parameters))


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
    """The environment of a function, with what Globals gives to all."""
    shared = load()["Globals"]["Function"]["Environment"]["Variables"]
    return {**shared, **function["Properties"].get("Environment", {}).get("Variables", {})}
