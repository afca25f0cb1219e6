"""The workflows on GitHub: pinned, with few rights, closed to what strangers write, and in step with the Makefile."""

import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from cfnlint.api import lint_all

from project import template
from support.launch import ROOT

WORKFLOWS = sorted((ROOT / ".github" / "workflows").glob("*.yml"))
DELIVERY = template.load(ROOT / "deploy" / "delivery.yaml")
TARGETS = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))

each = pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.stem)


def load(path: Path) -> dict[str, Any]:
    """YAML 1.1 takes the key `on` for `true`."""
    workflow = yaml.safe_load(path.read_text())
    return {"on" if key is True else key: value for key, value in workflow.items()}


def steps(path: Path) -> list[dict[str, Any]]:
    return [step for job in load(path)["jobs"].values() for step in job.get("steps", ())]


def commands(path: Path) -> str:
    """All that a shell runs, as the matrix fills it in."""
    jobs = load(path)["jobs"].values()
    filled = [one.get("command", "") for job in jobs for one in matrix(job)]
    return "\n".join([*filled, *(step["run"] for step in steps(path) if "run" in step)])


def matrix(job: dict[str, Any]) -> list[dict[str, str]]:
    return job.get("strategy", {}).get("matrix", {}).get("include", [])


def test_there_is_one_to_test_and_one_to_deploy():
    assert [path.stem for path in WORKFLOWS] == ["deploy", "test"]


@each
def test_every_action_is_pinned_to_a_commit_and_says_its_version(path):
    used = re.findall(r"uses: (\S+)(.*)", path.read_text())

    assert used
    for action, comment in used:
        if not action.startswith("./"):
            assert re.fullmatch(r"[\w-]+/[\w-]+@[0-9a-f]{40}", action), action
            assert re.fullmatch(r" # v\d+\.\d+\.\d+", comment), f"{action}{comment}"


@each
def test_rights_are_given_job_by_job_and_none_to_write(path):
    workflow = load(path)

    assert workflow["permissions"] == {}
    for name, job in workflow["jobs"].items():
        assert job["permissions"].items() <= {"contents": "read", "id-token": "write"}.items(), name
        assert ("id-token" in job["permissions"]) == (job.get("environment") is not None), name


@each
def test_every_job_ends_in_time_and_none_runs_twice_at_once(path):
    workflow = load(path)

    assert workflow["concurrency"]["group"]
    for name, job in workflow["jobs"].items():
        assert "uses" in job or 0 < job["timeout-minutes"] <= 90, name


@each
def test_no_shell_runs_text_that_a_stranger_may_have_written(path):
    """Titles, branches, tags and inputs come as environment variables, which a shell does not read as code."""
    for step in steps(path):
        inserted = re.findall(r"\$\{\{(.*?)\}\}", step.get("run", ""))
        assert all(expression.strip() == "matrix.command" for expression in inserted), step["run"]


@each
def test_a_checkout_keeps_no_token(path):
    checkouts = [step for step in steps(path) if step.get("uses", "").startswith("actions/checkout@")]

    assert all(step["with"]["persist-credentials"] is False for step in checkouts)


@each
def test_every_command_exists(path):
    named = set(re.findall(r"\bmake ([a-z][a-z-]+)", commands(path)))

    assert named <= TARGETS, f"no target {named - TARGETS}"
    for script in re.findall(r"(?<!\S)\.ci/\S+", commands(path)):
        assert (ROOT / script).exists(), script


def test_github_runs_the_gates_of_ci():
    gates = re.findall(r"^(make [a-z-]+|\.ci/\S+)$", (ROOT / ".ci" / "run").read_text(), re.MULTILINE)

    assert gates
    for gate in gates:
        assert gate in commands(ROOT / ".github" / "workflows" / "test.yml"), gate


def test_a_release_is_tested_then_built_once_then_released_stage_by_stage():
    jobs = load(ROOT / ".github" / "workflows" / "deploy.yml")["jobs"]

    assert {name: job.get("needs") for name, job in jobs.items()} == {
        "verify": None,
        "image": "verify",
        "test": "image",
        "prod": ["image", "test"],
    }
    assert [jobs[name].get("environment") for name in jobs] == [None, "test", "test", "prod"]
    assert jobs["verify"]["if"] == "github.ref_type == 'tag'"
    image = {name: jobs[name]["steps"][-1]["env"]["IMAGE_URI"] for name in ("test", "prod")}
    assert set(image.values()) == {"${{ needs.image.outputs.uri }}"}
    assert (
        "".join(step.get("run", "") for name in ("test", "prod") for step in jobs[name]["steps"]).count(
            "docker"
        )
        == 0
    )


def test_a_release_is_never_stopped_half_way_nor_held_up_by_one_that_waits_for_approval():
    workflow = load(ROOT / ".github" / "workflows" / "deploy.yml")

    assert workflow["concurrency"] == {"group": "deploy-${{ github.ref }}", "cancel-in-progress": False}
    for stage in ("test", "prod"):
        assert workflow["jobs"][stage]["concurrency"] == {"group": stage, "cancel-in-progress": False}


def test_only_tags_of_this_repository_in_their_environment_get_the_role():
    statement = DELIVERY["Resources"]["DeployRole"]["Properties"]["AssumeRolePolicyDocument"]["Statement"]
    conditions = {
        operator: {claim.partition(":")[2]: value for claim, value in claims.items()}
        for operator, claims in statement[0]["Condition"].items()
    }

    assert len(statement) == 1
    assert conditions["StringEquals"] == {
        "aud": "sts.amazonaws.com",
        "repository_id": {"Ref": "RepositoryId"},
        "environment": {"Ref": "Stage"},
    }
    assert conditions["StringLike"]["ref"] == "refs/tags/v*"
    for subject in conditions["StringLike"]["sub"]:
        assert subject["Fn::Sub"].endswith(":environment:${Stage}")


def test_the_role_of_a_workflow_reaches_its_own_stage_alone():
    policy = DELIVERY["Resources"]["DeployRole"]["Properties"]["Policies"][0]["PolicyDocument"]
    statements = {one["Sid"]: one for one in (s.get("Fn::If", [None, s])[1] for s in policy["Statement"])}
    open_to_all = {sid for sid, one in statements.items() if one["Resource"] == "*"}

    assert open_to_all == {"Registry"}
    assert statements["Execution"]["Resource"] == {"Fn::GetAtt": ["ExecutionRole", "Arn"]}
    for sid in ("Change", "SiteFiles", "Site"):
        resources = statements[sid]["Resource"]
        named = resources if isinstance(resources, list) else [resources]
        assert all("-${Stage}" in r["Fn::Sub"] or ":aws:transform/" in r["Fn::Sub"] for r in named), sid
    assert not any("*" in action for one in statements.values() for action in listed(one["Action"]))


def test_the_delivery_template_is_valid():
    found = lint_all((ROOT / "deploy" / "delivery.yaml").read_text())

    assert [str(match) for match in found if match.rule.severity != "informational"] == []


def listed(value: object) -> list:
    return value if isinstance(value, list) else [value]
