#!/usr/bin/env bash
# Run a command with Node.js >= 20.19: the machine's own, or else the one from a Python wheel.
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)

new_enough() {
  "$1" -e 'const [a, b] = process.versions.node.split(".").map(Number); process.exit(a > 20 || (a === 20 && b >= 19) ? 0 : 1)' 2>/dev/null
}

if ! { command -v npm >/dev/null && new_enough node; }; then
  wheel="$root/.venv/node"
  if [ ! -e "$wheel/bin/node" ]; then
    echo "Installing Node.js into .venv (the machine has none, or one older than 20.19)" >&2
    "$root/.venv/bin/python" -m pip install -q --disable-pip-version-check --require-hashes -r "$root/requirements/node.txt"
    mkdir -p "$wheel/bin"
    for name in node npm npx; do
      printf '#!/bin/sh\nexec "%s" "$@"\n' "$root/.venv/bin/$name" >"$wheel/bin/$name.tmp"
      chmod +x "$wheel/bin/$name.tmp" && mv "$wheel/bin/$name.tmp" "$wheel/bin/$name"
    done
  fi
  export PATH="$wheel/bin:$PATH"
fi
exec "$@"
