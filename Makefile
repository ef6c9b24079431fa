# Two commands matter: `make demo` and `make test`. Each sets up all it needs, once.

PYTHON ?= python3
VENV := .venv/bin
SEEDS ?= 200
LOCK := $(VENV)/uv pip compile pyproject.toml --quiet --generate-hashes --universal --python-version 3.11 \
	--no-emit-index-url --no-emit-find-links --no-annotate --no-header

.DEFAULT_GOAL := help
.PHONY: help setup demo dev test race bench check format lock clean

help: ## this list
	@printf '\n  \033[1mChairflow\033[0m: a cancelled chair refills itself\n\n'
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  \033[36mmake %-8s\033[0m %s\n", $$1, $$2 }' $(MAKEFILE_LIST)
	@printf '\n  PYTHON=python3.12 picks another Python (3.11 or later); TEMPORAL_CLI=/path/to/temporal another Temporal.\n\n'

setup: ## virtual environment and Temporal CLI; the other commands do it by themselves
	@command -v $(PYTHON) >/dev/null || { echo "✗ no $(PYTHON): install Python 3.11 or later, or name one: make PYTHON=python3.12" >&2; exit 1; }
	@$(PYTHON) tools/setup.py

demo: setup ## a practice day in about three minutes (ONCE=1: no pages left open, exit by the result; PMS=jane, or another that cli.main demo --help lists: on that practice system; PMS=all: on four practices at once)
	@$(VENV)/python -m cli.main demo $(if $(ONCE),--once) $(if $(PMS),--pms $(PMS))

dev: setup ## everything running on this machine, without a practice day; Ctrl-C ends it
	@$(VENV)/python -m cli.main dev

test: setup ## every test, a file on each core and one more (ARGS="tests/domain -k quiet": some of them, one by one)
	@$(VENV)/python -m pytest -q $(or $(ARGS),--numprocesses auto --maxprocesses 4 --dist loadfile --no-loadscope-reorder)

race: setup ## fifty YES at once, over and over (SEEDS=200)
	@$(VENV)/python -m tests.chaos.race --seeds $(SEEDS)

bench: setup ## figures beside a bare Temporal workflow; writes out/bench.json
	@$(VENV)/python -m benchmarks

check: setup ## format, lint, types and import directions
	@$(VENV)/ruff format --check .
	@$(VENV)/ruff check .
	@$(VENV)/mypy
	@$(VENV)/lint-imports

format: setup ## format and fix what can be fixed
	@$(VENV)/ruff check --fix --quiet . ; $(VENV)/ruff format .

lock: setup ## newest packages pyproject.toml allows, hashed: all of them, and those an image needs
	@$(LOCK) --extra dev --upgrade -o requirements.lock
	@$(LOCK) --constraint requirements.lock -o requirements-runtime.lock
	@! grep -nE '^--|https?://' requirements.lock requirements-runtime.lock || { echo "✗ a lock names a registry" >&2; exit 1; }

clean: ## remove the virtual environment, caches and out/ (the Temporal CLI stays, for the next checkout)
	@rm -rf .venv out .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +
