"""`LIMITS`: the defaults, changes of some, and none."""

import re

import pytest

from app.config.api import Settings
from app.config.reader import ConfigurationError
from app.limit_settings import DEFAULTS, Limit
from project import paths, template
from support.environment import ENVIRONMENT


def limits(text: str):
    return Settings.from_env({**ENVIRONMENT, "LIMITS": text}).limits


def test_without_a_setting_the_defaults_hold():
    without = {name: value for name, value in ENVIRONMENT.items() if name != "LIMITS"}

    assert Settings.from_env(without).limits == limits("") == DEFAULTS


def test_off_is_no_limits():
    assert limits("off") == {}


def test_some_are_changed_and_the_others_stay():
    changed = limits("passwords=20/600, sign-ups=100/3600")

    assert changed["passwords"] == Limit(20, 600, free=5)
    assert changed["sign-ups"] == Limit(100, 3600)
    assert {name for name in DEFAULTS if changed[name] == DEFAULTS[name]} == DEFAULTS.keys() - {
        "passwords",
        "sign-ups",
    }


def test_fewer_than_the_free_ones_are_all_free():
    assert limits("codes=3/600")["codes"] == Limit(3, 600, free=3)


MISTAKES = [
    "on",
    "passwords",
    "passwords=20",
    "passwords=0/600",
    "passwords=20/0",
    "passwords=1000000/600",
    "password=20/600",
]


@pytest.mark.parametrize("text", [*MISTAKES, "mails=5/86401"])
def test_a_mistake_stops_the_start(text):
    with pytest.raises(ConfigurationError, match=r"^LIMITS must"):
        limits(text)


PATTERN = template.load(paths.TEMPLATE)["Parameters"]["Limits"]["AllowedPattern"]


@pytest.mark.parametrize("text", MISTAKES)
def test_a_deployment_refuses_what_the_api_would_not_start_with(text):
    assert not re.fullmatch(PATTERN, text)


@pytest.mark.parametrize("text", ["", "off", *(f"{name}=20/900,requests=600/60" for name in DEFAULTS)])
def test_a_deployment_takes_what_the_api_takes(text):
    assert re.fullmatch(PATTERN, text)
    assert limits(text) is not None


def test_no_counter_is_kept_for_more_than_a_day():
    assert max(limit.seconds for limit in DEFAULTS.values()) <= 24 * 60 * 60


def test_the_template_turns_them_on_and_the_documents_have_the_same_numbers():
    declared = template.load(paths.TEMPLATE)["Parameters"]["Limits"]
    document = (paths.PROJECT / "docs" / "operations.md").read_text()

    assert declared["Default"] == ""
    for name, limit in DEFAULTS.items():
        assert f"| `{name}` | {limit.count} in {limit.seconds} s |" in document
