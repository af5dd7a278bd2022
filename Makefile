# What a person does with the project. Needs make and Python 3.11 or later; the rest goes into .venv.

PYTHON ?= python3
BIN = .venv/bin

.DEFAULT_GOAL = help
.PHONY: help setup run test torture check format bench services services-stop stack prove lock migration clean

help: ## This list
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):[^#]*## /  make \1	/'

setup: ## Install everything into .venv (IPCU_TORCH=cpu: the smaller torch)
	@$(PYTHON) scripts/set_up.py

run: setup ## Serve a demo instance on this machine
	@sh scripts/run.sh

test: setup ## Run every test this machine can run (ARGS="-k words" for some)
	@sh scripts/test.sh $(ARGS)

torture: setup ## Kill processes at random moments, 500 times (ROUNDS=n, MINUTES=n or SEED=n for other runs)
	@IPCU_TEST_TORTURE_ROUNDS="$(or $(ROUNDS),500)" IPCU_TEST_TORTURE_MINUTES="$(MINUTES)" IPCU_TEST_TORTURE_SEED="$(SEED)" \
		sh scripts/test.sh -n 0 -s -o faulthandler_timeout=0 tests/functional/killing $(ARGS)

check: setup ## Format, lint, types, architecture
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	@sh scripts/test.sh tests/architecture --deselect tests/architecture/test_tools.py

format: setup ## Format the code and fix what ruff can fix
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

bench: setup build/bench/.ready ## Measure search, indexing, server and engines (ARGS="search server" for some)
	@$(BIN)/python -m benchmarks $(ARGS)

# What benchmarks compare with lies beside the product, whose own packages come first.
build/bench/.ready: scripts/requirements-bench.txt
	@rm -rf build/bench
	@$(BIN)/uv pip install --quiet --python $(BIN)/python --target build/bench --no-deps --require-hashes -r $<
	@touch $@

services: ## Start OpenSearch, PostgreSQL and Redis for the tests (ARGS="redis" for some)
	@$(PYTHON) scripts/services.py start $(ARGS)

services-stop: ## End exactly what `make services` started
	@$(PYTHON) scripts/services.py stop

stack: setup ## Run what docker-compose.yml describes as processes, until Ctrl-C (needs `make services` and nginx)
	@. build/services.env && exec $(BIN)/python scripts/compose_natively.py

prove: setup ## Test that (needs the same)
	@. build/services.env && sh scripts/test.sh tests/functional/deployed $(ARGS)

lock: setup ## Compile the requirement files anew (UPGRADE=1: newest versions)
	@UPGRADE="$(UPGRADE)" sh scripts/lock.sh

migration: setup ## Write a migration for changed models (NAME="add something")
	@$(BIN)/python -m webapp.cli.migration "$(NAME)"

clean: services-stop ## Remove what make made. Your data in var/ stays
	rm -rf .venv build dev/opensearch/target node_modules webapp/static/vendor test-artifacts *.egg-info
	rm -rf .pytest_cache .mypy_cache .ruff_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
	find webapp -name '*.mo' -type f -exec rm -f {} +
	@if [ -d var ]; then echo "var/ holds data and was kept; remove it yourself if you mean to."; fi
