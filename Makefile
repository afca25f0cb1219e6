# `make` alone lists what there is.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STATE ?= .local
TESTS ?=
WEB_TESTS ?= tests/web
WORKERS ?= 2
STAGE ?= dev
POSTGRES_TESTS := $(addprefix tests/integration/,account_deletion accounts admin files todos ingest/test_front_door.py) \
	tests/security tests/e2e/test_front_door.py \
	tests/e2e/test_cache_coherence.py::test_where_redis_loses_what_it_holds_nothing_is_stale
TEMPLATE_TESTS := tests/infrastructure/test_template*.py tests/infrastructure/test_samconfig.py
LOCK := $(BIN)/uv pip compile -q --universal --python-version 3.11 --generate-hashes \
	--no-emit-index-url --no-annotate --no-header
COMPILE := $(LOCK) pyproject.toml

NODE := .venv-contract/bin/node
NODE_TOOLS := tests/clients/node_modules/.installed
CONTRACT_TYPES := tests/clients/node_modules/.openapi.d.ts

# Through the environment, so that the shell reads no quotes or spaces in it.
export STATE
# First, so that no other package of the same name is found.
export PYTHONPATH := $(CURDIR)/src$(if $(PYTHONPATH),:$(PYTHONPATH))

.DEFAULT_GOAL := help
.PHONY: help install run reset test test-fast lint format types imports template openapi openapi-check schema lock check verify-deploy \
	openapi-lint web-types test-postgres test-clients test-instructions benchmark test-fuzz test-web screenshots deploy deploy-web smoke migrate move-todos recount reconcile release rollback destroy clean

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  %-14s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

# ---------------------------------------------------------------- the environment

install: $(VENV)/.installed ## make the virtual environment from the lock

$(VENV)/.installed: requirements/dev.txt
	@command -v $(PYTHON) >/dev/null || { echo "Error: $(PYTHON) is not installed" >&2; exit 1; }
	@$(PYTHON) src/project/venv.py $(VENV) requirements/dev.txt
	@touch $@

lock: $(VENV)/.installed ## renew the lock files from pyproject.toml
	$(COMPILE) --extra dev -o requirements/dev.txt
	$(COMPILE) -c requirements/dev.txt -o requirements/app.txt
	$(LOCK) --group web -c requirements/dev.txt -o requirements/web.txt
	$(LOCK) --group deploy -o requirements/deploy.txt
	$(LOCK) --group checkov -o requirements/checkov.txt
	$(LOCK) --group contract -o requirements/contract.txt
	$(LOCK) --group clients -o requirements/clients.txt
	$(LOCK) --group fuzz -o requirements/fuzz.txt
	$(LOCK) --group benchmarks -c requirements/dev.txt -o requirements/benchmarks.txt
	$(LOCK) --group runtime -o tests/deployment/base/requirements.txt

# ---------------------------------------------------------------- the local stack

run: $(VENV)/.installed ## start everything on this machine (PORT, AWS_PORT, REDIS_URL, DATABASE=postgres)
	@exec $(BIN)/python -m devstack run --follow-parent --state "$$STATE"

reset: $(VENV)/.installed ## forget the local stack's data
	@exec $(BIN)/python -m devstack reset --state "$$STATE"

# ---------------------------------------------------------------- checks

test: $(VENV)/.installed ## run the tests (TESTS=tests/unit for some, WORKERS=4 for more at once)
	$(BIN)/pytest -q -n $(WORKERS) $(TESTS)

test-postgres: $(VENV)/.installed ## run those tests that reach the database again, over PostgreSQL
	TEST_DATABASE=postgres $(BIN)/pytest -q -n $(WORKERS) -m "not dynamodb" $(POSTGRES_TESTS)

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
	$(BIN)/lint-imports

template: $(VENV)/.installed ## check template.yaml as it will be deployed
	$(BIN)/pytest -q $(TEMPLATE_TESTS)

openapi: $(VENV)/.installed ## write openapi.json
	$(BIN)/python -m project.openapi

schema: $(VENV)/.installed ## write the migrations of PostgreSQL as the statements that are applied
	$(BIN)/python -m operations.schema.render

openapi-check: $(VENV)/.installed ## check that openapi.json is current
	$(BIN)/pytest -q tests/unit/contract

openapi-lint: $(NODE_TOOLS) ## lint openapi.json with Spectral and Redocly
	$(NODE) $(NODE_TOOLS:.installed=.bin/spectral) lint --fail-severity hint -r tests/clients/spectral.yaml openapi.json
	@REDOCLY_TELEMETRY=off REDOCLY_SUPPRESS_UPDATE_NOTICE=true \
		$(NODE) $(NODE_TOOLS:.installed=.bin/redocly) lint --config tests/clients/redocly.yaml --max-problems 1000 openapi.json

web-types: $(CONTRACT_TYPES) ## check the types of the web app (tsc) against its JSDoc and openapi.json
	$(NODE) $(NODE_TOOLS:.installed=.bin/tsc) --project web/jsconfig.json

$(CONTRACT_TYPES): openapi.json $(NODE_TOOLS)
	@$(NODE) $(NODE_TOOLS:.installed=.bin/openapi-typescript) openapi.json --output $@ --default-non-nullable false >/dev/null

