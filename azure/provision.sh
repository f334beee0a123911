#!/usr/bin/env bash
# Makes everything that taskapp needs in an Azure subscription, and lets the repository deploy there; or brings what is
# there up to date. May be run again at any time, also after it was interrupted. docs/deploy.md leads through it.
#
#   REPOSITORY=OWNER/REPO LOCATION=westeurope AUTH_TOKEN_SHA256=me:HASH azure/provision.sh [--dry-run]
#   REPOSITORY=OWNER/REPO LOCATION=westeurope azure/provision.sh --open      for everybody, without tokens
#
# Needs the Azure CLI and the GitHub CLI, both signed in. --dry-run asks neither, and prints what would be done in an empty
# subscription. All else comes from the environment. What is not set there stays as it is in Azure; what is set to nothing
# (RATE_LIMIT= azure/provision.sh) is taken away.
#
#   RESOURCE_GROUP         the one of the last time, or taskapp; LOCATION is needed where it does not exist yet
#   AZURE_SUBSCRIPTION_ID  if set, the only subscription in which this does anything; else the one of the last time is
#   AUTH_TOKEN_SHA256 SESSION_KEY DATABASE_URL, and the names in `settings` below: as in docs/settings.md, for the backend
#   MAX_REPLICAS           4, of the backend, with DATABASE_URL
#   LOG_DAYS               30: how long logs are kept, up to 730; 0: they end with their replica
#   REGISTRY_USERNAME REGISTRY_PASSWORD  for private packages: a user, and a classic token with read:packages
#   BACKEND_IMAGE          needed once, where DATABASE_URL is set for the first time: the image tagged -postgres, by digest
set -euo pipefail
cd "$(dirname "$0")"
# shellcheck source=az.sh
. ./az.sh

secrets='AUTH_TOKEN_SHA256 SESSION_KEY DATABASE_URL'
settings='ALLOWED_HOSTS CORS_ORIGINS DURABLE_RETENTION_DAYS LOG_LEVEL MAX_DATABASE_MB MAX_TASKS METRICS_PORT RATE_LIMIT'

dry_run='' open=''
for argument in "$@"; do
  case $argument in
    --dry-run) dry_run=1 ;;
    --open) open=1 ;;
    *) fail "Cannot use $argument: the options are --open and --dry-run; settings come from the environment" 2 ;;
  esac
done
: "${REPOSITORY:?Say which repository may deploy: REPOSITORY=OWNER/REPO}"
[[ $REPOSITORY =~ ^[A-Za-z0-9-]+/[A-Za-z0-9._-]+$ ]] || fail "Cannot use REPOSITORY \"$REPOSITORY\": expected OWNER/REPO" 2
[[ ${LOG_DAYS:-0} =~ ^(0|3[0-9]|[4-9][0-9]|[1-6][0-9]{2}|7[0-2][0-9]|730)$ ]] ||
  fail "Cannot use LOG_DAYS \"$LOG_DAYS\": expected 0, or an integer from 30 to 730" 2
[[ ${MAX_REPLICAS:-1} =~ ^[1-9][0-9]{0,2}$ ]] || fail "Cannot use MAX_REPLICAS \"$MAX_REPLICAS\": expected an integer from 1 to 999" 2
hash='([^:,[:space:]]+:)?[0-9a-fA-F]{64}'
[[ ${AUTH_TOKEN_SHA256:-} =~ ^($hash([,[:space:]]+$hash)*)?$ ]] ||
  fail 'Cannot use AUTH_TOKEN_SHA256: expected SHA-256 hashes of 64 hexadecimal digits, not tokens (docs/operations.md, "Access")' 2
