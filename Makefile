# The whole developer interface. Needs Python 3.11+ and make; the rest comes from the lock files.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin

# Where it is set, each of the many processes that the tests start would compile everything anew.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: demo test check bench lock pictures format clean

demo: $(VENV)/run.stamp ## the whole bot on this machine, with no account anywhere
	$(BIN)/python -m bot demo $(if $(RESET),--reset)

test: $(VENV)/dev.stamp ## every test, on all cores, in random order
	$(BIN)/python -m pytest -n auto --dist worksteal --cov --cov-report=term $(ARGS)

check: $(VENV)/dev.stamp ## lint, types, floors, manifest, docs
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python -m bot manifest --check manifest.json
	$(BIN)/python -m pytest -q -p no:randomly tests/project

bench: $(VENV)/dev.stamp ## what is claimed about speed, measured
	$(BIN)/python -m bench $(ARGS)

pictures: $(VENV)/dev.stamp ## take the documents' pictures anew, from the page
	TEST_BROWSER=required TEST_PICTURES=docs/pictures $(BIN)/python -m pytest -q tests/page/whole

format: $(VENV)/dev.stamp
	$(BIN)/ruff check --fix . ; $(BIN)/ruff format .

LOCK := $(BIN)/uv pip compile pyproject.toml --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-emit-find-links --no-header --quiet $(UPGRADE)
lock: $(VENV)/dev.stamp ## write both lock files anew (UPGRADE=--upgrade for newer versions)
	$(LOCK) --extra sandbox -o requirements.lock
	$(LOCK) --extra sandbox --extra dev -c requirements.lock -o requirements-dev.lock

$(VENV)/run.stamp: requirements.lock
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Tokenbell needs Python 3.11 or later")'
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	touch $@

$(VENV)/dev.stamp: requirements-dev.lock $(VENV)/run.stamp
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-dev.lock
	touch $@

clean:
	rm -rf $(VENV) .coverage htmlcov .mypy_cache .ruff_cache .pytest_cache .hypothesis
