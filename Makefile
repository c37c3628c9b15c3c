# The commands of this repository; `make help` lists them.
#
# Variables, all of which may be given on the command line:
#   PYTHON    the Python 3.11 or newer that makes .venv      make setup PYTHON=python3.12
#   PIP_ARGS  further arguments of pip, e.g. another index   make setup PIP_ARGS='--index-url URL'
#   WORKERS   processes that run the tests                   make test WORKERS=8
#   ONCE      1: the demo exits at its end, it serves no page   make demo ONCE=1

PYTHON ?= python3
VENV ?= .venv
PIP_ARGS ?=
WORKERS ?= 3

BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check install $(PIP_ARGS) -c constraints.txt
FAST := not slow and not browser and not learning
# Of what `pip install assent` brings, without torch.
BASE_TESTS := tests/store tests/web tests/feedback tests/answers tests/questions \
  tests/test_client.py tests/test_config.py tests/test_crowd.py tests/test_desk.py tests/test_loop.py

# Test processes share the cores (browser tests mostly wait); threads of their own would only fight.
export OMP_NUM_THREADS ?= 1
export OMP_WAIT_POLICY ?= PASSIVE

.DEFAULT_GOAL := help
.PHONY: help setup demo test lint check floors fix constraints clean
.DELETE_ON_ERROR:

help: ## list these commands
	@awk -F ':.*## ' '/^[a-z]+:.*## / {printf "  make %-12s %s\n", $$1, $$2}' Makefile

setup: $(VENV)/.dev ## make .venv with everything that development needs

demo: $(VENV)/.all ## train two small projects on simulated answers, then serve their page
	$(BIN)/assent demo

test: $(VENV)/.dev ## run every test; those that lack PostgreSQL or Chromium skip and say so
	$(BIN)/python -m pytest -n $(WORKERS)

lint: $(VENV)/.dev ## format, lint, types, import contracts
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-logo

check: lint ## the same, and the fast tests
	$(BIN)/python -m pytest -n $(WORKERS) -m '$(FAST)'

floors: ## test the base of assent at the lowest versions that pyproject.toml allows
	rm -rf build/floors
	$(PYTHON) -m venv build/floors
	sed -n -e '/^dependencies/,/^]/ s/^ *"\([a-z0-9-]*\)>=\([0-9.]*\).*/\1==\2/p' \
	  -e 's/^postgres = \["\([^>]*\)>=\([0-9.]*\).*/\1==\2/p' pyproject.toml > build/floors.txt
	build/floors/bin/python -m pip --disable-pip-version-check install $(PIP_ARGS) \
	  -r build/floors.txt pytest httpx hypothesis choix 'gymnasium~=1.1.0'
	build/floors/bin/python -m pip --disable-pip-version-check install $(PIP_ARGS) --no-deps -e .
# Old versions deprecate themselves; test_document.py needs what does not exist for them.
	build/floors/bin/python -m pytest -o filterwarnings= -m 'not learning' \
	  --ignore tests/web/test_document.py $(BASE_TESTS)

fix: $(VENV)/.dev ## format the code and mend what the linter can mend
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

constraints: ## resolve every version anew and write constraints.txt
	rm -rf build/resolve
	$(PYTHON) -m venv build/resolve
	build/resolve/bin/python -m pip --disable-pip-version-check install $(PIP_ARGS) -e '.[dev]'
	{ grep '^#' constraints.txt; \
	  build/resolve/bin/python -m pip freeze --exclude-editable | \
	  sed 's/+cpu$$//' | LC_ALL=C sort -f; } > build/constraints.txt
	mv build/constraints.txt constraints.txt

clean: ## remove .venv and everything that was built
	rm -rf $(VENV) build dist *.egg-info .mypy_cache .ruff_cache .pytest_cache .import_linter_cache

# A stamp file per set of packages: nothing is done again before pyproject.toml or constraints.txt change.
$(VENV)/.dev: pyproject.toml constraints.txt | $(BIN)/python
	@echo '==> Installing assent and the development tools into $(VENV) (minutes the first time)'
	$(PIP) -e '.[dev]'
	@touch $(VENV)/.all $@

$(VENV)/.all: pyproject.toml constraints.txt | $(BIN)/python
	@echo '==> Installing assent with control and text into $(VENV) (minutes the first time)'
	$(PIP) -e '.[all]'
	@touch $@

$(BIN)/python:
	@echo '==> Making $(VENV) with $(PYTHON)'
	@command -v $(PYTHON) >/dev/null || { \
	  echo 'There is no $(PYTHON) here. Install Python 3.11 or newer, or name yours: make PYTHON=python3.12' >&2; exit 1; }
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
	  echo "assent needs Python 3.11 or newer; $(PYTHON) is $$($(PYTHON) -V 2>&1). Name another: make PYTHON=python3.12" >&2; exit 1; }
	@$(PYTHON) -c 'import venv, ensurepip' 2>/dev/null || { \
	  echo '$(PYTHON) cannot make virtual environments; on Debian and Ubuntu: apt-get install python3-venv' >&2; exit 1; }
	@$(PYTHON) -m venv $(VENV) || { rm -rf $(VENV); exit 1; }
