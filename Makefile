# make bench    run the benchmarks, save the run and write report.html; RUNS=5 makes five runs and sums them up
#               together; ARGS="--fast", ARGS="-k download" or any other pytest options; WORKLOAD=/path/my_work.py runs
#               your own work alone
# make advise   say within seconds which pattern to choose for WORKLOAD=/path/my_work.py, by a few of its tasks and what
#               the saved runs tell; ARGS=--check-advice measures every pattern too, and compares
# make test     run the suite's own tests; ARGS="tests/analysis" or any other pytest options say which, and
#               ARGS=-n0 runs them in one process, which a debugger needs
# make check    lint, format, types and workflows
# make format   let ruff put the format right
# make pythons  tests and a fast benchmark under each CPython from 3.11 on that is on the PATH, then side by side;
#               PYTHONS="python3.11 python3.13" says which; TESTS and ARGS narrow the tests and the benchmark
# make overhead measure what the harness itself costs, in twelve interleaved pairs or more
# make readme   draw the README's pictures from saved runs; README_RUNS="3-22" chooses other than the newest
# make clean    remove the environment that these made; saved runs stay
#
# Each sets up what it needs in .venv. PYTHON=python3.13 chooses the Python, and .venv-python3.13 is its environment;
# VENV=folder chooses another, which without PYTHON is used as it is.

PYTHON ?= python3
VENV ?= .venv$(if $(filter-out python3,$(PYTHON)),-$(notdir $(PYTHON)))
ARGS ?=
WORKLOAD ?=
RUNS ?= 1
README_RUNS ?=
README_IMAGES := timeline-download-talk timeline-math-primes
PYTHONS ?=
TESTS ?=

bin := $(VENV)/bin

free-threaded := $(bin)/python -c 'import sys, sysconfig; sys.exit(not sysconfig.get_config_var("Py_GIL_DISABLED"))'
undrawn := what draws the report is not to be had for this free-threaded Python: all else works, and another Python \
    makes the report of the saved runs, with python -m analysis report

# Each file is compiled once, whatever the shell says, and not by each of the many processes.
export PYTHONDONTWRITEBYTECODE :=
# Python finds the suite's modules in this folder, whatever the shell says.
export PYTHONSAFEPATH :=

# uv makes environments without pip. Where it is not there either, Python may have one to put in.
define install
if $(bin)/python -c 'import pip' 2>/dev/null; then :; \
elif command -v uv >/dev/null; then uv pip install --quiet --python $(bin)/python $(1); exit $$?; \
elif ! $(bin)/python -m ensurepip >/dev/null 2>&1; then \
    echo "$(VENV) has no pip, and neither uv nor ensurepip is there to do without: install pip in it, or uv" >&2; exit 2; \
fi; \
$(bin)/python -m pip install --quiet $(1)
endef

.PHONY: bench advise test check format pythons overhead readme clean same-python
.DELETE_ON_ERROR:

bench: $(VENV)/installed
	@$(bin)/python -m campaign.repeat "$(RUNS)" --report=report.html $(if $(WORKLOAD),"--workload=$(WORKLOAD)") $(ARGS)

advise: $(VENV)/installed
	@$(bin)/python -m pytest --benchmark-only --advise $(if $(WORKLOAD),"--workload=$(WORKLOAD)") $(ARGS)

test: $(VENV)/installed-dev
	$(bin)/python -m pytest -o testpaths=tests --numprocesses=4 --dist=worksteal $(ARGS)

check: $(VENV)/installed-dev
	$(bin)/ruff check .
	$(bin)/ruff format --check .
	$(bin)/mypy
	$(bin)/check-jsonschema --builtin-schema vendor.github-workflows .github/workflows/*.yml
	$(bin)/zizmor --offline --no-progress --quiet --pedantic .github/workflows

format: $(VENV)/installed-dev
	$(bin)/ruff check --fix .
	$(bin)/ruff format .

pythons: | $(bin)/python
	@exec env MAKE="$(MAKE)" $(bin)/python -m campaign.pythons $(PYTHONS) -- $(TESTS) -- $(ARGS)

overhead: $(VENV)/installed
	$(bin)/python -m pytest --benchmark-only --rigorous -m overhead --benchmark-min-rounds=4 --benchmark-max-time=1 $(ARGS)

readme: $(VENV)/installed
	@all=$$(mktemp -d) && trap 'rm -rf "$$all"' EXIT && \
	$(bin)/python -m analysis report $(README_RUNS) -o "$$all/report.html" --images "$$all/images" >/dev/null && \
	mkdir -p docs/images && for name in $(README_IMAGES); do cp -v "$$all/images/$$name"-*.svg docs/images/; done

clean:
	rm -rf $(VENV) .pytest_cache .mypy_cache .ruff_cache .hypothesis

$(bin)/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and \
	    "$(PYTHON) is Python %d.%d and the suite needs 3.11 or later: make PYTHON=python3.13" % sys.version_info[:2])'
	$(PYTHON) -m venv $(VENV)

# Asked for is PYTHON, unless VENV alone is given.
same-python: | $(bin)/python
	@$(if $(filter file,$(origin VENV))$(filter-out file,$(origin PYTHON)),$(bin)/python -m campaign.interpreters "$(PYTHON)" $(origin PYTHON))

# What draws is not built for every free-threaded Python: such a Python measures, and another one draws.
$(VENV)/installed: requirements.txt requirements-measure.txt | same-python
	@$(call install,--requirement requirements-measure.txt)
	@( $(call install,--only-binary vl-convert-python --requirement requirements.txt) ) || \
	    { $(free-threaded) && echo "$(undrawn)"; }
	@touch $@

$(VENV)/installed-dev: requirements-dev.txt $(VENV)/installed
	@$(call install,--requirement requirements-dev.txt)
	@touch $@
