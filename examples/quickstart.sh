#!/usr/bin/env bash
# The main job from nothing: installs, builds, makes 100,000 orders, and streams them
#   file -> FileStreamSource -> topic -> five transforms -> FileStreamSink -> file
# on the broker inside the worker. Then it checks that nothing is missing or doubled.
set -euo pipefail
top=$(cd "$(dirname "$0")/.." && pwd)
. "$top/tests/support/install.sh"
build=${BUILD_DIR:-$top/build}
export QUICKSTART_DIR=${QUICKSTART_DIR:-$build/quickstart}
records=100000
port=${QUICKSTART_PORT:-8083}
config=$top/examples/config
orders=$QUICKSTART_DIR/orders.jsonl
out=$QUICKSTART_DIR/orders-out.txt
worker=""

say() { printf '\n\033[1m%s\033[0m\n' "$1"; }
lines() { if [ -f "$1" ]; then wc -l <"$1"; else echo 0; fi; }
stop_worker() {
  [ -n "$worker" ] || return 0
  kill "$worker" 2>/dev/null || true
  wait "$worker" 2>/dev/null || true
  worker=""
}
trap stop_worker EXIT

# start_worker CONNECTOR...: one worker with these connectors, and the properties of examples/config.
start_worker() {
  sed "s/:8083/:$port/" "$config/worker.properties" >"$QUICKSTART_DIR/worker.properties"
  "$build/luaconnect" standalone "$QUICKSTART_DIR/worker.properties" "$@" >"$QUICKSTART_DIR/worker.log" 2>&1 &
  worker=$!
}
# await FILE: shows progress until the file has every record.
await() {
  for _ in $(seq 600); do
    if ! kill -0 "$worker" 2>/dev/null; then
      echo "The worker ended. Its log:" >&2
      tail -n 20 "$QUICKSTART_DIR/worker.log" >&2
      exit 1
    fi
    printf '\r  %7d of %d records' "$(lines "$1")" "$records"
    if [ "$(lines "$1")" -ge "$records" ]; then printf '\n'; return 0; fi
    sleep 0.1
  done
  printf '\nOnly %s of %s records after a minute. The log: %s\n' "$(lines "$1")" "$records" "$QUICKSTART_DIR/worker.log" >&2
  exit 1
}

say "1. Packages and build"
install_packages "$top/tests/support/build-packages.txt"
command -v curl >/dev/null || { echo curl >/tmp/luaconnect-curl.$$; install_packages /tmp/luaconnect-curl.$$; rm -f /tmp/luaconnect-curl.$$; }
cmake -S "$top" -B "$build" -G Ninja -DLC_TESTS=OFF >/dev/null
cmake --build "$build" -- --quiet
mkdir -p "$QUICKSTART_DIR"
"$build/luaconnect" --version

if [ "$(lines "$orders")" -ne "$records" ]; then
  say "2. $records orders, made by the datagen connector"
  rm -f "$orders" "$QUICKSTART_DIR/offsets"
  start_worker "$config/orders-generate.properties" "$config/orders-keep.properties"
  await "$orders"
  stop_worker
else
  say "2. $records orders, made by an earlier run"
fi
head -n 2 "$orders"

say "3. file -> topic -> Flatten, MaskField, Cast, ReplaceField, InsertField -> file"
rm -f "$out" "$QUICKSTART_DIR/offsets"
began=$(date +%s.%N)
start_worker "$config/orders-source.properties" "$config/orders-sink.json"
await "$out"
awk -v a="$began" -v b="$(date +%s.%N)" 'BEGIN { printf "  took %.1f s\n", b - a }'
head -n 2 "$out"

say "4. What the REST API says"
for name in orders-source orders-sink; do
  curl -fsS "http://127.0.0.1:$port/connectors/$name/status"
  printf '\n'
done
stop_worker

say "5. Is everything there, once?"
ids() { grep -oE "$1" "$2" | tr -cd '0-9\n' | sort -n; }
ids '"orderid":[0-9]+' "$orders" >"$QUICKSTART_DIR/ids-in"
ids 'orderid=[0-9]+' "$out" >"$QUICKSTART_DIR/ids-out"
if cmp -s "$QUICKSTART_DIR/ids-in" "$QUICKSTART_DIR/ids-out" && [ "$(lines "$out")" -eq "$records" ]; then
  echo "  yes: $(lines "$orders") orders in, $(lines "$out") lines out, every order id exactly once"
else
  echo "  NO: $(lines "$orders") orders in, $(lines "$out") lines out; compare ids-in and ids-out in $QUICKSTART_DIR" >&2
  exit 1
fi

say "Try next"
cat <<END
  * Change the chain: edit examples/config/orders-sink.json and run this again.
  * Write a transform: examples/transforms/redact.lua has fifteen lines. Put plugin.path=examples/transforms into
    worker.properties, and redact as transforms.<alias>.type into a connector. docs/getting-started.md goes step by step.
  * Keep a worker running and talk to it:
      QUICKSTART_DIR=$QUICKSTART_DIR $build/luaconnect standalone $QUICKSTART_DIR/worker.properties
      curl http://127.0.0.1:$port/connector-plugins
  * Use a real Kafka: put its address into bootstrap.servers of examples/config/worker.properties; the two
    connector files stay as they are.
END
