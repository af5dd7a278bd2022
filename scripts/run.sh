#!/bin/sh
# `make run`: a demo instance on this machine. Loads the demo content into an empty database, then serves.
set -eu
cd "$(dirname "$0")/.."
IPCU_DEMO="${IPCU_DEMO:-true}"
export IPCU_DEMO
ipcu=.venv/bin/ipcu
echo "==> Bringing the database up to date"
$ipcu database upgrade
echo "==> Loading the demo content (only into an empty database)"
$ipcu demo load
echo "==> Serving on http://${IPCU_HOST:-127.0.0.1}:${IPCU_PORT:-8000} (Ctrl-C stops)"
exec $ipcu serve
