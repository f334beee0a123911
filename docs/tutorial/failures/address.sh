#!/usr/bin/env bash
# The backend moves to another address, behind a proxy that looks its name up once, and behind ours. Needs the containers
# that `docker compose --file compose.yaml up` starts.
set -euo pipefail
cd "$(dirname "$0")/../../.."

container() { docker compose --file compose.yaml ps --quiet "$1"; }
network=$(docker inspect "$(container backend)" --format '{{range $name, $_ := .NetworkSettings.Networks}}{{$name}}{{end}}')
image=$(docker inspect "$(container frontend)" --format '{{.Image}}')
started=()
run() { started+=("$(docker run --detach --network "$network" "$@")"); }
trap 'docker rm --force "${started[@]}" >/dev/null' EXIT

# What a proxy answers with.
status() { # CONTAINER PATH
  docker exec "$1" wget -S -O /dev/null "http://127.0.0.1:8080$2" 2>&1 | sed -n 's/.*HTTP\/1.1 \([0-9]*\).*/\1/p' | tail -n 1
}
await() { until [ "$(status "$@")" = 200 ]; do sleep 0.2; done; }

run --entrypoint sh "$image" -c '
  echo "server { listen 8080; location / { proxy_pass http://backend:8000; } }" > /tmp/default.conf
  exec nginx -g "daemon off;"'
usual=${started[0]}
ours=$(container frontend)
await "$usual" /healthz
await "$ours" /api/healthz
before=("$(status "$usual" /healthz)" "$(status "$ours" /api/healthz)")

docker rm --force "$(container backend)" >/dev/null
run "$image" # takes the address that has become free
docker compose --file compose.yaml up --detach --no-deps --wait --quiet-pull backend 2>/dev/null
await "$ours" /api/healthz
echo "as most write it: ${before[0]}, and after the backend has moved: $(status "$usual" /healthz)"
echo "with resolve:     ${before[1]}, and after the backend has moved: $(status "$ours" /api/healthz)"
