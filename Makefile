# `make help` lists what there is.  Needs make and a Python of at least 3.11 with venv.

.DEFAULT_GOAL := help
.PHONY: backup bench doctor faults help restore setup run up down test test-compose lint types boundaries words fix check lock prepare-run prepare-dev

# The system's Python first: it is compiled with profile-guided optimisation, which those of version
# managers seldom are, and does the same with a third less work.  Of all, the first that really runs
# (a shim may be there and fail) and can make environments; failing that, one that says what to install.
PYTHONS := /usr/bin/python3 python3.13 python3.12 python3.11 python3
PYTHON := $(shell for needs in ensurepip,venv sys; do for p in $(PYTHONS); do \
	$$p -c "import $$needs, sys; sys.exit(sys.version_info < (3, 11))" >/dev/null 2>&1 && echo $$p && exit; \
	done; done)
BOOTSTRAP = $(if $(PYTHON),$(PYTHON) supervisor/supervisor/bootstrap.py,\
	echo "frontdesk: no Python of at least 3.11 found. Run: sudo apt-get install -y python3-venv make" >&2; exit 1;)
BIN := .venv/bin

help: ## what there is
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "make %-12s %s\n", $$1, $$2 }' Makefile

# `exec`: no shell stays between make and the program, so a signal to make reaches it.
run: prepare-run ## everything on this machine, in the foreground (PORT, DATA_DIR); Ctrl-C ends it
	@exec $(BIN)/python -m supervisor run

up: ## production with docker compose; returns when everything is healthy (FRONTDESK_DEMO=1: a demo)
	@exec deploy/up

down: ## stop production; its data stays
	@exec docker compose down

setup: prepare-run ## ask what an operator must decide, write .env, send a test mail
	@exec $(BIN)/python -m supervisor.keeping setup

backup: prepare-run ## one sealed file of everything (FILE=path; SHEET=path: a recovery sheet too)
	@exec $(BIN)/python -m supervisor.keeping backup

restore: prepare-run ## an installation out of a backup (FILE=path SHEET=path; ERASED=list), never over another
	@exec $(BIN)/python -m supervisor.keeping restore

doctor: prepare-run ## what is wrong and what to do
	@exec $(BIN)/python -m supervisor.keeping doctor

# What starts whole copies goes alone: those tests are about time.  They share one, and the browser
# finds it fresh.  Of the others three run at once on two cores, as they wait much.
WHOLE := tests/browser tests/seeds tests/system
test: prepare-dev ## all tests but those of containers
	@$(BIN)/python -m pytest -q -n 3 --dist loadfile --no-loadscope-reorder $(WHOLE:%=--ignore=%) tests
	@$(BIN)/python -m pytest -q $(WHOLE)

test-compose: prepare-dev ## production on a Docker Engine: up, a request, kills, PostgreSQL 17
	@exec $(BIN)/python -m pytest -m compose -s tests/compose

lint: prepare-dev ## style and formatting
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .

types: prepare-dev ## mypy, strict
	@$(BIN)/mypy

boundaries: prepare-dev ## who may import whom
	@$(BIN)/lint-imports

words: prepare-dev ## bring the word catalogs up to date with the code; says what lacks a translation
	@$(BIN)/python -m plumbing.catalogs $(patsubst %/locale,%,$(wildcard services/*/*/locale))

fix: prepare-dev ## mend style and formatting
	@$(BIN)/ruff check --fix .
	@$(BIN)/ruff format .

check: lint types boundaries test test-compose ## all of the above

bench: prepare-dev ## speed and memory, against limits measured in the same run (NAME=one of them, or NAME:PART)
	@exec $(BIN)/python -m bench $(NAME)

faults: prepare-dev ## the long fault runs (NAME=one of them, SEED=a seed to repeat)
	@exec $(BIN)/python -m faults $(if $(SEED),--seed $(SEED)) $(NAME)

# Needs uv.  dev first: it constrains the others, so that all install the same versions.
COMPILE := uv pip compile --quiet --universal --generate-hashes --python-version 3.11 \
	--no-emit-index-url --no-annotate --no-header
lock: ## pin requirements/*.in anew (dev.txt constrains the rest)
	@cd requirements && $(COMPILE) dev.in -o dev.txt
	@cd requirements && for set in run content leads notify; do \
		$(COMPILE) -c dev.txt $$set.in -o $$set.txt || exit 1; done
	@cd deploy && $(COMPILE) build.in -o build.txt

prepare-run:
	@$(BOOTSTRAP) run

prepare-dev:
	@$(BOOTSTRAP) dev
