"""Each import contract holds, and fails when it is violated."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]

VIOLATIONS = {
    "layers": [
        ("app/repositories/cached.py", "from app.services.todos import Todos"),
        ("app/problems.py", "from app.schemas.common import invalid"),
        ("app/services/todos.py", "from app.repositories.cached import CachedTodos"),
        ("app/unlayered.py", ""),
    ],
    "rules-without-aws": [
        ("app/services/todos.py", "import redis"),
        ("app/services/mail/outbox.py", "from botocore.exceptions import ClientError"),
        ("app/services/accounts.py", "from app.aws.cognito import Cognito"),
        ("app/services/todos.py", "from app.repositories.dynamodb.todos import DynamoTodos"),
        ("app/services/accounts.py", "from app.repositories import storage_of"),
        ("app/ports/todos.py", "from app.repositories.dynamodb.attributes import Item"),
    ],
    "http-without-aws": [
        ("app/schemas/auth.py", "from app.aws.cognito_errors import map_cognito_errors"),
        ("app/routers/todos.py", "from app.repositories.dynamodb.todos import DynamoTodos"),
    ],
    "aws-without-engine": [("app/aws/ses.py", "from app.repositories.dynamodb.mail import DynamoMail")],
    "boto3-in-one-place": [("app/aws/ses.py", "import boto3"), ("app/entrypoints/ingest.py", "import boto3")],
    "redis-in-one-place": [("app/aws/clients.py", "import redis")],
    "psycopg-in-one-place": [
        ("app/repositories/postgres/todos.py", "import psycopg"),
        ("app/container/__init__.py", "from sqlalchemy import text"),
    ],
    "inside-without-http": [("app/services/todos.py", "from starlette.requests import Request")],
    "auth-without-fastapi": [("app/auth/middleware.py", "from fastapi import Request")],
    "workers-without-http": [
        ("app/entrypoints/email_consumer.py", "from fastapi import FastAPI"),
        ("app/entrypoints/a_new_worker.py", "from app.main import create_app"),
    ],
    "app-stands-alone": [("app/config/reader.py", "from project.errors import StackError")],
    "tools-apart": [
        ("operations/smoke.py", "from devstack.seed import seed"),
        ("devstack/seed.py", "from operations import stacks"),
    ],
    "shared-below": [("project/paths.py", "from devstack.ports import serves")],
}


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("contracts")
    shutil.copytree(ROOT / "src", root / "src", ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "pyproject.toml", root)
    return root


def lint(root: Path, *options: str) -> subprocess.CompletedProcess[str]:
    command = [str(Path(sys.executable).with_name("lint-imports")), "--no-logo", *options]
    env = {**os.environ, "PYTHONPATH": str(root / "src")}
    return subprocess.run(command, cwd=root, env=env, capture_output=True, text=True, timeout=60, check=False)


def test_every_contract_has_a_violation_that_shows_it_can_fail() -> None:
    lines = (ROOT / "pyproject.toml").read_text().splitlines()
    ids = {line.split('"')[1] for line in lines if line.startswith('id = "')}

    assert ids == VIOLATIONS.keys()


def test_every_contract_holds(copy: Path) -> None:
    result = lint(copy)

    assert result.returncode == 0, result.stdout


@pytest.mark.parametrize(
    ("contract", "file", "line"),
    [(contract, *violation) for contract, violations in VIOLATIONS.items() for violation in violations],
)
def test_a_contract_fails_when_it_is_violated(copy: Path, contract: str, file: str, line: str) -> None:
    path = copy / "src" / file
    before = path.read_text() if path.exists() else None
    path.write_text(f"{before or ''}\n{line}\n")
    try:
        result = lint(copy, "--contract", contract)
    finally:
        path.unlink() if before is None else path.write_text(before)

    assert result.returncode == 1
    assert "BROKEN" in result.stdout, result.stdout + result.stderr
