"""Every value of each parameter of `template.yaml`, in few deployments of it."""

from collections.abc import Iterable, Mapping
from typing import Any

from support.combinations import pairwise

Choice = dict[str, str]

_CHOICES: dict[str, list[Choice]] = {
    "clients": [{}, {"CorsOrigins": "https://app.example.com,https://www.example.com"}],
    "mail": [{}, {"MailFrom": "hello@example.com", "MailIdentity": "example.com"}],
    "watching": [
        {},
        {"AlarmEmail": "alarms@example.com"},
        {"AlarmEmail": "a@example.com", "MonthlyBudget": "50"},
    ],
    "admin": [{}, {"AdminEmail": "admin@example.com"}],
    "cache": [
        {},
        {"Cache": "valkey"},
        {"Cache": "valkey", "CacheZones": "us-east-1b,us-east-1c"},
        {"RedisUrl": "rediss://cache.example.com:6379"},
    ],
    "database": [
        {},
        {"Database": "aurora"},
        {"Database": "aurora", "DatabaseMinimum": "1.5", "DatabaseMaximum": "16"},
        {
            "Database": "aurora",
            "DatabaseSnapshot": "arn:aws:rds:us-east-1:123456789012:cluster-snapshot:kept",
        },
    ],
    "start": [{}, {"WarmInstances": "2"}, {"SnapStart": "on"}],
    "sessions": [{}, {"SessionDays": "90"}],
    "apps": [
        {},
        {"CallbackUrls": "myapp://callback,https://app.example.com/in", "LogoutUrls": "myapp://out"},
    ],
    "quota": [{}, {"TodoQuota": "100"}],
    "limits": [{}, {"Limits": "off"}, {"Limits": "passwords=20/900,sign-ups=100/3600"}],
    "tables": [{}, {"TableReadMaximum": "40000", "TableWriteMaximum": "1"}],
    "failures": [{}, {"FailedSignInsAlarm": "1"}],
    "downloads": [{}, {"DownloadQuota": "100"}],
    "workers": [{}, {"WorkerConcurrency": "1000"}],
    "firewall": [
        {},
        {"Waf": "on"},
        {
            "WebAclArn": "arn:aws:wafv2:us-east-1:123456789012:global/webacl/own/00000000-0000-0000-0000-000000000000"
        },
    ],
    "image": [{}, {"ImageUri": "123456789012.dkr.ecr.us-east-1.amazonaws.com/app:1"}],
    "domain": [
        {},
        {
            "CustomDomain": "app.example.com",
            "CertificateArn": "arn:aws:acm:us-east-1:123456789012:certificate/00000000-0000-0000-0000-000000000000",
        },
    ],
}
"""Those that take any value, and those that the template's `Rules` tie to one another."""
_CHOSEN = {name for choices in _CHOICES.values() for choice in choices for name in choice}


class UnknownParameter(Exception):
    """A parameter is new, takes any value, and has no values to try here yet."""


def deployments(template: Mapping[str, Any]) -> list[Choice]:
    """Every pair of choices at least once; nothing chosen comes first."""
    choices = {**_allowed(template), **_CHOICES}
    return [_merged(choices[name][index] for name, index in row.items()) for row in pairwise(choices)]


def _allowed(template: Mapping[str, Any]) -> dict[str, list[Choice]]:
    found: dict[str, list[Choice]] = {}
    for name, declared in template["Parameters"].items():
        if name in _CHOSEN:
            continue
        if "AllowedValues" not in declared:
            raise UnknownParameter(f"{name}: say in {__name__} which values to try")
        others = [value for value in declared["AllowedValues"] if value != declared["Default"]]
        found[name] = [{}, *({name: value} for value in others)]
    return found


def _merged(choices: Iterable[Choice]) -> Choice:
    return {name: value for choice in choices for name, value in choice.items()}
