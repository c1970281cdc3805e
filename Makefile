# What a developer types. `make help` lists it.
.DEFAULT_GOAL := help
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
export UV_PYTHON_DOWNLOADS := never
export UV_SYSTEM_CERTS := true
export UV_COMPILE_BYTECODE := true

.PHONY: help setup demo test check format bench soak pages lock clean

help: ## this list
	@awk 'BEGIN {FS = ":.*## "} /^[a-z]+:.*## / {printf "  make %-8s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

setup: $(READY) ## the virtual environment with the locked dependencies (the other targets do it by themselves)

$(READY): requirements-dev.lock pyproject.toml
	@$(PYTHON) -c 'import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || { \
		echo "This needs Python 3.11 or later with its venv module (on Debian: apt install python3-venv)."; exit 1; }
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@{ $(BIN)/python -m pip install --quiet uv==0.13.9 && \
		$(BIN)/uv pip install --quiet --python $(BIN)/python --require-hashes -r requirements-dev.lock && \
		$(BIN)/uv pip install --quiet --python $(BIN)/python --no-deps --no-build-isolation -e .; \
	} || { echo "uv could not install; pip does it now (slower)"; \
		$(BIN)/python -m pip install --quiet --require-hashes -r requirements-dev.lock && \
		$(BIN)/python -m pip install --quiet --no-deps --no-build-isolation -e .; }
	@touch $@

demo: $(READY) ## the main job on the sample workspace, over real SMTP on this machine
	@$(BIN)/dispatcher demo

test: $(READY) ## every test: unit, integration, end to end
	@$(BIN)/python -m pytest -q -n 2 --dist worksteal

check: $(READY) ## lint, types and the import arrow
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports

format: $(READY) ## rewrite the code in the one format
	@$(BIN)/ruff check --fix-only .
	@$(BIN)/ruff format .

bench: $(READY) ## what a delivery costs, beside its peers, in one run (about 25 minutes; PARTS=throughput: less)
	@$(BIN)/python -m benchmarks $(PARTS)

soak: $(READY) ## kill -9 again and again, and compare with what the relay kept (MINUTES=10)
	@$(BIN)/python -m tests.soak --minutes $(or $(MINUTES),10)

pages: $(READY) ## draw the golden pages of the official document anew; look at each before it is committed
	@$(BIN)/python -m tests.page_images

lock: $(READY) ## resolve the dependencies anew (hashes, no addresses)
	@$(BIN)/uv pip compile -q --universal --generate-hashes --no-header --no-annotate --python-version 3.11 \
		pyproject.toml -o requirements.lock
	@$(BIN)/uv pip compile -q --universal --generate-hashes --no-header --no-annotate --python-version 3.11 \
		pyproject.toml --group dev -o requirements-dev.lock

clean: ## remove the virtual environment and caches
	rm -rf $(VENV) .bench .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
