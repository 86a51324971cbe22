# Needs make and Python 3.11 or newer; everything else is installed into .venv.
PYTHON ?= python3
VENV ?= .venv
PEERS_VENV ?= .venv-peers
WORKERS ?= 2
BENCH ?= overhead
PIP_FLAGS ?= --quiet
PYTEST_FLAGS ?=

PIP_INSTALL = -m pip install --disable-pip-version-check $(PIP_FLAGS)
PY = $(VENV)/bin/python

# One pip at a time: demo and test install into the same environment.
.NOTPARALLEL:
.DEFAULT_GOAL := help
.PHONY: help demo test lint types format bench bench-peers clean distclean

help: ## list the targets
	@grep -E '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 14

# An environment whose interpreter has gone (Python was upgraded) is made anew.
define forget_broken
$(shell test -x $(1)/bin/python || rm -f $(1)/.created $(1)/.runtime $(1)/.dev $(1)/.peers)
endef
$(call forget_broken,$(VENV))
$(call forget_broken,$(PEERS_VENV))

%/.created:
	@command -v $(PYTHON) >/dev/null || { \
	  echo "make: $(PYTHON) not found; install Python 3.11 or newer, or name it: make PYTHON=python3.12" >&2; exit 1; }
	@$(PYTHON) -c 'import sys; v = sys.version_info; v >= (3, 11) or sys.exit( \
	  "make: $(PYTHON) is Python %d.%d, numeras needs 3.11 or newer; name one: make PYTHON=python3.12" % v[:2])'
	@echo "Making the virtual environment $*"
	@test -x $*/bin/python || clear=--clear; $(PYTHON) -m venv $$clear $* || { \
	  echo "make: $(PYTHON) -m venv failed; some systems keep it in a package of its own, such as python3-venv" >&2; exit 1; }
	@touch $@

# A stamp is newer than pyproject.toml exactly when what pyproject.toml asks for is installed.
$(VENV)/.runtime: pyproject.toml | $(VENV)/.created
	@echo "Installing numeras with its plots"
	@$(PY) $(PIP_INSTALL) -e '.[plot]'
	@touch $@

$(VENV)/.dev: pyproject.toml | $(VENV)/.created
	@echo "Installing numeras with the tools for its tests"
	@$(PY) $(PIP_INSTALL) -e '.[dev]'
	@touch $@ $(VENV)/.runtime

$(PEERS_VENV)/.peers: pyproject.toml | $(PEERS_VENV)/.created
	@echo "Installing numeras with the engines it is measured against (large)"
	@$(PEERS_VENV)/bin/python $(PIP_INSTALL) -e '.[peers]'
	@touch $@

demo: $(VENV)/.runtime ## train a small CNN on handwritten digits, save pictures to demo_output
	$(PY) -m keras_like.demo --out demo_output

test: lint types ## ruff, pyright and all tests
	$(PY) -m pytest -n $(WORKERS) $(PYTEST_FLAGS)

lint: $(VENV)/.dev ## ruff: rules and format
	$(PY) -m ruff check .
	$(PY) -m ruff format --check .

types: $(VENV)/.dev ## pyright
	$(PY) -m pyright

format: $(VENV)/.dev ## mend what ruff can mend
	$(PY) -m ruff check --fix .
	$(PY) -m ruff format .

bench: $(VENV)/.runtime ## one benchmark of ours: make bench BENCH=overhead
	$(PY) -m benchmarks.$(BENCH)

bench-peers: $(PEERS_VENV)/.peers ## the overhead benchmark beside torch, autograd and MyGrad
	$(PEERS_VENV)/bin/python -m benchmarks.overhead

clean: ## remove caches, build files and the demo's output
	rm -rf build dist *.egg-info .pytest_cache .ruff_cache .hypothesis demo_output
	find . -path './.venv*' -prune -o -name __pycache__ -type d -exec rm -rf {} +

distclean: clean ## clean, and remove the virtual environments
	rm -rf $(VENV) $(PEERS_VENV)
