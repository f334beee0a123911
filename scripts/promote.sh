#!/usr/bin/env bash
# Gives the images that ci published for a commit the tags of a release, and builds nothing: `scripts/promote.sh v1.2.3`.
# The tags are 1.2.3, and 1.2, 1 and latest unless a higher release has them. May be run again.
#
# GITHUB_SHA is the commit, GITHUB_REPOSITORY OWNER/REPO, REGISTRY the registry (ghcr.io). VERIFY=false leaves out the
# attestations. Runs in a clone with all tags; needs Docker's buildx, the GitHub CLI, jq, and `docker login` for REGISTRY.
set -euo pipefail

tag=${1:?Name the release: scripts/promote.sh v1.2.3}
: "${GITHUB_SHA:?}" "${GITHUB_REPOSITORY:?}" "${REGISTRY:?}"
owner=$(tr '[:upper:]' '[:lower:]' <<<"${GITHUB_REPOSITORY%%/*}")
# NAME:SUFFIX, where the suffix ends each tag.
images=(taskapp: taskapp-backend: taskapp-backend:-postgres taskapp-frontend:)

# The highest release that a pattern of tags matches.
highest() { git tag --list "v$1" --sort=-version:refname | grep --extended-regexp --max-count=1 '^v[0-9]+\.[0-9]+\.[0-9]+$'; }

version=${tag#v}
minor=${version%.*}
major=${version%%.*}
tags=("$version")
[ "$(highest "$minor.*")" != "$tag" ] || tags+=("$minor")
[ "$(highest "$major.*")" != "$tag" ] || tags+=("$major")
[ "$(highest '*')" != "$tag" ] || tags+=(latest)

# All are found and verified before the first is tagged.
sources=()
for image in "${images[@]}"; do
  name=$REGISTRY/$owner/${image%:*}
  found="$name:sha-$GITHUB_SHA${image#*:}"
  if ! digest=$(docker buildx imagetools inspect "$found" --format '{{json .Manifest}}' | jq --exit-status --raw-output .digest); then
    echo "There is no $found: wait until ci has passed on main for this commit, then run this job again" >&2
    exit 1
  fi
  sources+=("$name@$digest")
done
[ "${VERIFY:-true}" = false ] || "$(dirname "$0")/verify-images.sh" "${sources[@]}"

for index in "${!images[@]}"; do
  name=${sources[index]%@*} suffix=${images[index]#*:} options=()
  for one in "${tags[@]}"; do options+=(--tag "$name:$one$suffix"); done
  # A copy as it is, not wrapped in an index of its own, so that the digest stays.
  docker buildx imagetools create --prefer-index=false "${options[@]}" "${sources[index]}"
  echo "${sources[index]}: ${tags[*]/%/$suffix}"
done
