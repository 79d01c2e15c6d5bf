#!/usr/bin/env bash
# bench.sh: every figure beside what it is compared with, measured in the same run. The first time builds an optimised binary, which takes
# some minutes more than the demo. Levels to reach are printed, never enforced: a busy machine is no fault.
set -euo pipefail
cd "$(dirname "$0")/.."

make --no-print-directory assets
# Of its own, and with fsync on: a database that may forget would be no comparison.
export SCHOOLGATE_PG_DIR=$PWD/target/pg-bench SCHOOLGATE_PG_FSYNC=on
SCHOOLGATE_TEST_POSTGRES=$(scripts/postgres.sh start)
export SCHOOLGATE_TEST_POSTGRES
trap 'scripts/postgres.sh stop' EXIT

printf '\nmachine: %s cores, load %s\n' "$(nproc)" "$(cut -d' ' -f1-3 /proc/loadavg)"
cargo bench --locked --workspace --exclude rulebook --bench '*' </dev/null
# By itself: what the other engine brings along stays out of everything else.
cargo bench --locked -p rulebook --features peers --bench peers </dev/null