$(NODE_TOOLS): tests/clients/package-lock.json .venv-contract/.installed
	@cd tests/clients && PATH="$(CURDIR)/.venv-contract/bin:$$PATH" npm ci --silent --ignore-scripts
	@touch $@

check: lint types imports openapi-check openapi-lint web-types template ## check style, types, imports, the contract, the web app's types and the template

# ---------------------------------------------------------------- the deployment, proven without an account

verify-deploy: $(VENV)/.installed .venv-deploy/.installed .venv-checkov/.installed ## prove template, image and deployment without an account
	@tests/deployment/install
	$(BIN)/pytest -q -n $(WORKERS) --dist loadfile tests/deployment $(TEMPLATE_TESTS)

.venv-%/.installed: requirements/%.txt $(VENV)/.installed
	@$(BIN)/uv venv -q --clear --python $(BIN)/python .venv-$*
	@$(BIN)/uv pip sync -q --require-hashes --python .venv-$* $<
	@touch $@

# ---------------------------------------------------------------- the contract, used

test-clients: $(CONTRACT_TYPES) .venv-clients/.installed ## make clients from openapi.json and use them against the local stack
	@tests/clients/install
	$(BIN)/pytest -q -rP tests/clients

test-fuzz: .venv-fuzz/.installed ## call every route with what the contract allows and forbids (schemathesis)
	$(BIN)/pytest -q -rP tests/fuzz

# ---------------------------------------------------------------- the budget of a cold start

COLD_START_BUDGET := 2.37# times the instructions of a bare boto3 function: as measured with Python 3.11, and 3 %

test-instructions: $(VENV)/.installed ## count the instructions of a cold start (valgrind), and fail above the budget
	$(BIN)/python -m benchmarks.core --budget $(COLD_START_BUDGET)

PHASES ?= warm cold workers uvicorn growth contention ingest

benchmark: $(VENV)/.installed .venv-benchmarks/.installed ## measure again and write docs/performance.md (PHASES="warm cold" for some, SHORT=1)
	$(BIN)/python -m benchmarks.report --only $(PHASES) $(if $(SHORT),--short)

# ---------------------------------------------------------------- the web app in a browser

test-web: $(VENV)/.web ## run the browser tests of the web app (WEB_TESTS=tests/web/test_session.py for some)
	$(BIN)/pytest -q -n $(WORKERS) --dist worksteal $(WEB_TESTS)

screenshots: $(VENV)/.web ## take the pictures of docs/screenshots again
	@PYTHONPATH=$(PYTHONPATH):tests $(BIN)/python tests/web/screenshots.py docs/screenshots

$(VENV)/.web: requirements/web.txt $(VENV)/.installed
	@tests/web/install
	@$(BIN)/python src/project/venv.py $(VENV) requirements/web.txt
	@touch $@

# ---------------------------------------------------------------- on AWS (docs/operations.md)

deploy: $(VENV)/.installed ## build the image and deploy it (STAGE=dev, test or prod)
	@$(BIN)/python -m operations.preflight --stage $(STAGE)
	sam build --config-env $(STAGE)
	sam deploy --config-env $(STAGE) $(addprefix --region ,$(AWS_REGION))

deploy-web: $(VENV)/.installed ## publish the web site of a deployed stage (STAGE)
	@$(BIN)/python -m operations.publish --stack serverless-backend-$(STAGE)

smoke: $(VENV)/.installed ## look from outside whether a deployment serves (URL, SMOKE_EMAIL, SMOKE_PASSWORD)
	@$(BIN)/python -m operations.smoke $(URL)

migrate: $(VENV)/.installed ## bring the data of a stage up to this version (STAGE; AGAIN=1 also what is done)
	@$(BIN)/python -m operations.migrate --stage $(STAGE) $(if $(AGAIN),--again)

move-todos: $(VENV)/.installed ## move the to-dos of a stage into the table with all indexes (STAGE)
	@$(BIN)/python -m operations.move_todos --stage $(STAGE)

recount: $(VENV)/.installed ## add up users, to-dos and files again for the statistics (STAGE)
	@$(BIN)/python -m operations.recount --stage $(STAGE)

reconcile: $(VENV)/.installed ## list accounts whose user is gone from the pool (STAGE; ERASE=their number erases them)
	@$(BIN)/python -m operations.reconcile --stage $(STAGE) $(if $(ERASE),--erase $(ERASE))

release: $(VENV)/.installed ## deploy an image with the site, check both, take them back if they fail (STAGE, IMAGE_URI)
	@$(BIN)/python -m operations.release deploy --stage $(STAGE) --image $(IMAGE_URI)

rollback: $(VENV)/.installed ## make a stage what it was before its last release (STAGE)
	@$(BIN)/python -m operations.release rollback --stage $(STAGE)

destroy: $(VENV)/.installed ## delete a stage with all its data (STAGE)
	@$(BIN)/python -m operations.destroy --stage $(STAGE)

clean: ## remove what tools have left (not the data of the local stack)
	rm -rf .mypy_cache .pytest_cache .ruff_cache .hypothesis .import_linter_cache .aws-sam *.egg-info
	find src tests -name __pycache__ -type d -prune -exec rm -rf {} +
