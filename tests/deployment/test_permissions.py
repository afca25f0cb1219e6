"""Each role allows what its function does and nothing more: every call of a run of the real functions, compared."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from deployment.calls import Call, findings, recorded
from devstack.emulator import RECORD_CALLS
from support import template
from support.mistakes import mistakes
from support.template_rules import DEPLOYMENTS, deployment

ROOT = Path(__file__).parents[2]
EXERCISES = (
    "tests/infrastructure/test_api_role.py",
    "tests/infrastructure/test_rare_calls.py",
    "tests/integration/files/test_upload_flow.py",
    "tests/integration/ingest/test_triggers.py",
    "tests/integration/mail/test_mail_consumer.py",
)
"""Tests in which the functions run as deployed, and between them make every call that they can make."""

UNSEEN = {
    # The emulator has no Cost Explorer.
    ("ApiRole", "ce:GetCostAndUsage", "*"),
    # It asks for the deletion of the first of many versions as if it were one of an object.
    ("ApiRole", "s3:DeleteObjectVersion", "DataBucket"),
    ("IngestRole", "s3:DeleteObjectVersion", "DataBucket"),
    # No function lists: without this right, S3 answers 403 for a missing object, where the code expects 404.
    ("ApiRole", "s3:ListBucket", "DataBucket"),
    ("IngestRole", "s3:ListBucket", "DataBucket"),
    ("IngestRole", "s3:ListBucket", "IngestBucket"),
    # When an invocation has no time left: `tests/integration/ingest/test_upserts.py` takes the clock away.
    ("IngestRole", "sqs:SendMessage", "IngestQueue"),
}
"""(role, action, resource) that are needed on AWS, and why the emulator does not see it."""


@pytest.fixture(scope="module")
def calls(tmp_path_factory: pytest.TempPathFactory) -> set[Call]:
    record = tmp_path_factory.mktemp("calls") / "calls.jsonl"
    command = [sys.executable, "-m", "pytest", "-q", "-n", "0", "-p", "no:cacheprovider", *EXERCISES]
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PYTEST_")}
    ran = subprocess.run(
        command,
        cwd=ROOT,
        env={**environment, RECORD_CALLS: str(record)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert ran.returncode == 0, ran.stdout[-4000:] + ran.stderr[-1000:]
    return recorded(record)


def compared(given, calls, parameters) -> list[str]:
    return [str(finding) for finding in findings(deployment(given, **parameters), calls, UNSEEN)]


@pytest.mark.parametrize("parameters", DEPLOYMENTS.values(), ids=DEPLOYMENTS)
def test_every_role_allows_its_function_s_calls_and_nothing_else(calls, parameters):
    assert compared(template.load(), calls, parameters) == []


def test_every_exception_is_a_permission_that_is_given_and_was_not_seen(calls):
    without = findings(deployment(template.load()), calls)

    for role, action, resource in UNSEEN:
        assert any(
            finding.where == role and finding.what.startswith(f"{action} on ") and resource in finding.what
            for finding in without
        ), f"{role} {action} {resource}"


@pytest.mark.parametrize("mistake", mistakes("calls"), ids=str)
def test_a_mistake_is_found_under_its_rule(calls, mistake):
    clean = compared(template.load(), calls, mistake.parameters)

    found = set(compared(mistake.in_template(template.load()), calls, mistake.parameters)) - set(clean)

    assert {finding.partition(":")[0] for finding in found} == {mistake.rule}
    assert any(re.search(mistake.finding, finding) for finding in found), found
