#!/usr/bin/env bash
# Removes all that provision.sh made in Azure, with every task and every log, for good. May be run again.
#
#   azure/remove.sh RESOURCE_GROUP [--dry-run]
#
# It asks for the name once more unless YES=1 is set, and refuses where anything in the group is not tagged as taskapp's.
# What is left on GitHub (packages, variables, the environment, the repository) docs/deploy.md says how to delete.
# AZURE_SUBSCRIPTION_ID, if set, is the only subscription in which it does anything.
set -euo pipefail
# shellcheck source=az.sh
. "$(dirname "$0")/az.sh"

group=${1:?Say what to remove: azure/remove.sh RESOURCE_GROUP [--dry-run]}
dry_run=''
case ${2:-} in
  '') ;;
  --dry-run) dry_run=1 ;;
  *) fail "Cannot use $2: the option is --dry-run" 2 ;;
esac

run() {
  echo "+ $*" >&2
  [ -n "$dry_run" ] || "$@"
}

check_az
if [ "$(az group exists --name "$group")" != true ]; then
  echo "There is no resource group $group in the subscription $subscription_name: nothing to remove"
  exit
fi
others=$(az resource list --resource-group "$group" --query "[?tags.application!='taskapp'].id" --output tsv)
[ -z "$others" ] || fail "Not removed: in $group there are things that provision.sh did not make. Delete or move these first:
$others"
if [ -z "$dry_run" ] && [ "${YES:-}" != 1 ]; then
  printf %s "This deletes every task in $group ($subscription_name). Type its name to go on: " >&2
  read -r answer || true
  [ "$answer" = "$group" ] || fail 'Not removed: that was not its name'
fi
# A workspace that goes with its group can be had back for two weeks, logs and all: this one goes at once.
workspace=$(az resource list --resource-group "$group" --resource-type Microsoft.OperationalInsights/workspaces --query '[].name' --output tsv)
[ -z "$workspace" ] ||
  run az monitor log-analytics workspace delete --resource-group "$group" --workspace-name "$workspace" --force --yes
run az group delete --name "$group" --yes
[ -n "$dry_run" ] || echo "Removed: $group"
