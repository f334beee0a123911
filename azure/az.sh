# shellcheck shell=bash
# For the scripts beside it, by `source`: the Azure CLI, checked once, with its known errors in a sentence of ours. Written
# for the bash 3.2 of macOS, too.

# Whatever `az config` says.
export AZURE_CORE_OUTPUT=json AZURE_CORE_ONLY_SHOW_ERRORS=true AZURE_CORE_NO_COLOR=true

fail() { # SENTENCE [STATUS]
  echo "$1" >&2
  exit "${2:-1}"
}

# The Azure CLI. On Windows it ends lines with CR LF, and Git's bash takes arguments that begin with a slash, as Azure's ids
# do, for files, and changes them.
az() {
  local errors status=0
  { errors=$({ MSYS_NO_PATHCONV=1 command az "$@" | tr -d '\r'; } 2>&1 >&3 3>&-) || status=$?; } 3>&1
  [ -z "$errors" ] || printf '%s\n' "$errors" >&2
  [ "$status" = 0 ] || explain "$errors" >&2
  return "$status"
}

# What to do about an error, by the code that Azure gives it.
explain() { # ERRORS
  case $1 in
    *'az login'* | *AADSTS70043* | *AADSTS700082* | *AADSTS50173*)
      echo 'The Azure CLI is not signed in: run az login' ;;
    *SubscriptionNotFound* | *'subscription of '*"doesn't exist"*)
      echo 'There is no such subscription for this account: az account list shows those there are, az account set --subscription ID picks one' ;;
    *ReadOnlyDisabledSubscription*)
      echo 'The subscription is disabled (spent credit, or an unpaid bill): enable it in the portal, or pick another by az account set --subscription ID' ;;
    *MissingSubscriptionRegistration* | *'not registered for the'*'resource provider'* | *'not registered to use namespace'*)
      echo 'A resource provider is not registered in this subscription: run azure/provision.sh, or have its owner run az provider register --namespace Microsoft.App --wait' ;;
    *"'containerapp' is misspelled"* | *'requires the extension containerapp'*)
      echo 'This Azure CLI has no containerapp command: run az upgrade, or az extension add --name containerapp' ;;
    *LocationNotAvailableForResourceType* | *LocationNotSupported* | *NoRegisteredProviderFound*)
      echo 'Something of this is not offered in that region: remove what is half made (azure/remove.sh) and take another LOCATION' ;;
    *EnvironmentsInSubExceeded* | *QuotaExceeded* | *quota*exceeded*)
      echo 'A quota of the subscription is used up, for Container Apps often one environment in a region or in all: delete one, or ask for more in the portal under Quotas; or remove what is half made (azure/remove.sh) and take another LOCATION' ;;
    *CapacityHeavyUsage*)
      echo 'The region has no capacity to give just now: try later, or remove what is half made (azure/remove.sh) and take another LOCATION' ;;
    *DeploymentActive* | *OperationInProgress* | *NotReadyForAppCreation* | *ResourceGroupBeingDeleted*)
      echo 'An earlier run is still at work in Azure: wait until it has ended, some minutes, and run this again' ;;
    *RequestDisallowedBy*)
      echo 'A policy of the subscription forbids this; the text above names it. Some subscriptions allow only certain regions: take another LOCATION' ;;
    *roleAssignments/write*)
      echo 'This account may not assign roles: it takes Owner, or Contributor and User Access Administrator, on the resource group' ;;
    *AuthorizationFailed* | *'does not have authorization'*)
      echo 'This account lacks a right, which the text above names: have an owner of the subscription grant it, or sign in as another' ;;
    *'.image'*'invalid'*)
      echo 'Azure cannot pull that image: see that it is published and its package public, or set REGISTRY_USERNAME and REGISTRY_PASSWORD' ;;
    *ResourceGroupNotFound* | *ResourceNotFound* | *'does not exist'* | *'could not be found'*)
      echo "It is not there in the subscription that az uses, $(command az account show --query name --output tsv 2>/dev/null | tr -d '\r'): az account set --subscription ID picks another, azure/provision.sh makes what is missing" ;;
  esac
}

# Ends with a sentence unless az is there, new enough, and signed in to the subscription that is meant.
check_az() {
  local version account
  command -v az >/dev/null || fail 'The Azure CLI is missing: https://learn.microsoft.com/cli/azure/install-azure-cli'
  # Since 2.62 it has `az containerapp` within, and needs no extension.
  version=$(az version --query '"azure-cli"' --output tsv) || exit 1
  case $version in
    [01].* | 2.[0-9] | 2.[0-9].* | 2.[0-5][0-9].* | 2.6[01].*)
      fail "The Azure CLI is $version, and 2.62 is needed: run az upgrade" ;;
  esac
  account=$(az account show --query '[id, name, tenantId]' --output tsv) || exit 1
  # shellcheck disable=SC2034 # for the scripts
  { read -r subscription; read -r subscription_name; read -r tenant; } <<<"$account"
  if [ -n "${AZURE_SUBSCRIPTION_ID:-}" ] && [ "$AZURE_SUBSCRIPTION_ID" != "$subscription" ]; then
    fail "az uses the subscription $subscription and AZURE_SUBSCRIPTION_ID says $AZURE_SUBSCRIPTION_ID: run az account set --subscription $AZURE_SUBSCRIPTION_ID"
  fi
}

