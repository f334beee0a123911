#!/usr/bin/env bash
# Removes all that provision.sh made, with every task: `azure/remove.sh RESOURCE_GROUP [--dry-run]`.
set -euo pipefail

group=${1:?Say what to remove: azure/remove.sh RESOURCE_GROUP [--dry-run]}
command=(az group delete --name "$group" --yes)
echo "+ ${command[*]}" >&2
[ "${2:-}" = --dry-run ] || "${command[@]}"
