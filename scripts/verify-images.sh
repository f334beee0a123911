#!/usr/bin/env bash
# Fails unless each image (NAME@sha256:DIGEST) was attested by ci on main of this repository, on GitHub's own machines:
# `GITHUB_REPOSITORY=OWNER/REPO scripts/verify-images.sh IMAGE…`. Needs the GitHub CLI, signed in, and `docker login ghcr.io`.
set -euo pipefail

: "${GITHUB_REPOSITORY:?Set GITHUB_REPOSITORY to OWNER/REPO}"
for image in "$@"; do
  # By digest, because a tag may name another image by the time it is used.
  if ! [[ $image =~ ^[a-z0-9./:_-]+@sha256:[0-9a-f]{64}$ ]]; then
    echo "Cannot verify $image: expected NAME@sha256:DIGEST" >&2
    exit 2
  fi
  # Checking only the repository is not enough: a workflow on any of its branches can sign.
  if ! gh attestation verify "oci://$image" --repo "$GITHUB_REPOSITORY" \
    --signer-workflow "$GITHUB_REPOSITORY/.github/workflows/ci.yml" --source-ref refs/heads/main \
    --deny-self-hosted-runners; then
    echo "$image was not published by ci on main of $GITHUB_REPOSITORY: it is not used" >&2
    exit 1
  fi
done
