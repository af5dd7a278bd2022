#!/bin/sh
# Make what docker-compose.yml reads from deploy/secrets: keys, passwords, and a certificate for trials. What is there is kept.
#
#     sh scripts/prepare_deploy.sh exchange.police.example
set -eu
name="${1:?Say the name of the site: sh scripts/prepare_deploy.sh exchange.police.example}"
folder="${2:-$(dirname "$0")/../deploy/secrets}"
command -v openssl >/dev/null || { echo "openssl is not installed. Debian: apt-get install openssl." >&2; exit 1; }

# The folder keeps other users of this machine out. The files themselves are read in containers, each by a user of its own.
umask 077
mkdir -p "$folder"
put() { chmod 444 "$1.new"; mv "$1.new" "$1"; echo "==> made $1"; }

for secret in secret_key postgres_password redis_password; do
    [ -e "$folder/$secret" ] || { openssl rand -hex 32 >"$folder/$secret.new"; put "$folder/$secret"; }
done
if [ ! -e "$folder/tls.key" ]; then
    case "$name" in *[!0-9.]*) kind=DNS ;; *) kind=IP ;; esac
    openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 90 -subj "/CN=$name" \
        -addext "subjectAltName=$kind:$name" -keyout "$folder/tls.key.new" -out "$folder/tls.crt.new" 2>/dev/null
    put "$folder/tls.key"
    put "$folder/tls.crt"
    echo "==> Browsers warn of this certificate. Put a real one in place of both files before people come."
fi
