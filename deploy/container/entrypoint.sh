#!/bin/sh
# Settings that are secrets come by file: NAME_FILE names a file whose content becomes NAME. Then the program takes over.
set -eu
for name in CLARION_DATABASE_URL CLARION_DATABASE_OWNER_URL CLARION_CLAIM_CODE; do
  eval "file=\${${name}_FILE:-}"
  if [ -n "$file" ]; then
    value=$(cat "$file")
    export "$name=$value"
    unset "${name}_FILE"
  fi
done
exec "$@"
