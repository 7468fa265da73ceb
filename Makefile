# Everything is set up in this folder by the first command that needs it; a second run installs nothing.
#   make demo                 the whole platform on a simulated day of Marseille; Ctrl-C stops all it started
#   make demo CITY=lancashire another city, on recorded real feeds
#   make demo-check           the same without waiting, every figure compared with an independent computation
#   make test                 everything: style, types, dependency rule, all tests with the real parts
PYTHON ?= python3
CITY ?=
WORKERS ?= 2
VIGIE := .venv/bin/vigie
CITY_OPTION := $(if $(CITY),--city $(CITY))
# A simulated city is told into real message servers. Without them its messages travel through files, and the demo says so.
SERVERS := $(if $(CITY),$(wildcard cities/$(CITY)/simulation.yaml),simulated)

.DEFAULT_GOAL := help
.PHONY: help setup demo demo-check test test-unit test-slow bench airflow lint format clean browser servers
.NOTPARALLEL:

help: ## say what there is
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "make %-12s %s\n", $$1, $$2}' Makefile

setup: ## make the environments and jars that are missing
	@$(PYTHON) infra/setup.py

demo: setup ## run the platform on a simulated day (CITY=…: on recorded real feeds) and serve the dashboard
	@$(if $(SERVERS),infra/servers.sh || true)
	@$(VIGIE) demo $(CITY_OPTION)

demo-check: setup ## the same, then compare every figure with an independent computation
	@$(if $(SERVERS),infra/servers.sh || true)
	@$(VIGIE) demo --check $(CITY_OPTION)

lint: setup ## style, types, dependency rule
	@.venv/bin/ruff check .
	@.venv/bin/mypy
	@.venv/bin/mypy --strict infra/setup.py
	@.venv/bin/lint-imports --no-cache

format: setup ## lay out imports and repair what can be repaired alone
	@.venv/bin/ruff check --fix .

test-unit: setup ## tests without a broker, Spark, Superset or browser, on all cores
	@.venv/bin/python -m pytest -m "not integration and not slow" -q -n auto --dist loadfile

test-slow: setup ## a hundred thousand damaged payloads over all connectors
	@.venv/bin/python -m pytest -m slow -q -n auto

test: setup browser servers lint ## everything, with the real parts, and the coverage
	@mkdir -p .vigie/coverage
	@.venv/bin/python -m pytest -m "not slow" -n $(WORKERS) --dist loadfile \
	  --cov --cov-report=term:skip-covered --cov-report=xml:.vigie/coverage/coverage.xml

browser:
	@infra/browser.sh

servers:
	@infra/servers.sh

bench: ## speed, side by side with peers; writes docs/benchmarks.md
	@$(PYTHON) infra/setup.py --bench
	@.venv/bin/python -m benchmarks

airflow: setup ## Airflow on the lake of the demonstration, with a generated login
	@$(VIGIE) airflow $(CITY_OPTION)

clean: ## remove lakes, broker data, logs and caches made here; environments and jars stay
	@rm -rf .vigie/lake .vigie/checkpoints .vigie/kafka .vigie/locks .vigie/logs .vigie/superset .vigie/offsets \
	  .vigie/airflow .vigie/coverage .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis
