# Read by the other scripts: where things are, and how to say what is going on.

set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

VENV=.venv
PYTHON=$VENV/bin/python

say() { printf '%s\n' "$*" >&2; }

# A checksum of the named files and folders (only of those that exist).
checksum() {
  local found=()
  for path in "$@"; do [ -e "$path" ] && found+=("$path"); done
  find "${found[@]}" -type f -not -name '*.pyc' -print0 | LC_ALL=C sort -z | xargs -0 sha256sum | sha256sum | cut -c1-16
}

# done_already STAMP CHECKSUM: whether the step that left STAMP ran for the same inputs.
done_already() { [ "$(cat "$1" 2>/dev/null)" = "$2" ]; }
