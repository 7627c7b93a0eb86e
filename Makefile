# Two commands: `make run`, `make test`. Everything else serves those who change the code.
PYTHON ?= python3
BIN := .venv/bin
export PYTHONPATH := $(CURDIR)
export PYTHONUNBUFFERED := 1
# Compiled modules are kept, whatever the shell says: else each process that starts compiles the house anew, and each test file with it.
export PYTHONDONTWRITEBYTECODE :=

.DEFAULT_GOAL := help
.PHONY: help run test setup setup-dev services services-stop lint format types bench prove lock clean

help: ## this list
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 16

run: setup ## set up, start everything, print the address; Ctrl-C stops it all
	@$(BIN)/python -m project.supervisor

test: setup-dev ## the whole suite, in random order, two files at once (ARGS="-k …")
	@$(BIN)/python -m pytest -n 2 -p tests.repartition $(ARGS)

setup:
	@$(PYTHON) project/bootstrap.py run

setup-dev:
	@$(PYTHON) project/bootstrap.py dev

services: setup ## only the embedded database, broker and store, in the background
	@$(BIN)/python -m project.embedded start

services-stop: ## stop what `make services` started
	@$(BIN)/python -m project.embedded stop

lint: setup-dev ## style, import contract, templates
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/lint-imports
	$(BIN)/djlint . --lint --quiet

format: setup-dev
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

types: setup-dev ## mypy with django-stubs
	$(BIN)/mypy .

bench: setup-dev ## speed against bare SQL (BENCH_N cases, BENCH_JSON file, ARGS=declaration)
	@$(BIN)/python -m tests.bench $(ARGS)

prove: setup-dev ## the long proofs: races and faults at full size
	@VIGIE_PROVE=1 $(BIN)/python -m pytest -m "lent or not lent" $(ARGS)

lock: setup-dev ## resolve the requirements anew (ARGS="--upgrade")
	@for name in base embedded dev tools; do \
	  CI= .venv/.uv/bin/uv pip compile --quiet --generate-hashes --no-emit-index-url --universal --python-version 3.11 \
	    --custom-compile-command "make lock" $(ARGS) requirements/$$name.in -o requirements/$$name.txt || exit 1; done

clean: services-stop ## forget the environment, the data and the caches
	rm -rf .venv node_modules .local .pytest_cache .mypy_cache .ruff_cache