[ -z "$open" ] || [ -z "${AUTH_TOKEN_SHA256:-}" ] || fail 'Cannot use AUTH_TOKEN_SHA256 with --open: leave out one of the two' 2
[ -z "${SESSION_KEY:-}" ] || [ ${#SESSION_KEY} -ge 32 ] ||
  fail 'Cannot use SESSION_KEY: expected at least 32 characters, as openssl rand -base64 32 gives' 2
for name in LOCATION BACKEND_IMAGE REGISTRY_USERNAME REGISTRY_PASSWORD $secrets $settings; do
  [[ ${!name-} != *[[:cntrl:]]* ]] || fail "Cannot use $name: there is a line break or another control character in it" 2
done

# Prints a command and runs it, unless this is a dry run.
run() {
  { printf '+'; printf ' %q' "$@"; echo; } >&2
  [ -n "$dry_run" ] || "$@"
}

# 1. What is there.
subscription='' exists='' apps='' current='' hidden='' repository=$REPOSITORY private='' known=''
if [ -z "$dry_run" ]; then
  check_az
  command -v gh >/dev/null || fail 'The GitHub CLI is missing: https://cli.github.com'
  gh auth status >/dev/null 2>&1 || fail 'The GitHub CLI is not signed in: run gh auth login'
  # As GitHub spells it: the subjects of its tokens tell capitals from small letters.
  repository=$(gh api "repos/$REPOSITORY" --jq .full_name) ||
    fail "Cannot read the repository $REPOSITORY: see that it exists and that gh is signed in as its owner"
  private=$(gh api "repos/$REPOSITORY" --jq .private)
  known=$(gh api "repos/$REPOSITORY/actions/variables" --paginate --jq '.variables[] | .name + "=" + .value')
  earlier=$(sed -n 's/^AZURE_SUBSCRIPTION_ID=//p' <<<"$known")
  if [ -n "$earlier" ] && [ "$earlier" != "$subscription" ] && [ -z "${AZURE_SUBSCRIPTION_ID:-}" ]; then
    fail "$repository is deployed to the subscription $earlier, and az uses $subscription: run az account set --subscription $earlier, or set AZURE_SUBSCRIPTION_ID=$subscription to begin anew there"
  fi
  echo "Subscription: $subscription_name ($subscription)" >&2
fi
group=$(sed -n 's/^AZURE_RESOURCE_GROUP=//p' <<<"$known")
group=${RESOURCE_GROUP:-${group:-taskapp}}
[ -n "$dry_run" ] || exists=$(az group exists --name "$group")
if [ "$exists" = true ]; then
  location=$(az group show --name "$group" --query location --output tsv)
  [ -z "${LOCATION:-}" ] || [ "$LOCATION" = "$location" ] ||
    fail "The resource group $group is in $location, not in $LOCATION: leave out LOCATION; to begin anew there, azure/remove.sh $group deletes all of it first"
  apps=$(az resource list --resource-group "$group" --resource-type Microsoft.App/containerApps --query '[].name' --output tsv)
else
  location=${LOCATION:?Say where: LOCATION=westeurope, for instance}
  if [ -z "$dry_run" ]; then
    regions=$(az provider show --namespace Microsoft.App --output tsv \
      --query "resourceTypes[?resourceType=='managedEnvironments'].locations[]" | tr '[:upper:]' '[:lower:]' | tr -d ' ' | sort)
    grep -qx "$location" <<<"$regions" ||
      fail "Container Apps is not offered in LOCATION \"$location\": expected one of $(tr '\n' ' ' <<<"$regions")"
  fi
fi
if [[ $apps == *taskapp-backend* ]]; then
  # A line each; no variable has a name in small letters.
  current=$(az containerapp show --name taskapp-backend --resource-group "$group" --output tsv --query "[ \
    join('=', ['image', properties.template.containers[0].image]), \
    join('=', ['replicas', to_string(properties.template.scale.maxReplicas)]), \
    join('=', ['registry', not_null(properties.configuration.registries[0].username, '')]), \
    properties.template.containers[0].env[?value].join('=', [name, value])][]")
  hidden=$(az containerapp secret list --name taskapp-backend --resource-group "$group" --show-values --output tsv \
    --query "[].join('=', [name, value])")
fi

current() { # NAME: what it is in Azure
  sed -n "s/^$1=//p" <<<"$current"
}

# The value of NAME: as the environment says, or else as it is in Azure.
setting() { # NAME
  local name=$1 secret
  if [ -n "${!name+set}" ]; then
    printf %s "${!name}"
  elif [[ " $secrets REGISTRY_PASSWORD " == *" $name "* ]]; then
    secret=$(tr '[:upper:]_' '[:lower:]-' <<<"$name")
    sed -n "s/^$secret=//p" <<<"$hidden"
  else
    current "$name"
  fi
}

# 2. Who may come in.
tokens=$(setting AUTH_TOKEN_SHA256)
session_key=$(setting SESSION_KEY)
if [ -n "$open" ]; then
  tokens='' session_key=''
elif [ -z "$tokens" ]; then
  fail 'Without tokens everybody who finds the address may read and change the list: set AUTH_TOKEN_SHA256 (docs/deploy.md, step 4), or say --open if that is what you want' 2
elif [ -z "$session_key" ]; then
  session_key=$(openssl rand -base64 32)
fi
database=$(setting DATABASE_URL)
had_database=$(sed -n 's/^database-url=//p' <<<"$hidden")
if [ -n "$database" ] && [ -z "$had_database" ] && [ -z "${BACKEND_IMAGE:-}" ] && [[ $apps == *taskapp-backend* ]]; then
  fail 'The backend that runs has no driver for PostgreSQL: set BACKEND_IMAGE to the image tagged -postgres, NAME@sha256:DIGEST, this once' 2
fi

# 3. The parameters of the template. They go through a pipe, so that no list of processes shows a secret.
quote() { # VALUE
  local value=$1
  value=${value//\\/\\\\}
  value=${value//\"/\\\"}
  printf '"%s"' "$value"
}
parameters='' plain='' secret=''
parameter() { # NAME JSON
  parameters+="${parameters:+, }\"$1\": {\"value\": $2}"
}
for name in $settings; do
  value=$(setting "$name")
  [ -z "$value" ] || plain+="${plain:+, }\"$name\": $(quote "$value")"
done
[ -z "$tokens" ] || secret+="\"AUTH_TOKEN_SHA256\": $(quote "$tokens"), \"SESSION_KEY\": $(quote "$session_key")"
[ -z "$database" ] || secret+="${secret:+, }\"DATABASE_URL\": $(quote "$database")"

registry=${REGISTRY_USERNAME-$(current registry)}
password=''
if [ -n "$registry" ]; then
  password=$(setting REGISTRY_PASSWORD)
  : "${password:?REGISTRY_USERNAME is set: set REGISTRY_PASSWORD too}"
fi

# An image by digest, as ghcr.io tells it to who may pull it: what Azure could not pull, or could not go back to, is no
# image to begin with.
newest() { # NAME TAG
  local name=ghcr.io/$owner/$1 token digest
  if [ -n "$dry_run" ]; then
    echo "$name:$2"
    return
  fi
  token=$({ [ -z "$registry" ] || echo "user = $(quote "$registry:$password")"; } | curl --silent --fail --config - \
    "https://ghcr.io/token?service=ghcr.io&scope=repository:$owner/$1:pull" | sed -n 's/.*"token": *"\([^"]*\)".*/\1/p') || true
  digest=$(echo "header = \"Authorization: Bearer $token\"" | curl --silent --fail --head --config - \
    --header 'Accept: application/vnd.oci.image.index.v1+json, application/vnd.docker.distribution.manifest.list.v2+json' \
    "https://ghcr.io/v2/$owner/$1/manifests/$2" | tr -d '\r' | sed -n 's/^[Dd]ocker-[Cc]ontent-[Dd]igest: *//p') || true
  [ -n "$digest" ] ||
    fail "Cannot read $name:$2: see that ci has published it and that its package is public (docs/deploy.md, steps 1 and 2), or set REGISTRY_USERNAME and REGISTRY_PASSWORD"
  echo "$name@$digest"
}

# The images that run now, so that running this again changes nothing; at first the newest of main.
owner=$(tr '[:upper:]' '[:lower:]' <<<"${REPOSITORY%%/*}")
backend=${BACKEND_IMAGE:-$(current image)}
backend=${backend:-$(newest taskapp-backend "main${database:+-postgres}")}
frontend=''
[[ $apps != *taskapp-frontend* ]] || frontend=$(az containerapp show --name taskapp-frontend --resource-group "$group" \
  --query 'properties.template.containers[0].image' --output tsv)
frontend=${frontend:-$(newest taskapp-frontend main)}
replicas=${MAX_REPLICAS:-}
[ -n "$replicas" ] || [ -z "$had_database" ] || replicas=$(current replicas)
days=${LOG_DAYS:-}
if [ -z "$days" ] && [[ $apps == *taskapp* ]]; then
  days=$(az deployment group show --name taskapp --resource-group "$group" --query properties.parameters.logDays.value --output tsv)
fi

parameter location "$(quote "$location")"
parameter backendImage "$(quote "$backend")"
parameter frontendImage "$(quote "$frontend")"
parameter logDays "${days:-30}"
parameter settings "{$plain}"
[ -z "$database" ] || parameter maxReplicas "${replicas:-4}"
[ -z "$registry" ] || parameter registryUsername "$(quote "$registry")"

# 4. GitHub: the subject that Azure is to trust, and the environment that it names, for main and tags v* alone.
prefix="repo:$REPOSITORY" environment=''
environments=repos/$REPOSITORY/environments
if [ -z "$dry_run" ]; then
  # Repositories made since July 2026 have ids in their subject, which a later one of the same name cannot get.
  prefix=$(gh api "repos/$REPOSITORY/actions/oidc/customization/sub" --jq '.sub_claim_prefix // empty')
  prefix=${prefix:-repo:$repository}
  environment=$(gh api "$environments" --paginate --jq '.environments[] | select(.name == "production") |
    if .deployment_branch_policy.custom_branch_policies then "limited" elif .protection_rules == [] then "" else "protected" end')
fi
case $environment in
  protected)
    fail "The environment production of $repository is open to every branch: limit it to main and tags v* (https://github.com/$repository/settings/environments), and run this again" ;;
  '')
    if ! run gh api --method PUT "$environments/production" --silent \
      -F 'deployment_branch_policy[protected_branches]=false' -F 'deployment_branch_policy[custom_branch_policies]=true'; then
      [ "$private" = true ] || fail "Cannot limit the environment production of $repository to main: see that gh is signed in as its owner"
      echo 'In a private repository GitHub limits environments on paid plans alone: here every branch may deploy' >&2
      environment=unlimited
    fi ;;
esac
if [ "$environment" != unlimited ]; then
  limits=''
  [ -n "$dry_run" ] || limits=$(gh api "$environments/production/deployment-branch-policies" --jq '.branch_policies[] | .type + " " + .name')
  for limit in 'branch main' 'tag v*'; do
    [[ $limits == *"$limit"* ]] || run gh api --method POST "$environments/production/deployment-branch-policies" --silent \
      -f "name=${limit#* }" -f "type=${limit% *}"
  done
fi
parameter repository "$(quote "$repository")"
parameter subject "$(quote "$prefix:environment:production")"

# 5. Azure.
for provider in Microsoft.App Microsoft.Storage Microsoft.ManagedIdentity Microsoft.OperationalInsights; do
  state=''
  [ -n "$dry_run" ] || state=$(az provider show --namespace "$provider" --query registrationState --output tsv)
  [ "$state" = Registered ] || run az provider register --namespace "$provider" --wait
done
[ "$exists" = true ] || run az group create --name "$group" --location "$location" \
  --tags application=taskapp "repository=$repository" --output none
echo "Parameters: {$parameters}, and secrets" >&2
deploy() {
  if [ -n "$registry" ]; then parameter registryPassword "$(quote "$password")"; fi
  parameter secrets "{$secret}"
  printf '{%s}' "$parameters" | az deployment group create --name taskapp --resource-group "$group" \
    --template-file main.json --parameters @- --output none
}
printf '+ az deployment group create --name taskapp --resource-group %q --template-file main.json --parameters @- --output none\n' "$group" >&2
[ -n "$dry_run" ] || deploy

# 6. What the workflow deploy needs to know.
client='…' url=''
if [ -z "$dry_run" ]; then
  outputs=$(az deployment group show --name taskapp --resource-group "$group" --output tsv \
    --query 'properties.outputs.[clientId.value, url.value]')
  { read -r client; read -r url; } <<<"$outputs"
fi
variable() { # NAME VALUE
  run gh variable set "$1" --repo "$repository" --body "$2"
}
variable AZURE_CLIENT_ID "$client"
variable AZURE_TENANT_ID "${tenant:-…}"
variable AZURE_SUBSCRIPTION_ID "${subscription:-…}"
variable AZURE_RESOURCE_GROUP "$group"
variable AZURE_DATABASE "$([ -n "$database" ] && echo postgres || echo sqlite)"
variable AZURE_DEPLOY true

[ -z "$dry_run" ] || exit 0
if ! { await backend && await frontend && smoke; } >&2; then exit 1; fi
cat <<TEXT

The page:  $url
Access:    $([ -n "$tokens" ] && echo 'with a token' || echo 'everybody may read and change the list')
Tasks:     $([ -n "$database" ] && echo "in PostgreSQL, up to ${replicas:-4} replicas" || echo 'in SQLite, with a journal on the share')
Logs:      $([ "${days:-30}" = 0 ] && echo 'end with their replica' || echo "kept for ${days:-30} days")
Settings:  ${plain:-none}
TEXT
