# Two commands do all the set-up: `make demo` and `make test`. Both make .venv and install into it if need be.

# The first that runs: a name on the PATH may be a version manager's that stands for nothing.
ifndef PYTHON
SUPPORTED := import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))
PYTHON := $(shell for each in python3.11 python3.12 python3.13 python3; do \
    "$$each" -c '$(SUPPORTED)' 2>/dev/null && { echo "$$each"; break; }; done)
endif
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed
OUT ?= runs/demo
DATASET ?= tests/data/habitat_houses/objectnav/val

.DELETE_ON_ERROR:
.PHONY: help install demo test test-all lint train-nano

help:
	@echo "make demo        leo-nano, expert and random in both worlds; a table, videos, run folders in $(OUT)"
	@echo "make test        the fast tests (no network, no GPU)"
	@echo "make test-all    the slow tests too"
	@echo "make lint        ruff, and mypy --strict"
	@echo "make train-nano  collect demonstrations and train leo-nano again (under two hours on 2 cores)"

install: $(STAMP)

$(STAMP): setup.py
	@command -v "$(PYTHON)" >/dev/null || { echo "$(if $(PYTHON),$(PYTHON),Python 3.11 to 3.13) not found: install one, or name it with make PYTHON=..."; exit 2; }
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --upgrade pip setuptools wheel
	$(BIN)/python -m pip install --editable '.[test,lint]'
	touch $(STAMP)

# Everything that the demo runs; a run that was interrupted goes on where it stopped.
NAVIGATION := --env leo/ObjectNav-v0 --dataset $(DATASET) --split val --scene house_0004 --width 128 --height 128
BOWLS := --env leo/PutBlocksInBowls-v0
POLICIES := leo-nano expert random

demo: $(STAMP)
	@set -e; for policy in $(POLICIES); do \
	    echo "== ObjectNav in a house that leo-nano was not trained in: $$policy"; \
	    $(BIN)/leo-agent rollout $(NAVIGATION) --policy $$policy --workers 2 $$([ $$policy = leo-nano ] && echo --video 3) \
	        --out $(OUT)/objectnav/$$policy; \
	    for split in seen unseen; do \
	        echo "== Put blocks in bowls, $$split colours: $$policy"; \
	        $(BIN)/leo-agent rollout $(BOWLS) --split $$split --episodes 50 --policy $$policy --workers 2 \
	            $$([ $$policy = leo-nano ] && echo --video 3) --out $(OUT)/bowls-$$split/$$policy; \
	    done; \
	done
	@$(BIN)/leo-agent score $(foreach policy,$(POLICIES),$(OUT)/objectnav/$(policy)) \
	    $(foreach split,seen unseen,$(foreach policy,$(POLICIES),$(OUT)/bowls-$(split)/$(policy)))
	@echo; echo "Run folders: $(OUT). Videos:"; ls $(OUT)/*/*/videos/*.mp4

test: $(STAMP)
	$(BIN)/python -m pytest -m "not slow and not gpu" -n 2

test-all: $(STAMP)
	$(BIN)/python -m pytest -m "not gpu" -n 2

lint: $(STAMP)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	@# A name is of one place for mypy, and three packages lie outside leo_agent here: it reads the tree as installed.
	tree=$$(mktemp -d) && trap 'rm -rf "$$tree"' EXIT && \
	    $(BIN)/python setup.py --quiet build --build-base "$$tree/base" --build-lib "$$tree/lib" && cd "$$tree/lib" && \
	    $(CURDIR)/$(BIN)/mypy --config-file $(CURDIR)/pyproject.toml --cache-dir $(CURDIR)/.mypy_cache

# The commands that made policies/leo/pretrained/leo-nano. House 0004 and the test seeds are in none of its data.
NANO ?= runs/leo-nano
TRAINING_HOUSES := --env leo/ObjectNav-v0 --dataset $(DATASET) --split val \
    --scene house_0001 --scene house_0002 --scene house_0003 --width 128 --height 128 \
    --env-option expert_clearance_m=0.2 --env-option expert_stop_within_m=0.6 --workers 2
TRAINING := --stage full --batch-size 48 --weight-decay 0.02 --bin-smoothing-sigma 2 --history-dropout 0.5 \
    --precision float32

train-nano: $(STAMP)
	$(BIN)/leo-agent collect $(BOWLS) --split seen --mode train --episodes 9000 --width 128 --height 128 \
	    --out $(NANO)/bowls
	$(BIN)/leo-agent collect $(TRAINING_HOUSES) --random-starts 2250 --random-actions 0.15 --no-keep-failures \
	    --out $(NANO)/navigation
	$(BIN)/leo-agent train --data $(NANO)/bowls --data $(NANO)/navigation --weights 0.4 0.6 $(TRAINING) \
	    --steps 2000 --learning-rate 1e-3 --warmup-steps 100 --out $(NANO)/first
	@echo "Where that policy goes by itself, the expert tells what it should have done (DAgger)"
	$(BIN)/leo-agent collect $(TRAINING_HOUSES) --policy $(NANO)/first/policy --episodes 150 --random-starts 300 \
	    --env-option max_episode_steps=60 --seed 1 --out $(NANO)/corrections
	$(BIN)/leo-agent train --init $(NANO)/first/policy --data $(NANO)/bowls --data $(NANO)/navigation \
	    --data $(NANO)/corrections --weights 0.35 0.4 0.25 $(TRAINING) --steps 1600 --learning-rate 7e-4 \
	    --warmup-steps 50 --curriculum-share 0 --out $(NANO)/second
	cp -r $(NANO)/second/policy/. policies/leo/pretrained/leo-nano/