app() { # COMMAND PART ARGUMENT…: az containerapp COMMAND, of taskapp-PART in $group
  local command=$1 part=$2
  shift 2
  # shellcheck disable=SC2086,SC2154 # the command may be two words; the script sets group
  az containerapp $command --name "taskapp-$part" --resource-group "$group" "$@"
}

# Waits until the newest revision of an app is healthy and serves. A cold start takes up to a minute.
await() { # PART [IMAGE]: and until that is what it runs
  local part=$1 wanted=${2:-} revision state='' image attempt
  revision=$(app show "$part" --query properties.latestRevisionName --output tsv) || return
  for ((attempt = 1; attempt <= ${ATTEMPTS:-60}; attempt++)); do
    state=$(app 'revision show' "$part" --revision "$revision" --output tsv \
      --query "join('/', [properties.provisioningState, properties.runningState, not_null(properties.healthState, 'None')])") || true
    case $state in
      # A revision that nobody asks for sleeps; it was ready before that.
      Provisioned/Running*/Healthy | Provisioned/ScaledToZero/*) break ;;
      *Failed/* | */Degraded/*) attempt=${ATTEMPTS:-60} ;;
    esac
    sleep "${PAUSE:-5}"
  done
  if [ "$attempt" -gt "${ATTEMPTS:-60}" ]; then
    echo "The revision $revision of taskapp-$part is not healthy: $state. Its log: az containerapp logs show --name taskapp-$part --resource-group $group --revision $revision --tail 50" >&2
    return 1
  fi
  image=$(app 'revision show' "$part" --revision "$revision" --query 'properties.template.containers[0].image' --output tsv) || return
  if [ -n "$wanted" ] && [ "$image" != "$wanted" ]; then
    echo "taskapp-$part runs $image, not $wanted: has something else deployed meanwhile?" >&2
    return 1
  fi
}

get() { # PATH: what the public address answers, then a line with status and content type
  local body status
  body=$(mktemp) || return
  # Into a file, which curl empties before each retry.
  status=$(curl --silent --show-error --retry 12 --retry-all-errors --retry-delay "${PAUSE:-5}" --max-time 90 \
    --header 'Accept: application/json, text/html' --output "$body" --write-out '%{http_code} %{content_type}' "$url$1") &&
    printf '%s\n%s' "$(cat "$body")" "$status"
  status=$?
  rm -f "$body"
  return "$status"
}

wrong() { # PATH ANSWER EXPECTED
  local answer=${2//$'\n'/ }
  echo "$url$1 answers \"${answer:0:200}\": expected $3" >&2
  return 1
}

# Looks at the page and at the API through the public address, and at what they say: where nginx stands alone it answers
# with HTML, or with a problem of its own.
smoke() {
  local answer closed script
  local line=$'\n'
  local ready='^\{"status":"ok".*'$line'200 application/json'
  local list='^\[.*'$line'200 application/json'
  local refusal=$line'401 application/problem\+json'
  local page='<script [^>]*src="/?([^"]+)".*'$line'200 text/html'
  local code=$line'200 (text|application)/javascript'

  url=https://$(app show frontend --query properties.configuration.ingress.fqdn --output tsv) || return
  answer=$(get /api/readyz) || return
  [[ $answer =~ $ready ]] || wrong /api/readyz "$answer" '{"status":"ok"}' || return
  closed=$(app show backend --output tsv --query "length(properties.template.containers[0].env[?name=='AUTH_TOKEN_SHA256'])") || return
  answer=$(get '/api/tasks?limit=1') || return
  if [ "$closed" = 0 ]; then
    [[ $answer =~ $list ]] || wrong '/api/tasks?limit=1' "$answer" 'a list' || return
  else
    [[ $answer =~ $refusal ]] || wrong '/api/tasks?limit=1' "$answer" '401, since there are tokens' || return
  fi
  answer=$(get /) || return
  [[ $answer =~ $page ]] || wrong / "$answer" 'the page with its script' || return
  script=/${BASH_REMATCH[1]}
  answer=$(get "$script") || return
  [[ $answer =~ $code ]] || wrong "$script" "$answer" 'a script' || return
  echo "The page answers: $url"
}
