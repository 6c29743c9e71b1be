# make demo: the embedded demo from source to report.
# make test: linters and what one tests before every commit.  make test-slow: all other tests.
# All use the active conda environment if there is one, else a .venv made from the pinned requirements.

SHELL := /bin/bash
.DELETE_ON_ERROR:
PYTHON ?= python3

ifneq ($(CONDA_PREFIX),)
ENV := $(CONDA_PREFIX)
else
ENV := .venv
ifneq ($(words $(CURDIR)),1)
$(error the folder '$(CURDIR)' has a space in its path, where Snakemake cannot run a .venv; clone into another folder, \
or activate a conda environment first)
endif
endif
export PATH := $(abspath $(ENV))/bin:$(PATH)

.PHONY: demo test test-slow lint bedtools clean

demo: $(ENV)/.cam-requirements bedtools
	snakemake --cores all all
	@echo "The report: results/report/index.html"

PYTEST = python -m pytest --numprocesses 2 --dist loadfile --no-loadscope-reorder

test: $(ENV)/.cam-requirements-dev bedtools lint
	$(PYTEST) -m "not slow"

test-slow: $(ENV)/.cam-requirements-dev bedtools
	$(PYTEST) -m slow

lint: $(ENV)/.cam-requirements-dev
	ruff check .
	ruff format --check .
	snakefmt --check .
	snakemake --lint

bedtools:
	@command -v bedtools > /dev/null \
	|| { [ "$$(id -u)" = 0 ] && command -v apt-get > /dev/null \
	     && { apt-get install -y bedtools || { apt-get update && apt-get install -y bedtools; }; } > /dev/null 2>&1; } \
	|| { echo "bedtools: not found; install it with 'apt install bedtools', 'brew install bedtools' or" \
	     "'conda install -c bioconda bedtools'" >&2; exit 1; }

$(ENV)/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
	|| { echo "$(PYTHON): found $$($(PYTHON) -V 2>&1), expected Python 3.11 or newer; say make PYTHON=python3.11" >&2; exit 1; }
	$(PYTHON) -m venv $(ENV)

# Then the package itself, in place, so that `cam` is on the PATH. What builds it, setuptools, comes with PyTorch.
$(ENV)/.cam-%: %.txt requirements.txt pyproject.toml | $(ENV)/bin/python
	python -m pip install --quiet --disable-pip-version-check -r $<
	python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@touch $@

clean:
	rm -rf results .snakemake
