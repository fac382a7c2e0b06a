# make run and make test need nothing but Python 3.11; both install what they need.

.DEFAULT_GOAL := help
PY := .venv/bin/python

help: ## This list
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | expand -t 14

run: ## Install, build, migrate, seed and start; Ctrl-C stops all of it
	@scripts/run

test: ## The whole suite: on SQLite, or on DATABASE_URL and REDIS_URL when set
	@scripts/test $(ARGS)

browser: ## The tests that drive Chromium
	@scripts/test -m browser $(ARGS)

faults: ## Kill, stop and starve it: nothing may be lost (takes a while)
	@TEST_PROCESSES=0 scripts/test -m faults $(ARGS)

bench: env-dev ## Measure what is promised
	@$(PY) scripts/bench.py $(ARGS)

fuzz: env-dev ## Let schemathesis at the API; ARGS="5" for minutes with each key
	@$(PY) scripts/fuzz.py $(ARGS)

lint: env-dev ## Style of code and templates
	@$(PY) -m ruff check .
	@$(PY) -m ruff format --check .
	@$(PY) -m djlint templates --lint --quiet

format: env-dev ## Bring the code into shape
	@$(PY) -m ruff check --fix .
	@$(PY) -m ruff format .

typecheck: env-dev ## mypy, strict
	@$(PY) -m mypy .

check: lint typecheck ## All that needs no test run
	@$(PY) manage.py makemigrations --check --dry-run
	@scripts/check-deploy

build: env assets ## Python environment, styles and scripts

env:
	@scripts/environment requirements.txt

env-dev:
	@scripts/environment requirements-dev.txt

assets: env
	@scripts/assets

lock: ## Resolve requirements-dev.txt anew into requirements.lock
	@scripts/lock

clean: ## Remove what was built or cached; data in var/ stays
	@rm -rf static/dist var/static .mypy_cache .ruff_cache .pytest_cache .coverage htmlcov
	@find . -name __pycache__ -not -path './.venv/*' -not -path './node_modules/*' -prune -exec rm -rf {} +

.PHONY: help run test browser faults bench fuzz lint format typecheck check build env env-dev assets lock clean
