#!/bin/sh
# Compile the requirement files anew from pyproject.toml. Pins that still fit stay; `make lock UPGRADE=1` takes new ones.
set -eu
cd "$(dirname "$0")/.."
uv=.venv/bin/uv
# Hashes for every platform, and no address of a registry: which one is used is the machine's affair.
options="--quiet --generate-hashes --universal --python-version 3.11 --no-emit-index-url --no-emit-find-links"
UV_CUSTOM_COMPILE_COMMAND="make lock"
export UV_CUSTOM_COMPILE_COMMAND
[ -z "${UPGRADE:-}" ] || options="$options --upgrade"
# shellcheck disable=SC2086
{
    echo "==> requirements.txt"
    $uv pip compile $options pyproject.toml --extra demo --extra dev -o requirements.txt
    echo "==> scripts/requirements-bootstrap.txt"
    $uv pip compile $options --group bootstrap -o scripts/requirements-bootstrap.txt
    echo "==> scripts/requirements-bench.txt"
    # Beside the product, so at versions that agree with it.
    $uv pip compile $options --group bench --constraint requirements.txt -o scripts/requirements-bench.txt
    echo "==> scripts/requirements-node.txt"
    $uv pip compile $options --group node -o scripts/requirements-node.txt
}
