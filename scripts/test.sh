#!/bin/sh
# The whole test run, for `make test` and .ci/run alike: pytest's own closing line is the last one, its status is ours.
# Two processes share the files: much of the time goes to waiting for processes and servers. `-n 0` runs all in one.
# The quick files come last (tests/conftest.py); pytest-xdist's own order, by number of tests, leaves a slow file to one process at the end.
set -eu
cd "$(dirname "$0")/.."
# Where Python is told to keep nothing compiled, each of the many processes would compile all it imports: seven seconds of ten.
unset PYTHONDONTWRITEBYTECODE
exec .venv/bin/python -m pytest -n 2 --dist loadfile --no-loadscope-reorder "$@" </dev/null
