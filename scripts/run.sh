#!/bin/sh
# `make run`: a demo instance on this machine. Loads the demo content into an empty database, then serves.
set -eu
cd "$(dirname "$0")/.."
IPCU_DEMO="${IPCU_DEMO:-true}"
export IPCU_DEMO
# Where Python is told to keep nothing compiled, every start would compile all it imports: seven seconds of ten.
unset PYTHONDONTWRITEBYTECODE
echo "==> Starting"
# One process for all of it: the program takes longer to load than to find that nothing is to be done.
exec .venv/bin/ipcu serve --prepare
