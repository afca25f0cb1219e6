"""The template as one set of parameters makes it: translated by SAM, conditions decided, parameters filled in."""

import copy
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import boto3
from samtranslator.parser.parser import Parser
from samtranslator.translator.translator import Translator

IMAGE = "123456789012.dkr.ecr.us-east-1.amazonaws.com/app:app"
"""As `sam build` would name it."""
_NOTHING = {"Ref": "AWS::NoValue"}

Resource = dict[str, Any]


class Forbidden(Exception):
    """The template's own `Rules` do not let these parameters together."""


@dataclass(frozen=True)
class Deployment:
    """Its values hold no `Fn::If` and no `Ref` to a parameter any more."""

    parameters: dict[str, Any]
    resources: dict[str, Resource]
    outputs: dict[str, Any]
    conditions: frozenset[str]
    body: dict[str, Any]
    """The whole of it, as a template that CloudFormation would take."""

    def of_type(self, kind: str) -> dict[str, Resource]:
        return {name: resource for name, resource in self.resources.items() if resource["Type"] == kind}

    def properties(self, kind: str) -> Iterator[tuple[str, Resource]]:
        for name, resource in self.of_type(kind).items():
            yield name, resource.get("Properties", {})


def deployment(template: Mapping[str, Any], region: str = "us-east-1", **parameters: str) -> Deployment:
    """Raises:
    samtranslator.model.exceptions.InvalidDocumentException: SAM refuses the template.
    Forbidden: the template refuses the parameters.
    KeyError: a parameter or condition is named that the template does not have.
    """
    declared = template["Parameters"]
    if unknown := parameters.keys() - declared.keys():
        raise KeyError(f"the template has no parameter {', '.join(sorted(unknown))}")
    values = {name: parameters.get(name, declared[name].get("Default", "")) for name in declared}
    translated = _translate(template, region, values)
    decided = _Decided(values, translated.get("Conditions", {}), translated.get("Mappings", {}), region)
    decided.obey(translated.get("Rules", {}))
    return decided.deployment(translated)


def _translate(template: Mapping[str, Any], region: str, values: dict[str, Any]) -> dict[str, Any]:
    given = {**values, "ImageUri": values["ImageUri"] or IMAGE}  # one or the other is there by then
    session = boto3.session.Session(region_name=region)
    translator = Translator({}, Parser(), boto_session=session)
    translated = translator.translate(copy.deepcopy(dict(template)), given)
    plain: dict[str, Any] = json.loads(json.dumps(translated))
    return plain


@dataclass(frozen=True)
class _Decided:
    parameters: Mapping[str, Any]
    definitions: Mapping[str, Any]
    mappings: Mapping[str, Any]
    region: str

    def deployment(self, translated: dict[str, Any]) -> Deployment:
        resources = self._wanted(translated["Resources"])
        outputs = self._wanted(translated.get("Outputs", {}))
        kept = {
            key: value
            for key, value in translated.items()
            if key in ("AWSTemplateFormatVersion", "Description")
        }
        return Deployment(
            parameters=dict(self.parameters),
            resources=resources,
            outputs=outputs,
            conditions=frozenset(name for name in self.definitions if self.holds(name)),
            body={**kept, "Resources": resources, "Outputs": outputs},
        )

    def obey(self, rules: Mapping[str, Any]) -> None:
        for rule in rules.values():
            if self._truth(rule.get("RuleCondition", {"Fn::Equals": ["", ""]})):
                for assertion in rule["Assertions"]:
                    if not self._truth(assertion["Assert"]):
                        raise Forbidden(assertion["AssertDescription"])

    def _wanted(self, section: dict[str, Any]) -> dict[str, Any]:
        wanted = {}
        for name, item in section.items():
            if "Condition" not in item or self.holds(item["Condition"]):
                wanted[name] = self.value({key: inner for key, inner in item.items() if key != "Condition"})
        return wanted

    def holds(self, condition: str) -> bool:
        return self._truth(self.definitions[condition])

    def _truth(self, expression: dict[str, Any]) -> bool:
        ((operator, operands),) = expression.items()
        if operator == "Condition":
            return self.holds(operands)
        if operator == "Fn::Equals":
            left, right = (
                self.region if operand == {"Ref": "AWS::Region"} else self.value(operand)
                for operand in operands
            )
            return str(left) == str(right)
        truths = [self._truth(operand) for operand in operands]
        return {"Fn::And": all(truths), "Fn::Or": any(truths), "Fn::Not": not truths[0]}[operator]

    def value(self, given: Any) -> Any:
        """`given` with everything in it decided that can be before there is a resource."""
        if isinstance(given, list):
            items = (self.value(item) for item in given)
            return [item for item in items if item != _NOTHING]
        if not isinstance(given, dict):
            return given
        if given.keys() == {"Fn::If"}:
            condition, then, otherwise = given["Fn::If"]
            return self.value(then if self.holds(condition) else otherwise)
        if given.keys() == {"Ref"}:
            return self.parameters.get(given["Ref"], given)
        if given.keys() == {"Fn::FindInMap"}:
            return self._mapped(given)
        decided = {key: self.value(inner) for key, inner in given.items()}
        if decided.keys() == {"Fn::Sub"}:
            return self._substituted(decided)
        return {key: inner for key, inner in decided.items() if inner != _NOTHING}

    def _mapped(self, given: dict[str, Any]) -> Any:
        found: Any = self.mappings
        for key in given["Fn::FindInMap"]:
            step = self.value(key)
            if not isinstance(step, str):
                return given  # a pseudo parameter's value is known on AWS only
            found = found[step]
        return found

    def _substituted(self, given: dict[str, Any]) -> Any:
        template, variables = given["Fn::Sub"], {}
        if isinstance(template, list):
            template, variables = template
        for name, value in self.parameters.items():
            if name not in variables:
                template = template.replace(f"${{{name}}}", str(value))
        if "${" not in template:
            return template
        return {"Fn::Sub": [template, variables] if variables else template}
