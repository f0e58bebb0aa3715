# Two commands do all the set-up: `make demo` and `make test`. Both make .venv and install into it if need be.

PYTHON ?= python3.11
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed
OUT ?= runs/demo
DATASET ?= tests/data/habitat_houses/objectnav/val

.DELETE_ON_ERROR:
.PHONY: help install demo test test-all lint train-nano clean

help:
	@echo "make demo        leo-nano, expert and random in both worlds; a table, videos, run folders in $(OUT)"
	@echo "make test        the fast tests (no network, no GPU)"
	@echo "make test-all    the slow tests too"
	@echo "make lint        ruff and mypy"
	@echo "make train-nano  collect demonstrations and train leo-nano again (about two hours on 2 cores)"

install: $(STAMP)

$(STAMP): setup.py
	@command -v $(PYTHON) >/dev/null || { echo "$(PYTHON) not found: install Python 3.11, or name another with make PYTHON=..."; exit 2; }
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --upgrade pip setuptools wheel
	$(BIN)/python -m pip install --editable '.[test,lint]'
	touch $(STAMP)

test: $(STAMP)
	$(BIN)/python -m pytest -m "not slow and not gpu" -n 2

test-all: $(STAMP)
	$(BIN)/python -m pytest -m "not gpu" -n 2

lint: $(STAMP)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
