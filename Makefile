# Battery CT. `make` shows what there is; everything sets itself up in build/ (ignored by git).
PYTHON ?= python3
BIN := build/venv/bin
SETUP := @command -v $(PYTHON) >/dev/null || { echo "make: no $(PYTHON) here; install Python 3.10 or \
  newer, or name one: make PYTHON=/path/to/python3" | tr -s ' '; exit 1; }; $(PYTHON) tools/setup.py
FORMAT_OUTPUT := --quiet --output-format concise
SOURCES := lib firmware tools tests $(wildcard boot.py main.py)

.DEFAULT_GOAL := help
export MICROPYTHON
.PHONY: help setup run sim check test hostile format page analog docs hardware hardware-docs run-picture bench bench-all flash board rooms screenshots chaos long
.PHONY: micropython32 device-packages
.PHONY: requirements clean

help: ## show this list
	@grep -hE '^[a-z0-9-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z0-9-]+):.*## /\1\t/' | awk -F'\t' '{printf "  make %-16s %s\n", $$1, $$2}'

setup: ## install all that is needed, pinned, into build/ (the others do this by themselves)
	$(SETUP)

run: page ## the virtual board alive: SCENARIO= RS485= HTTP_PORT= MICROPYTHON=; Ctrl-C ends it
	@exec $(BIN)/python -m tools.play.run $(if $(RS485),--rs485 '$(RS485)') \
	  $(if $(SCENARIO),--scenario '$(SCENARIO)') $(if $(HTTP_PORT),--http-port '$(HTTP_PORT)')

sim: page ## one scenario in virtual time: make sim SCENARIO=file.toml OUT=dir
	@$(if $(and $(strip $(SCENARIO)),$(strip $(OUT))),,echo "make sim SCENARIO=file.toml OUT=dir"; exit 2)
	@$(BIN)/python -m tools.play.sim '$(SCENARIO)' '$(OUT)'

check: page ## format, lint, types, layers and device unit tests, in under a minute
	@$(BIN)/ruff format --check $(FORMAT_OUTPUT) $(SOURCES) || (echo "make format repairs that"; false)
	$(BIN)/ruff check --quiet $(SOURCES)
	$(BIN)/mypy
	$(BIN)/pytest -q -n auto -m "not slow" -k "not 32bit" tests/device tests/test_layers.py tests/test_style.py

test: page ## everything: the checks, then all tests with one closing summary
	@$(BIN)/python -m tools.micropython32 || echo "  so the tests with a board's words are skipped"
	@$(BIN)/ruff format --check $(FORMAT_OUTPUT) $(SOURCES) || (echo "make format repairs that"; false)
	$(BIN)/ruff check --quiet $(SOURCES)
	$(BIN)/mypy
	$(BIN)/pytest -n auto

hostile: page ## thousands of random seeds against the RS485 line and its inverter (HOSTILE=20 times the usual; minutes)
	HOSTILE=$(or $(HOSTILE),20) $(BIN)/pytest -q -s tests/fake_inverter/test_rtu_properties.py
	HOSTILE=$(or $(HOSTILE),20) $(BIN)/pytest -q -rP tests/device/inverter/test_hostile_inverter.py

format: setup ## let ruff format the code
	$(BIN)/ruff format $(SOURCES)
	$(BIN)/ruff check --quiet --fix $(SOURCES)

page: setup ## pack the device's page for the board
	@$(BIN)/python -m tools.board.page

chaos: page ## random combinations of all that can happen: make chaos SEEDS=200 [FIRST=1]
	@$(BIN)/python -m tools.chaos $(if $(SEEDS),--seeds '$(SEEDS)') $(if $(FIRST),--first '$(FIRST)')

long: page ## a long life in virtual time, and chaos and bad input by the hundred thousand (hours)
	@$(BIN)/python -m tools.chaos.long
	@$(BIN)/python -m tools.chaos --seeds 200
	BATTERY_CT_LONG=1 $(BIN)/pytest tests/brick tests/device/device tests/device/lib/test_rtu_fuzz.py \
	  tests/device/views/test_bad_requests.py

analog: setup ## mains sensing and output in ngspice: numbers, picture, docs/hardware-*.md
	@$(BIN)/python -m tools.analog

docs: setup ## HTML of docs/ in build/html, searchable; a broken link or picture is an error
	@$(BIN)/python -m tools.manual
	@$(BIN)/python -m tools.docs

hardware: setup ## board and schematic checked and plotted with KiCad 6 (needs kicad, xvfb, xdotool)
	@$(BIN)/python -m tools.hardware.board

run-picture: page ## what make run shows, as docs/run.svg for the README
	@$(BIN)/python -m tools.play.picture

hardware-docs: setup ## drawings, parts list and pin table from the netlist in tools/hardware
	@$(BIN)/python -m tools.hardware

bench: page ## how good the current is, two seeds: table, docs/metrology.md, pictures (minutes)
	@$(BIN)/python -m tools.bench

bench-all: page ## the same with twelve seeds (an hour)
	@$(BIN)/python -m tools.bench --seeds 12

screenshots: page ## pictures of the page for the manual: docs/manual/pages/*.png
	@$(BIN)/python -m tests.views.screenshots

flash: page ## put the firmware on a board: make flash PORT=/dev/ttyUSB0
	@$(BIN)/python -m tools.board.flash $(if $(PORT),'$(PORT)')

board: setup ## a virtual board's serial port for mpremote (FLASH= its folder, LINK= its port)
	@exec $(BIN)/python -m tools.board.pty $(if $(FLASH),--flash '$(FLASH)') $(if $(LINK),--link '$(LINK)')

rooms: setup ## draw the rooms of the house anew, from the real imports: docs/rooms*.svg
	@$(BIN)/python -m tools.rooms

micropython32: setup ## an interpreter with a board's words of 32 bits and single floats (Debian)
	@$(BIN)/python -m tools.micropython32

device-packages: setup ## fetch the board's third-party packages into build/device anew
	$(BIN)/python -m tools.board.fetch

requirements: setup ## pin anew what requirements.in asks for
	$(BIN)/python -m pip install --quiet uv
	$(BIN)/uv pip compile --quiet --universal --python-version 3.10 --no-annotate \
	  --custom-compile-command "make requirements, from requirements.in" requirements.in -o requirements.txt
	$(BIN)/uv pip compile --quiet --universal --python-version 3.10 --no-annotate \
	  --custom-compile-command "make requirements, from requirements-docs.in" requirements-docs.in -o requirements-docs.txt

clean: ## remove build/
	rm -rf build
