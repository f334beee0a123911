#!/usr/bin/env bash
# Makes everything that taskapp needs in an empty Azure subscription, or brings it up to date: a resource group, a
# file share, the two container apps, and the identity that GitHub Actions signs in with. May be run again.
#
#   REPOSITORY=OWNER/REPO LOCATION=westeurope azure/provision.sh [--dry-run]
#
# Needs the Azure CLI (`az login` done) and, to read the repository's OIDC subject, the GitHub CLI. Private packages need
# REGISTRY_USERNAME and REGISTRY_PASSWORD (a classic token with read:packages) as well. With AUTH_TOKEN_SHA256 and SESSION_KEY
# only who has a token gets in (docs/operations.md). With DATABASE_URL tasks are in that PostgreSQL, and the backend has up to
# MAX_REPLICAS replicas; where it runs already without, its image for PostgreSQL is to be named once: BACKEND_IMAGE=…@sha256:…
set -euo pipefail
cd "$(dirname "$0")"

: "${REPOSITORY:?Say which repository may deploy: REPOSITORY=OWNER/REPO}"
: "${LOCATION:?Say where: LOCATION=westeurope, for instance}"
group=${RESOURCE_GROUP:-taskapp}
owner=$(tr '[:upper:]' '[:lower:]' <<<"${REPOSITORY%%/*}")
identity=taskapp-deploy
dry_run=
[ "${1:-}" = --dry-run ] && dry_run=1

# Prints a command and runs it, unless this is a dry run.
run() {
  { printf '+'; printf ' %q' "$@"; echo; } | sed -E 's/(registryPassword|authTokenSha256|sessionKey|databaseUrl)=[^ ]*/\1=…/g' >&2
  [ -n "$dry_run" ] || "$@"
}

# The image that runs now, so that running this again changes nothing; at first the newest.
image_of() { # PART TAG
  local current=
  [ -n "$dry_run" ] || current=$(az containerapp show --name "taskapp-$1" --resource-group "$group" \
    --query 'properties.template.containers[0].image' --output tsv 2>/dev/null) || true
  echo "${current:-ghcr.io/$owner/taskapp-$1:$2}"
}

run az provider register --namespace Microsoft.App --wait
run az provider register --namespace Microsoft.Storage --wait
run az group create --name "$group" --location "$LOCATION" --output none

parameters=("location=$LOCATION" "frontendImage=$(image_of frontend main)")
if [ -n "${DATABASE_URL:-}" ]; then
  parameters+=("databaseUrl=$DATABASE_URL" "maxReplicas=${MAX_REPLICAS:-4}")
  parameters+=("backendImage=${BACKEND_IMAGE:-$(image_of backend main-postgres)}")
else
  parameters+=("backendImage=${BACKEND_IMAGE:-$(image_of backend main)}")
fi
if [ -n "${REGISTRY_USERNAME:-}" ]; then
  : "${REGISTRY_PASSWORD:?REGISTRY_USERNAME is set: set REGISTRY_PASSWORD too}"
  parameters+=("registryUsername=$REGISTRY_USERNAME" "registryPassword=$REGISTRY_PASSWORD")
fi
if [ -n "${AUTH_TOKEN_SHA256:-}" ]; then
  : "${SESSION_KEY:?AUTH_TOKEN_SHA256 is set: set SESSION_KEY too (openssl rand -base64 32)}"
  parameters+=("authTokenSha256=$AUTH_TOKEN_SHA256" "sessionKey=$SESSION_KEY")
fi
run az deployment group create --name taskapp --resource-group "$group" --template-file main.json \
  --parameters "${parameters[@]}" --output none

run az identity create --name "$identity" --resource-group "$group" --location "$LOCATION" --output none

# Repositories made since July 2026 have ids in their subject, which another repository of that name cannot get.
prefix="repo:$REPOSITORY"
[ -n "$dry_run" ] || prefix=$(gh api "repos/$REPOSITORY/actions/oidc/customization/sub" \
  --jq '.sub_claim_prefix // empty' 2>/dev/null | grep . || echo "$prefix")
run az identity federated-credential create --name github --identity-name "$identity" --resource-group "$group" \
  --issuer https://token.actions.githubusercontent.com --audiences api://AzureADTokenExchange \
  --subject "$prefix:environment:production" --output none

if [ -n "$dry_run" ]; then
  principal=PRINCIPAL_ID scope=/subscriptions/SUBSCRIPTION_ID/resourceGroups/$group
else
  principal=$(az identity show --name "$identity" --resource-group "$group" --query principalId --output tsv)
  scope=$(az group show --name "$group" --query id --output tsv)
fi
# Least rights: the container apps of this group, and nothing else.
run az role assignment create --assignee-object-id "$principal" --assignee-principal-type ServicePrincipal \
  --role 'Container Apps Contributor' --scope "$scope" --output none

[ -z "$dry_run" ] || exit 0
cat <<TEXT

The page: $(az deployment group show --name taskapp --resource-group "$group" --query properties.outputs.url.value --output tsv)

Variables for https://github.com/$REPOSITORY/settings/variables/actions:
  AZURE_DEPLOY           true
  AZURE_CLIENT_ID        $(az identity show --name "$identity" --resource-group "$group" --query clientId --output tsv)
  AZURE_TENANT_ID        $(az account show --query tenantId --output tsv)
  AZURE_SUBSCRIPTION_ID  $(az account show --query id --output tsv)
  AZURE_RESOURCE_GROUP   $group
TEXT
[ -z "${DATABASE_URL:-}" ] || echo '  AZURE_DATABASE         postgres'
