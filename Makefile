# `make` alone prints what there is. Nothing but Python 3.11+ and make is needed.
#
#   VENV=…      another environment, used as it is: nothing is installed into it
#   PYTHON=…    the interpreter that .venv is made with
#   HOST, PORT, DATABASE_URL, … are the application's own settings: see README.md

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
MAKEFLAGS += --no-print-directory

export PIP_DISABLE_PIP_VERSION_CHECK := 1
export PYTHONDONTWRITEBYTECODE :=

ifeq ($(origin VENV),undefined)
VENV     := .venv
FOR_RUN  := .venv/.run.stamp
FOR_DEV  := .venv/.dev.stamp
else
FOR_RUN  :=
FOR_DEV  :=
endif

PY       := $(VENV)/bin/python
# The lock files are complete, so pip need not resolve anything (--no-deps); byte code is written on first import.
INSTALL  := .venv/bin/python -m pip install --quiet --no-deps --no-compile --require-hashes -r
# One worker more than there are cores: browsers and races wait a good deal of their time.
WORKERS  := $(shell echo $$(( $$(getconf _NPROCESSORS_ONLN 2>/dev/null || echo 2) + 1 )))
PYTEST   := $(PY) -m pytest -n $(WORKERS)
CHECKED  := ticketing tests benchmarks migrations wsgi.py

.PHONY: help setup run test check format bench faults worker openapi translations screenshots lock clean

help: ## this list
	@awk -F ':.*## ' '/^[a-z]+:.*## /{printf "  make %-12s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

setup: $(FOR_DEV) ## the environment .venv with everything for work on the code

run: $(FOR_RUN) ## the shop on http://127.0.0.1:8000 with demo data and background jobs
	@exec $(PY) -m ticketing.supervisor

test: $(FOR_DEV) ## the whole suite: SQLite, PostgreSQL, a real browser
	$(PYTEST) --database sqlite,postgresql $(ARGS)

check: $(FOR_DEV) ## format, lint, types, import rules
	@$(PY) -m ruff format --check $(wildcard $(CHECKED))
	@$(PY) -m ruff check $(wildcard $(CHECKED))
	@$(PY) -m mypy
	@$(VENV)/bin/lint-imports --no-logo

format: $(FOR_DEV) ## write the code the way `make check` wants it
	@$(PY) -m ruff format $(wildcard $(CHECKED))
	@$(PY) -m ruff check --fix $(wildcard $(CHECKED))

bench: $(FOR_DEV) ## speed of the busiest pages and of booking, beside their floors
	@$(PY) -m benchmarks $(ARGS)

faults: $(FOR_DEV) ## fault, load and large-data programs (minutes; not part of `make test`)
	$(PY) -m pytest -m faults --database sqlite,postgresql $(ARGS) tests/faults

worker: $(FOR_RUN) ## a jobs process alone, for a set-up whose web servers run elsewhere
	@exec $(PY) -m flask --app wsgi jobs run

openapi: $(FOR_RUN) ## write the API's schema to docs/openapi.json
	@$(PY) -m flask --app wsgi openapi write docs/openapi.json

translations: $(FOR_DEV) ## gather the sentences of pages and mails for ticketing/translations/*.po
	@$(PY) -m tests.support.translations

screenshots: $(FOR_DEV) ## pictures of the main pages for the README
	@$(PY) -m tests.browser.screenshots

lock: $(FOR_DEV) ## resolve setup.cfg into requirements/*.txt anew (hashes of all platforms)
	@requirements/lock $(PY)

clean: ## remove caches and .venv (instance/ with its data stays)
	rm -rf .venv .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis .schemathesis \
	       .coverage htmlcov build dist *.egg-info
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

# ---------------------------------------------------------------- environment

# $(PYTHON) if given, else the first of these that is new enough.
define FIND_PYTHON
	for python in $${PYTHON:-python3 python3.14 python3.13 python3.12 python3.11 python}; do \
	  if command -v $$python >/dev/null 2>&1 && \
	     $$python -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then found=$$python; break; fi; \
	done; \
	if [ -z "$$found" ]; then \
	  echo "Python 3.11 or newer is needed and was not found (python3 is: $$(python3 --version 2>&1 || echo missing))." >&2; \
	  echo "Name one with: make $(MAKECMDGOALS) PYTHON=/path/to/python3.12" >&2; exit 1; \
	fi
endef

.venv/.made.stamp:
	@$(FIND_PYTHON); echo "Making .venv with $$($$found --version)"; \
	$$found -m venv .venv || { \
	  echo "Could not make an environment: on Debian and Ubuntu, install the package python3-venv." >&2; \
	  rm -rf .venv; exit 1; }
	@touch $@

.venv/.run.stamp: requirements/run.txt .venv/.made.stamp
	@echo "Installing what the application needs"
	@$(INSTALL) requirements/run.txt
	@touch $@

.venv/.dev.stamp: requirements/dev.txt .venv/.made.stamp
	@echo "Installing what work on the application needs"
	@$(INSTALL) requirements/dev.txt
	@touch $@ .venv/.run.stamp
