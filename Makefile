# Shadow Systems. `make run` needs Python >= 3.11 and nothing else; see README.md.
.DELETE_ON_ERROR:
SHELL := /bin/bash
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
LIBRARY ?=
ARGS ?=

.PHONY: run test bench check format lock web screenshots docs clean

run: $(VENV)/.runtime web/dist/index.html
	@exec $(BIN)/shadow serve $(if $(LIBRARY),--library "$(LIBRARY)",--sample-if-empty) $(ARGS)

test: $(VENV)/.test web/dist/index.html
	@$(PYTHON) tools/install_test_programs.py
	@cd web && ../tools/node.sh npm test --silent
	@$(BIN)/pytest -n 3 --dist loadscope -q $(ARGS)
	@$(BIN)/pytest tests/e2e -n 2 --dist loadfile -q $(ARGS)

check: $(VENV)/.test web/node_modules/.installed
	@$(BIN)/ruff format --check .
	@$(BIN)/ruff check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports
	@$(BIN)/pytest -q tests/architecture tests/docs
	@cd web && ../tools/node.sh npm run --silent lint && ../tools/node.sh npm run --silent typecheck

bench: $(VENV)/.test web/dist/index.html
	@$(PYTHON) tools/install_test_programs.py --bench
	@$(BIN)/python -m bench $(ARGS)

format: $(VENV)/.test
	@$(BIN)/ruff format . && $(BIN)/ruff check --fix .

docs: $(VENV)/.test
	@$(BIN)/python tools/write_reference.py

screenshots: $(VENV)/.test web/dist/index.html
	@PYTHONPATH=. $(BIN)/python tools/screenshots.py

web: web/dist/index.html

lock: $(VENV)/.test
	@tools/lock.sh

clean:
	rm -rf $(VENV) web/node_modules web/dist

# --- what the targets stand on -------------------------------------------------------------

$(VENV)/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit("Python 3.11 or newer is needed") if sys.version_info < (3, 11) else None'
	@echo "Making a virtual environment"
	@$(PYTHON) -m venv $(VENV)

$(VENV)/.runtime: requirements/runtime.txt requirements/build.txt pyproject.toml | $(VENV)/bin/python
	@echo "Installing the locked dependencies"
	@$(BIN)/python -m pip install -q --disable-pip-version-check --require-hashes -r requirements/runtime.txt -r requirements/build.txt
	@$(BIN)/python -m pip install -q --disable-pip-version-check --no-deps --no-build-isolation -e .
	@$(BIN)/python -m compileall -q src
	@touch $@

$(VENV)/.test: $(VENV)/.runtime requirements/test.txt
	@echo "Installing what checks and tests need"
	@$(BIN)/python -m pip install -q --disable-pip-version-check --require-hashes -r requirements/test.txt
	@touch $@

web/node_modules/.installed: web/package.json web/package-lock.json | $(VENV)/.runtime
	@echo "Installing the web client's dependencies"
	@cd web && ../tools/node.sh npm ci --loglevel=error --no-audit --no-fund
	@touch $@

WEB_SOURCES := $(shell find web/src web/public -type f 2>/dev/null)
web/dist/index.html: web/node_modules/.installed web/index.html web/vite.config.ts $(WEB_SOURCES)
	@echo "Building the web client"
	@cd web && ../tools/node.sh npm run --silent build
	@touch $@
