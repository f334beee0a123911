#!/usr/bin/env bash
# Prints the part of CHANGELOG.md, or of another file, for a version: `scripts/release-notes.sh v1.2.3 [FILE]`.
set -euo pipefail

version=${1:?Say which version: scripts/release-notes.sh v1.2.3}
file=${2:-$(dirname "$0")/../CHANGELOG.md}
notes=$(awk -v heading="## ${version#v}" '
  /^## / { inside = ($0 == heading || index($0, heading " ") == 1); next }
  inside
' "$file")
if [ -z "${notes//[[:space:]]/}" ]; then
  echo "$file has no part \"## ${version#v}\": write it before the tag" >&2
  exit 1
fi
echo "$notes"
