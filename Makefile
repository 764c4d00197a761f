# Two commands do everything on a new machine: `make run` and `make test`.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin

.PHONY: run test proof lint types audit check format picture requirements

run: $(VENV)/ready-to-run
	@$(BIN)/bot serve

test: $(VENV)/ready-to-test
	$(BIN)/pytest -n 4 --dist worksteal  # more than processors: much of the time passes in waiting

# What takes minutes: processes killed, restarted and cut off under load, on both databases.
proof: $(VENV)/ready-to-test
	$(BIN)/pytest -n 2 --dist worksteal -m proof

lint: $(VENV)/ready-to-test
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: $(VENV)/ready-to-test
	$(BIN)/mypy

# What is installed and was not asked for, what is not pinned, and secrets in files. Needs no network.
audit: $(VENV)/ready-to-test
	$(BIN)/pip check
	$(BIN)/python -m tests.audit

check: test lint types audit
	$(BIN)/bot knowledge check

format: $(VENV)/ready-to-test
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

# The picture in the README: a real chat in a real browser.
picture: $(VENV)/ready-to-test
	$(BIN)/python -m tests.screenshots docs

# Pins for hosts that install by requirements.txt, out of what pyproject.toml asks for.
requirements: $(VENV)/ready-to-test
	$(BIN)/pip-compile --quiet --strip-extras --no-annotate --no-header --no-emit-index-url --no-emit-find-links \
		--no-emit-trusted-host --no-emit-options --upgrade --output-file requirements.txt pyproject.toml
	printf '%s\n' '-e .' >> requirements.txt

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo 'Python 3.11 or newer is needed: install it, or name it: make PYTHON=python3.12 run'; exit 1; }
	@$(PYTHON) -m venv $(VENV) || \
		{ rm -rf $(VENV); echo 'Python cannot make an environment: install its venv module (Debian: python3-venv)'; exit 1; }

$(VENV)/ready-to-run: $(BIN)/python requirements.txt pyproject.toml
	@echo 'Installing (once) ...'
	@$(BIN)/pip install --quiet --disable-pip-version-check -r requirements.txt
	@touch $@

$(VENV)/ready-to-test: $(VENV)/ready-to-run
	@$(BIN)/pip install --quiet --disable-pip-version-check -e '.[dev]'
	@touch $@
