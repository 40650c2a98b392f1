# Each target sets up what it needs in .venv: make, Python 3.11 or newer and its venv module are enough.

VENV := .venv
BIN := $(VENV)/bin
PROJECT := $(VENV)/.project-installed
TOOLS := $(VENV)/.tools-installed

# The first Python that is new enough and can make virtual environments.
PYTHON ?= $(shell for python in python3 python3.11 python3.12 python3.13 python3.14; do \
	$$python -c 'import ensurepip, sys, venv; sys.exit(sys.version_info < (3, 11))' 2>/dev/null \
	&& echo $$python && break; done)

# pytest-xdist's "auto". Many tests wait for a server, so there is room for more of them than cores.
export PYTEST_XDIST_AUTO_NUM_WORKERS ?= $(shell echo $$(($$(nproc) * 2)))

# With LOCKED=1 the versions of the lock are installed, whatever is newer.
LOCK := .ci/lock.txt
ifeq ($(LOCKED),1)
export PIP_CONSTRAINT := $(CURDIR)/$(LOCK)
endif

SERVE ?= 1
PYTEST_ARGS ?=
TOX_ARGS ?=
MUTANTS_ARGS ?=

# Where pyenv manages the Pythons, let tox find all of them.
PYENV_VERSIONS = $(shell command -v pyenv >/dev/null && pyenv versions --bare \
	| grep -E '^3\.(1[1-9]|[2-9][0-9])\.[0-9]+$$' | paste -sd:)

.DEFAULT_GOAL := help
.PHONY: help demo test browser matrix proof bench mutants lint lock audit dist findings diagnosis stale screenshots translations clean

help:
	@echo "make demo         set everything up, test the sample partners, queue 200 invoices, mail a form, serve the site (SERVE=0: do not serve)"
	@echo "make test         the tests, with a browser; not those that start whole processes (PYTEST_ARGS=… for pytest)"
	@echo "make matrix       tox: all supported versions, PostgreSQL and MariaDB (TOX_ARGS='-e …' for one)"
	@echo "make proof        10,000 queued messages, workers killed and databases restarted amid them (as root; needs minutes)"
	@echo "make bench        the benchmarks"
	@echo "make mutants      faults put into the code at random: which of them no test notices (MUTANTS_ARGS='oauth --size 50')"
	@echo "make lint         style, types, floors and missing migrations"
	@echo "make lock         the versions that are installed, as the lock for development (LOCKED=1 installs them)"
	@echo "make audit        known vulnerabilities of what is locked (needs the network)"
	@echo "make dist         sdist and wheel of both distributions, and their digests"
	@echo "make findings     surprises about other software, shown again (needs minutes)"
	@echo "make diagnosis    the tables of docs/diagnosis.md"
	@echo "make stale        providers and replies that were last read more than a year ago"
	@echo "make screenshots  the pictures of the documentation"
	@echo "make translations the catalogues, brought up to date with the code and compiled (needs gettext)"

$(PROJECT): pyproject.toml smtp_sandbox/pyproject.toml
	@test -n "$(PYTHON)" || { echo "Python 3.11 or newer with its venv module is needed (Debian: python3-venv)"; exit 1; }
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --upgrade 'pip>=25.1'
	$(BIN)/python -m pip install --quiet --editable '.[oauth]'
	$(BIN)/python -m pip install --quiet --editable './smtp_sandbox[oauth]'
	@touch $@

$(TOOLS): $(PROJECT)
	$(BIN)/python -m pip install --quiet --group dev
	@touch $@

demo: $(PROJECT)
	SERVE=$(SERVE) $(BIN)/python -m test_project.demo

# Each of the processes would compile the tests and both packages again, were the bytecode not kept.
test: $(TOOLS) browser
	PYTHONDEVMODE=1 PYTHONMALLOC=pymalloc PYTHONDONTWRITEBYTECODE= $(BIN)/python -m pytest -n auto --dist worksteal \
		-m "not packaging and not servers and not engines and not proof and not processes" -rfEs $(PYTEST_ARGS)

