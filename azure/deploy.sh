#!/usr/bin/env bash
# Puts two images into service, by digest: first the backend, then the frontend. Then it looks at the page through its
# public address. Where a revision does not become healthy, runs another image, or the page does not answer as it should,
# the images that ran before are put back and this fails. With the digests of an earlier release it is the rollback. May
# be run again at any time.
#
#   RESOURCE_GROUP=taskapp BACKEND_IMAGE=…@sha256:… FRONTEND_IMAGE=…@sha256:… azure/deploy.sh
#
# The workflow deploy runs it; so can you, signed in by `az login`. scripts/verify-images.sh tells before that who made the
# images.
# AZURE_SUBSCRIPTION_ID, if set, is the only subscription in which it does anything.
set -euo pipefail
# shellcheck source=az.sh
. "$(dirname "$0")/az.sh"

: "${RESOURCE_GROUP:?Say where taskapp is: RESOURCE_GROUP=taskapp}"
group=$RESOURCE_GROUP
for part in backend frontend; do
  name=$(tr '[:lower:]' '[:upper:]' <<<"$part")_IMAGE
  image=${!name-}
  [[ $image =~ ^[a-z0-9./:_-]+@sha256:[0-9a-f]{64}$ ]] ||
    fail "Cannot deploy ${image:-nothing}: $name has to be NAME@sha256:DIGEST, in small letters" 2
  [[ $image == *"/taskapp-$part@"* ]] || fail "Cannot deploy $image as $name: expected an image named taskapp-$part" 2
done

put() { # PART IMAGE: returns once that runs and is healthy
  echo "taskapp-$1: $2"
  app update "$1" --image "$2" --output none && await "$1" "$2"
}

running() { app show "$1" --query 'properties.template.containers[0].image' --output tsv; }

check_az
backend_before=$(running backend)
frontend_before=$(running frontend)
echo "Before: BACKEND_IMAGE=$backend_before FRONTEND_IMAGE=$frontend_before"

if put backend "$BACKEND_IMAGE" && put frontend "$FRONTEND_IMAGE" && smoke; then
  exit 0
fi
echo 'The deployment failed; what ran before is put back' >&2
if put backend "$backend_before" && put frontend "$frontend_before" && smoke; then
  echo 'What ran before runs again' >&2
else
  echo 'It could not be put back: look at it now' >&2
fi
exit 1
