# `make` alone lists what there is.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STATE ?= .local
TESTS ?= tests
WORKERS ?= 2
COMPILE := $(BIN)/uv pip compile -q --universal --python-version 3.11 --generate-hashes \
	--no-emit-index-url --no-annotate --no-header pyproject.toml

.DEFAULT_GOAL := help
.PHONY: help install run reset test test-fast lint format types imports template openapi openapi-check lock check clean

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  %-14s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

# ---------------------------------------------------------------- the environment

install: $(VENV)/.installed ## make the virtual environment from the lock

$(VENV)/.installed: requirements-dev.txt
	@command -v $(PYTHON) >/dev/null || { echo "Error: $(PYTHON) is not installed" >&2; exit 1; }
	@$(PYTHON) src/devstack/install.py $(VENV) requirements-dev.txt
	@touch $@

lock: $(VENV)/.installed ## renew both lock files from pyproject.toml
	$(COMPILE) --extra dev -o requirements-dev.txt
	$(COMPILE) -c requirements-dev.txt -o requirements.txt

# ---------------------------------------------------------------- the local stack

run: $(VENV)/.installed ## start everything on this machine (PORT, AWS_PORT, REDIS_URL)
	@exec $(BIN)/python -m devstack run --follow-parent --state $(STATE)

reset: $(VENV)/.installed ## forget the local stack's data
	@exec $(BIN)/python -m devstack reset --state $(STATE)

# ---------------------------------------------------------------- checks

test: $(VENV)/.installed ## run the tests (TESTS=tests/unit for some, WORKERS=4 for more at once)
	$(BIN)/pytest -q -n $(WORKERS) $(TESTS)

test-fast: $(VENV)/.installed ## run the tests that start nothing
	$(BIN)/pytest -q tests/unit

lint: $(VENV)/.installed ## check style and format
	$(BIN)/ruff check
	$(BIN)/ruff format --check

format: $(VENV)/.installed ## put the code into format
	$(BIN)/ruff check --fix
	$(BIN)/ruff format

types: $(VENV)/.installed ## check the types
	$(BIN)/mypy

imports: $(VENV)/.installed ## check that the layers import one way only
	PYTHONPATH=src $(BIN)/lint-imports

template: $(VENV)/.installed ## check template.yaml as it will be deployed
	$(BIN)/pytest -q tests/infrastructure/test_template.py

openapi: $(VENV)/.installed ## write openapi.json
	$(BIN)/python -m devstack.contract

openapi-check: $(VENV)/.installed ## check that openapi.json is current
	$(BIN)/pytest -q tests/unit/contract

check: lint types imports openapi-check template ## everything CI checks besides the tests

clean: ## remove what tools have left (not the data of the local stack)
	rm -rf .mypy_cache .pytest_cache .ruff_cache .hypothesis .import_linter_cache .aws-sam *.egg-info
	find src tests -name __pycache__ -type d -prune -exec rm -rf {} +
