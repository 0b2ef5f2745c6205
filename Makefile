# One command each for what people do here. Needs Python 3.11 and make; everything else comes into .venv.
SHELL := /bin/sh
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.complete

.DEFAULT_GOAL := help
.PHONY: help dev test test-fast lint demo bench up down clean lock

help: ## show this
	@echo "make TARGET, where TARGET is one of"
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/  \1|\2/p' $(MAKEFILE_LIST) | while IFS='|' read -r name text; do printf '%-12s %s\n' "$$name" "$$text"; done

dev: $(STAMP) ## make .venv from requirements.lock (quick when nothing has changed)
	@:

# A venv that was cut short has no stamp and is made again. Every hash is checked; nothing is compiled.
$(STAMP): requirements.lock pyproject.toml
	@set -eu; \
	for python in python3.11 python3 python; do \
	  if $$python -c 'import sys, venv; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then break; fi; python=; \
	done; \
	if [ -z "$$python" ]; then echo "make: Python 3.11 with venv is needed, and is not on the PATH" >&2; exit 2; fi; \
	echo "making $(VENV) with $$python (once; a minute)" >&2; \
	rm -rf $(VENV); $$python -m venv $(VENV); \
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes --only-binary :all: -r requirements.lock; \
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .; \
	touch $(STAMP)

test: dev ## run all tests, on a real Kafka and PostgreSQL of their own
	$(BIN)/python -m pytest --numprocesses 2 --dist loadfile --no-loadscope-reorder $(ARGS)

test-fast: dev ## run the tests that need no servers
	$(BIN)/python -m pytest tests/unit tests/property tests/architecture $(ARGS)

lint: dev ## check style and types
	$(BIN)/ruff check .
	$(BIN)/mypy ledger processors

demo: dev ## play the lives of customers of five hosters, in a ledger of its own (SIZE=1000: that many customers)
	@$(BIN)/ledger demo $(if $(SIZE),--size $(SIZE))

bench: dev .venv-bench/.complete ## measure, beside the peers (ONLY=live for one)
	$(BIN)/python -m tests.bench $(if $(ONLY),--only $(ONLY)) $(if $(EVENTS),--events $(EVENTS))

# The peer's own environment: its dependencies and ours exclude each other.
.venv-bench/.complete: tests/bench/quix.lock | dev
	@rm -rf .venv-bench; $(BIN)/python -m venv .venv-bench
	.venv-bench/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes --only-binary :all: -r tests/bench/quix.lock
	@touch $@

up: dev ## start Kafka and PostgreSQL, create the ledger when it is new
	@$(BIN)/ledger up

down: ## stop them
	@if [ -x $(BIN)/ledger ]; then $(BIN)/ledger down; fi

clean: down ## remove .venv and caches; ledgers and downloads stay
	rm -rf $(VENV) .venv-bench build .pytest_cache .mypy_cache .ruff_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

lock: ## resolve requirements.lock anew from pyproject.toml (maintainers; minutes)
	python3 -m venv build/lock
	build/lock/bin/pip install --quiet pip-tools==7.6.2
	build/lock/bin/python -c 'import tomllib; p = tomllib.load(open("pyproject.toml", "rb"))["project"]; \
	  pins = p["dependencies"] + [pin for extra in p["optional-dependencies"].values() for pin in extra]; \
	  print("\n".join(sorted({pin for pin in pins if not pin.startswith("privacy-ledger")})))' > build/requirements.in
	build/lock/bin/pip-compile --quiet --generate-hashes --allow-unsafe --strip-extras --no-header --no-annotate --upgrade \
	  --no-emit-index-url --no-emit-find-links --no-emit-trusted-host --output-file requirements.lock build/requirements.in