# A Chromium that is there, else Debian's, else Playwright's own, else none.
browser: $(TOOLS)
	@for name in chromium chromium-browser google-chrome; do \
		if command -v $$name >/dev/null; then exit 0; fi; \
	done; \
	if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null \
		&& apt-get update -qq && apt-get install -qq --yes --no-install-recommends chromium; then exit 0; fi; \
	if timeout 300 $(BIN)/playwright install chromium; then exit 0; fi; \
	echo "*** NO BROWSER: install Chromium; without it the browser tests are skipped ***" >&2; \
	test "$(REQUIRE_BROWSER)" != 1

# Two environments at once, each with half of the processes: one installs, or waits for its mail servers, while the other works.
AT_ONCE = PYTEST_XDIST_AUTO_NUM_WORKERS=$$((PYTEST_XDIST_AUTO_NUM_WORKERS / 2)) $(BIN)/tox run-parallel --parallel 2 --parallel-no-spinner
matrix: $(TOOLS)
	$(if $(PYENV_VERSIONS),PYENV_VERSION=$(PYENV_VERSIONS)) $(if $(TOX_ARGS),$(BIN)/tox run $(TOX_ARGS),$(AT_ONCE))

# Servers of PostgreSQL and MariaDB are started for it, where they are installed.
proof: $(TOOLS)
	$(BIN)/python -m pip install --quiet --group postgresql --group mariadb
	$(BIN)/python -m pytest -m proof -n 0 -s -rfEs -o faulthandler_timeout=3600 tests/proof $(PYTEST_ARGS)

bench: $(TOOLS)
	$(BIN)/python -m pip install --quiet --group bench
	$(BIN)/python -m tests.benchmarks

mutants: $(TOOLS)
	$(BIN)/python -m pip install --quiet --group mutants
	PYTHONMALLOC=pymalloc $(BIN)/python -X dev -W ignore -m tests.mutation $(MUTANTS_ARGS)

lint: $(TOOLS)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/lint-imports
	$(BIN)/mypy
	$(BIN)/python -m test_project makemigrations --check --dry-run
	$(BIN)/python -m test_project makemigrations --check --dry-run --settings test_project.settings_custom_partner

lock: $(TOOLS)
	@echo "# What Python 3.11 was developed and tested with: \`make lock\` writes it, \`make test LOCKED=1\` installs it." > $(LOCK)
	$(BIN)/python -m pip freeze --exclude-editable >> $(LOCK)

# In an environment of its own, so that the lock does not hold it. What could not be looked up counts as a failure.
audit: $(PROJECT)
	$(PYTHON) -m venv $(VENV)/audit
	$(VENV)/audit/bin/python -m pip install --quiet 'pip-audit>=2.9'
	$(VENV)/audit/bin/pip-audit --strict --disable-pip --no-deps --requirement $(LOCK)

dist: $(TOOLS)
	rm -rf dist
	$(BIN)/python -m build --outdir dist .
	$(BIN)/python -m build --outdir dist smtp_sandbox
	cd dist && sha256sum *

# Each installs what it needs in a folder of its own; all of them run, and one that fails is named at the end.
findings:
	@failed=; for script in findings/*.sh; do \
		echo "=== $$script"; PYTHON="$(PYTHON)" bash "$$script" || failed="$$failed $$script"; \
	done; test -z "$$failed" || { echo "no longer so:$$failed" >&2; exit 1; }

# The tables of docs/diagnosis.md, from the catalogue.
diagnosis: $(TOOLS)
	$(BIN)/python -m tests.diagnosis.replies.page

# What is known of providers and their replies, and was last read more than a year ago.
stale: $(TOOLS)
	$(BIN)/python -m tests.diagnosis.replies.stale

screenshots: $(TOOLS) browser
	$(BIN)/python -m test_project.screenshots

translations: $(TOOLS)
	cd wagtail_partner_smtp && ../$(BIN)/django-admin makemessages --locale de --locale fr --no-obsolete --add-location file
	cd wagtail_partner_smtp && ../$(BIN)/django-admin compilemessages

clean:
	rm -rf $(VENV) .tox build dist test_project/var
