# hiprun: `make run` and `make test` set up what they need in .venv and nothing outside this folder.
PYTHON ?= python3
COHORT ?= demo
BIN    := .venv/bin

# Caches of the tools below stay in this folder too.
export PIP_NO_CACHE_DIR = 1
export PIP_DISABLE_PIP_VERSION_CHECK = 1
export XDG_CACHE_HOME = $(CURDIR)/.venv/var/cache
export MPLCONFIGDIR = $(CURDIR)/.venv/var/matplotlib
export IPYTHONDIR = $(CURDIR)/.venv/var/ipython
export JUPYTER_DATA_DIR = $(CURDIR)/.venv/var/jupyter
export JUPYTER_CONFIG_DIR = $(CURDIR)/.venv/var/jupyter-config
export JUPYTER_RUNTIME_DIR = $(CURDIR)/.venv/var/jupyter-runtime
export UV_CACHE_DIR = $(CURDIR)/.venv/var/uv

.PHONY: run test test-slow lab lint lock clean

run: .venv/.ready          ## run the whole suite on the demo cohort (COHORT=name for another)
	$(BIN)/hiprun run $(COHORT)

test: .venv/.ready         ## run every test
	$(BIN)/python -m pytest -n 2 --dist loadfile --no-loadscope-reorder

test-slow: .venv/.ready    ## run the simulations that take minutes: calibration of the models, power
	$(BIN)/python -m pytest -m slow

lab: .venv/.ready          ## open JupyterLab on the notebooks
	$(BIN)/hiprun lab

lint: .venv/.ready         ## check style
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

lock: .venv/.ready         ## renew requirements.lock from pyproject.toml
	$(BIN)/uv pip compile --quiet --universal --generate-hashes --no-emit-index-url --no-annotate \
		--custom-compile-command "make lock" --python-version 3.11 --extra dev --upgrade pyproject.toml -o requirements.lock

clean:                     ## remove what this Makefile made; raw data and reports stay
	rm -rf .venv dist build .pytest_cache .ruff_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

# Set up once, and again only when the lock or the package's metadata changes.
.venv/.ready: requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; v = sys.version_info; sys.exit(0 if v >= (3, 11) else "hiprun needs Python 3.11 or newer; this is %d.%d. Say which with: make PYTHON=/path/to/python3" % v[:2])'
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --require-hashes -r requirements.lock
	$(BIN)/python -m pip install --quiet --no-deps --no-build-isolation --editable .
	@mkdir -p .venv/var && touch $@
