#!/bin/sh
# The whole test run, for `make test` and .ci/run alike: pytest's own closing line is the last one, its status is ours.
# Two processes share the files: much of the time goes to waiting for processes and servers. `-n 0` runs all in one.
set -eu
cd "$(dirname "$0")/.."
exec .venv/bin/python -m pytest -n 2 --dist loadfile "$@" </dev/null
