# Trekvart. `make help` lists what can be made; it is built from the comments behind the targets.
.DEFAULT_GOAL := help
SHELL := /bin/bash
PYTHON ?= python3
BIN := .venv/bin
# What the tests drive, by command (command=package where Debian's package has another name).
PROGRAMS := chromium firefox-esr nginx caddy systemd-analyze=systemd node=nodejs npm
T ?=

.PHONY: help run test prove check bench lock clean

help: ## what can be made
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 10

# One environment for all; a stamp per set, so that an unchanged set costs nothing.
.venv/pip.stamp:
	@$(PYTHON) -m venv .venv 2>/dev/null || { \
	  if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
	    apt-get update -qq && apt-get install -y -qq python3-venv >/dev/null && $(PYTHON) -m venv .venv; \
	  else echo "make: cannot create .venv: install your system's python3-venv package, then run make again" >&2; exit 1; fi; }
	@touch $@

.venv/run.stamp: .venv/pip.stamp requirements/run.txt requirements/build.txt pyproject.toml
	@echo "installing what the server needs ..."
	@$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r requirements/run.txt -r requirements/build.txt
	@$(BIN)/pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@touch $@

.venv/test.stamp: .venv/run.stamp requirements/test.txt
	@echo "installing what the tests need ..."
	@$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r requirements/test.txt
	@touch $@

.venv/bench.stamp: .venv/run.stamp requirements/bench.txt
	@$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r requirements/bench.txt
	@touch $@

run: .venv/run.stamp ## start Trekvart here with a demo site: http://127.0.0.1:8000
	@$(BIN)/trekvart serve --demo

test: .venv/test.stamp ## run all tests (T=path runs some)
	@tests/install-programs $(PROGRAMS)
	@$(BIN)/python -m pytest $(if $(T),$(T),tests)

prove: .venv/test.stamp ## attack every privacy claim and say what held (T="R3 P5" for some)
	@tests/install-programs $(PROGRAMS)
	@$(BIN)/python -m tests.prove $(T)

check: .venv/test.stamp ## style, types, import contracts, SQL, unused code
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports --no-cache
	@$(BIN)/deptry .
	@$(BIN)/python -m tests.prepare_sql

bench: .venv/bench.stamp .venv/test.stamp ## measure speed, memory and size (T=name runs one)
	@tests/install-programs wrk $(PROGRAMS)
	@$(BIN)/python -m bench $(T)

lock: ## pin the requirements from pyproject.toml (UPGRADE=1: anew, to the newest)
	@$(BIN)/pip install --quiet uv
	@$(BIN)/uv pip compile -q $(if $(UPGRADE),--upgrade) --generate-hashes --no-header --python-version 3.11 pyproject.toml -o requirements/run.txt
	@for set in test bench; do $(BIN)/uv pip compile -q --generate-hashes --no-header --python-version 3.11 \
	  pyproject.toml --group $$set -c requirements/run.txt -o requirements/$$set.txt; done
	@printf 'hatchling\neditables\n' | $(BIN)/uv pip compile -q --generate-hashes --no-header --python-version 3.11 - -o requirements/build.txt

clean: ## remove the environment and all caches (never data)
	rm -rf .venv .mypy_cache .ruff_cache .pytest_cache .hypothesis dist build
	find . -name __pycache__ -prune -exec rm -rf {} +
