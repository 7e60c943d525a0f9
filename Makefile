# The daily loop. Each target is one command that CI runs too (.ci/run); none fetches anything but Python packages.

BIN := .venv/bin
NEW_PAGES := kit.architecture.pictures kit.reference_pages kit.stripping_page kit.terminal.session_recorder

.PHONY: help check fast test pages format lock

help:
	@echo 'make check   style, types on three platforms, and who may import whom'
	@echo 'make fast    the tests that need neither disk nor processes: seconds'
	@echo 'make test    all tests, as README.md says: minutes'
	@echo 'make pages   write the generated pages anew'
	@echo 'make format  put the code into the one format'
	@echo 'make lock    write uv.lock anew, from the public index'

$(BIN)/lint-imports: pyproject.toml
	test -d .venv || python3 -m venv .venv
	$(BIN)/python -m pip install --quiet --editable '.[test]'
	touch $@

check: $(BIN)/lint-imports
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	printf '%s\n' linux win32 darwin | xargs -P 3 -I '{}' $(BIN)/mypy --platform '{}' --cache-dir '.mypy_cache/{}'
	$(BIN)/lint-imports

# What was compiled is kept, whatever the shell says of it: else every run compiles the tests and their asserts anew.
fast: $(BIN)/lint-imports
	PYTHONDONTWRITEBYTECODE= $(BIN)/python -m pytest -q --fast --capture=sys -p no:cacheprovider

test:
	.venv/bin/python -m pip install --quiet --editable '.[test]' && .venv/bin/python -m pytest -q

pages: $(BIN)/lint-imports
	for module in $(NEW_PAGES); do PYTHONPATH=tests $(BIN)/python -m $$module || exit 1; done

format: $(BIN)/lint-imports
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

lock:
	test -d .venv || python3 -m venv .venv
	$(BIN)/python -m pip install --quiet --editable '.[release]'
	$(BIN)/uv lock --no-config --upgrade --default-index https://pypi.org/simple
