#!/usr/bin/env bash
# Write requirements/*.txt anew from requirements/*.in: exact versions with hashes, for every platform.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
for name in runtime build node test; do
  .venv/bin/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes \
    --no-emit-index-url --no-header "requirements/$name.in" -o "requirements/$name.txt" "$@"
done
