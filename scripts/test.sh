#!/bin/sh
# The whole test run, for `make test` and .ci/run alike: pytest's own closing line is the last one, its status is ours.
set -eu
cd "$(dirname "$0")/.."
exec .venv/bin/python -m pytest "$@" </dev/null
