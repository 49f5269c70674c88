#!/usr/bin/env bash
# Builds everything and runs the tests; installs what they need. --long adds what takes long (chaos, soak, fuzzing).
#   BUILD_DIR  where to build (default: build-tests)     CACHE_DIR  where Kafka's jars are kept between runs
set -euo pipefail
top=$(cd "$(dirname "$0")/.." && pwd)
cd "$top"
long=""
for argument in "$@"; do
  case $argument in
    --long) long=1 ;;
    *) echo "usage: tests/run.sh [--long]" >&2; exit 2 ;;
  esac
done
. tests/support/install.sh
install_packages tests/support/build-packages.txt
install_packages tests/packages.txt

build=${BUILD_DIR:-$top/build-tests}
cache=${CACHE_DIR:-${XDG_CACHE_HOME:-$HOME/.cache}/luaconnect}
export LC_KAFKA_LIBS="$cache/kafka-4.1.0"
if ! ls "$LC_KAFKA_LIBS"/connect-runtime-*.jar >/dev/null 2>&1; then
  echo "Fetching Kafka 4.1.0"
  mvn -q -B -f tests/support/kafka/pom.xml dependency:copy-dependencies -DoutputDirectory="$LC_KAFKA_LIBS"
fi
export LC_REGISTRY_LIBS="$cache/apicurio-2.6.13"
if ! ls "$LC_REGISTRY_LIBS"/registry/*-runner.jar "$LC_REGISTRY_LIBS"/protobuf-java-[0-9]*.jar >/dev/null 2>&1; then
  echo "Fetching Apicurio 2.6.13"
  registry=tests/integration/registry/pom.xml
  mvn -q -B -f "$registry" dependency:copy-dependencies -DoutputDirectory="$LC_REGISTRY_LIBS"
  mvn -q -B -f "$registry" dependency:unpack@registry -DoutputDirectory="$LC_REGISTRY_LIBS/registry"
  ls "$LC_REGISTRY_LIBS"/registry/*-runner.jar >/dev/null
fi

step() { printf '\n== %s (%ds)\n' "$1" "$SECONDS"; }
configure() { cmake -S . -B "$1" -G Ninja -DLC_DEV=ON "${@:2}" >"$1.log" 2>&1 || { cat "$1.log"; exit 1; }; }

step "build"
configure "$build"
cmake --build "$build" -- --quiet
step "build with sanitizers"
configure "$build-asan" -DLC_SANITIZE=address,undefined
cmake --build "$build-asan" -- --quiet

step "tests with sanitizers"
export ASAN_OPTIONS=detect_leaks=1:abort_on_error=0:strict_string_checks=1 UBSAN_OPTIONS=print_stacktrace=1
export LSAN_OPTIONS=suppressions="$top/tests/support/lsan.supp"
ctest --test-dir "$build-asan" --output-on-failure -j2 -L 'unit|lua|sandbox|mock|fuzz' --no-tests=error
step "tests"
exclude='long|bench'
[ -n "$long" ] && exclude='bench'
ctest --test-dir "$build" --output-on-failure -j2 -LE "$exclude" --no-tests=error
step "done"
