# Every target stands on .venv, which is built from the lock with hashes checked.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
MODEL := classifiers/model/model.json

.DEFAULT_GOAL := help
.PHONY: help setup train readme transcripts demo run test corpus check conformance lint types bench size clean lock

help: ## this list
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 12

setup: $(VENV)/installed $(MODEL) ## the environment from the lock, and the model from the corpus

$(VENV)/installed: requirements.lock
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or newer is needed: make PYTHON=python3.12 ...")'
	$(PYTHON) -m venv --clear $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	touch $@

train: $(VENV)/installed ## build the classifier from the corpus, and show how well it does
	$(BIN)/python main.py train

# The model is a product of the corpus and of the code that reads it: made again when they change.
$(MODEL): $(VENV)/installed $(wildcard classifiers/*.py classifiers/*.toml classifiers/corpus/*.jsonl classifiers/concepts/*)
	$(BIN)/python main.py train
	touch $@

readme: setup ## write the figures and transcripts of README.md anew
	$(BIN)/python docs/render.py

transcripts: setup ## write docs/chat anew: the first minutes with the real service, and its times
	$(BIN)/python -m tests.journey.transcript --write

demo: setup ## the whole service on sample feeds for half a minute, alerts in this terminal
	$(BIN)/python main.py demo

run: setup ## the service; with TELEGRAM_BOT_TOKEN it answers in Telegram
	$(BIN)/python main.py run

test: setup ## all tests
	$(BIN)/python -m pytest -n 2

lint: $(VENV)/installed ## style and format
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: $(VENV)/installed ## types, strictly
	$(BIN)/mypy

corpus: $(VENV)/installed ## the corpus: stories told twice, phrases, labels against the guide, balance
	$(BIN)/python -m classifiers.checking

check: lint types corpus test ## all that a change must pass: lint, types, corpus, contracts, tests

conformance: setup ## the real commands on the feeds and evaluation items beside the repository
	$(BIN)/python -m tests.conformance

bench: setup ## the benchmarks: figures as ratios
	@for each in benchmarks/[a-z]*.py; do echo "== $$each"; $(BIN)/python $$each || exit 1; done

size: $(VENV)/installed ## lines of code in each room, against the budget
	$(BIN)/python benchmarks/size.py

lock: ## pin the newest versions that fit pyproject.toml; needs uv
	uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header --extra dev --extra bench pyproject.toml -o requirements.lock

clean: ## remove what the other targets made
	rm -rf $(VENV) classifiers/model build dist .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
