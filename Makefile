# Battery CT. `make` shows what there is; everything sets itself up in build/ (ignored by git).
PYTHON ?= python3
BIN := build/venv/bin
SETUP := @$(PYTHON) tools/setup.py
SOURCES := lib firmware tools tests $(wildcard boot.py main.py)

.DEFAULT_GOAL := help
.PHONY: help setup check test format device-packages requirements clean

help: ## show this list
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## /\1\t/' | awk -F'\t' '{printf "  make %-16s %s\n", $$1, $$2}'

setup: ## install all that is needed, pinned, into build/ (the others do this by themselves)
	$(SETUP)

check: setup ## format, lint, types, layers and device unit tests, in under a minute
	$(BIN)/ruff format --check --quiet $(SOURCES) || (echo "make format would repair that"; false)
	$(BIN)/ruff check --quiet $(SOURCES)
	$(BIN)/mypy
	$(BIN)/pytest -q tests/device tests/test_layers.py tests/test_style.py

test: setup ## everything: the checks, then all tests with one closing summary
	$(BIN)/ruff format --check --quiet $(SOURCES) || (echo "make format would repair that"; false)
	$(BIN)/ruff check --quiet $(SOURCES)
	$(BIN)/mypy
	$(BIN)/pytest

format: setup ## let ruff format the code
	$(BIN)/ruff format $(SOURCES)
	$(BIN)/ruff check --quiet --fix $(SOURCES)

device-packages: setup ## fetch the board's third-party packages into build/device anew
	$(BIN)/python tools/fetch.py

requirements: setup ## pin anew what requirements.in asks for
	$(BIN)/python -m pip install --quiet uv
	$(BIN)/uv pip compile --quiet --universal --python-version 3.10 --no-annotate \
	  --custom-compile-command "make requirements, from requirements.in" requirements.in -o requirements.txt

clean: ## remove build/
	rm -rf build
