#!/usr/bin/env bash
# Prints the part of CHANGELOG.md for a release: `scripts/release-notes.sh v1.2.3`. Fails when there is none, or when
# package.json has another version. A second argument is the folder of both files, if not this repository.
set -euo pipefail

version=${1:?Name the release: scripts/release-notes.sh v1.2.3}
version=${version#v}
folder=${2:-$(dirname "$0")/..}
# Two spaces: the package's own version, as npm writes it.
packaged=$(sed -n 's/^  "version": "\(.*\)",\{0,1\}$/\1/p' "$folder/package.json")
if [ "$packaged" != "$version" ]; then
  echo "package.json has version $packaged, not $version: set it on main before the tag (npm version --no-git-tag-version $version)" >&2
  exit 1
fi
notes=$(awk -v heading="## $version" '
  /^## / { inside = ($0 == heading || index($0, heading " ") == 1); next }
  inside
' "$folder/CHANGELOG.md")
if [ -z "${notes//[[:space:]]/}" ]; then
  echo "$folder/CHANGELOG.md has no part \"## $version\": write it before the tag" >&2
  exit 1
fi
echo "$notes"
