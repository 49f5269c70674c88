#!/bin/sh
# The reference of plug-ins is what they say of themselves. Usage: reference.sh PROGRAM TOP
set -e
made=$(mktemp)
trap 'rm -f "$made"' EXIT
"$1" "$2/scripts" > "$made"
if ! diff -u "$2/docs/reference.md" "$made"; then
  echo "docs/reference.md is stale: $1 scripts > docs/reference.md"
  exit 1
fi
