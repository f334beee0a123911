#!/usr/bin/env bash
# Puts two images into service, by digest: first the backend, then the frontend. Where a new revision does not become
# healthy, or the page does not answer through its public address, the images that ran before are put back and this
# fails. With the digests of an earlier release it is the rollback. May be run again.
#
#   RESOURCE_GROUP=taskapp BACKEND_IMAGE=…@sha256:… FRONTEND_IMAGE=…@sha256:… azure/deploy.sh
set -euo pipefail

: "${RESOURCE_GROUP:?Say where taskapp is: RESOURCE_GROUP=taskapp}"
for image in "${BACKEND_IMAGE:?}" "${FRONTEND_IMAGE:?}"; do
  if ! [[ $image =~ ^[a-z0-9./_-]+@sha256:[0-9a-f]{64}$ ]]; then
    echo "Cannot deploy $image: an image has to be named NAME@sha256:DIGEST, in small letters" >&2
    exit 2
  fi
done
# Waiting for a revision: so often, so many seconds apart. A cold start takes up to a minute.
attempts=${ATTEMPTS:-60} pause=${PAUSE:-5}

app() { # COMMAND PART ARGUMENT…: az containerapp COMMAND, of taskapp-PART
  local command=$1 part=$2
  shift 2
  # shellcheck disable=SC2086 # the command may be two words
  az containerapp $command --name "taskapp-$part" --resource-group "$RESOURCE_GROUP" "$@"
}

running() { app show "$1" --query 'properties.template.containers[0].image' --output tsv; }

put() { # PART IMAGE: returns when the new revision is healthy
  echo "taskapp-$1: $2"
  app update "$1" --image "$2" --output none || return
  local revision state=
  revision=$(app show "$1" --query properties.latestRevisionName --output tsv) || return
  for ((attempt = 1; attempt <= attempts; attempt++)); do
    state=$(app 'revision show' "$1" --revision "$revision" \
      --query "join('/', [properties.provisioningState, properties.runningState, properties.healthState])" --output tsv) || true
    case $state in
      # A revision that nobody asks for is scaled to zero, and has been ready before.
      Provisioned/Running*/Healthy | Provisioned/ScaledToZero/*) return 0 ;;
      Failed/* | */Failed/* | */Degraded/*) break ;;
    esac
    sleep "$pause"
  done
  echo "The revision $revision of taskapp-$1 is not healthy: $state" >&2
  return 1
}

# An answer of the API itself: where nginx stands alone, it answers with HTML or with its own problem.
smoke() {
  local url answer ready=$'^\\{"status":"ok".*\\}\napplication/json'
  url=https://$(app show frontend --query properties.configuration.ingress.fqdn --output tsv) || return
  answer=$(curl --fail --silent --show-error --retry 12 --retry-all-errors --retry-delay "$pause" --max-time 90 \
    --header 'Accept: application/json' --write-out '\n%{content_type}' "$url/api/readyz") || return
  if ! [[ $answer =~ $ready ]]; then
    echo "$url/api/readyz does not say that it is ready: ${answer:0:200}" >&2
    return 1
  fi
  curl --fail --silent --show-error --max-time 90 --output /dev/null "$url/" || return
  echo "The page answers: $url"
}

backend_before=$(running backend)
frontend_before=$(running frontend)
echo "Before: BACKEND_IMAGE=$backend_before FRONTEND_IMAGE=$frontend_before"

if put backend "$BACKEND_IMAGE" && put frontend "$FRONTEND_IMAGE" && smoke; then
  exit 0
fi
echo 'The deployment failed; what ran before is put back' >&2
put backend "$backend_before" && put frontend "$frontend_before" || echo 'It could not be put back: look at it now' >&2
exit 1
