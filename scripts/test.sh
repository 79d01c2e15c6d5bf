#!/usr/bin/env bash
# test.sh: everything that must hold before a change is good. Each step says its name and how long it took; a step that fails
# does not hide the later ones, and the last line is `N passed, N failed` over all of them.
set -uo pipefail
cd "$(dirname "$0")/.."
mkdir -p target
# Snapshots are looked at and taken in by people, never by a run of everything.
export INSTA_UPDATE=no
log=target/test.log
: >"$log"
begun=$SECONDS
checks_passed=0
failed_steps=()

step() { # step NAME COMMAND...
  local name=$1 since=$SECONDS
  shift
  printf '\n== %s\n' "$name"
  if "$@" </dev/null 2>&1 | tee -a "$log"; then
    checks_passed=$((checks_passed + 1))
    printf '== %s: good (%d s)\n' "$name" $((SECONDS - since))
  else
    failed_steps+=("$name")
    printf '== %s: FAILED (%d s)\n' "$name" $((SECONDS - since))
  fi
}

# PostgreSQL of our own for as long as the command runs.
on_both_databases() {
  SCHOOLGATE_TEST_POSTGRES=$(scripts/postgres.sh start) || return 1
  export SCHOOLGATE_TEST_POSTGRES
  "$@"
  local code=$?
  scripts/postgres.sh stop
  return $code
}

# A place where nothing was built yet is built whole; what would speed the next build up only costs there.
[ -d target/debug/incremental ] || export CARGO_INCREMENTAL=0

# One build serves lint and tests: clippy's driver compiles our own crates, and all others are compiled once. A lint run of its own
# would read some six hundred of them a second time, five minutes of a cold run.
export RUSTC_WORKSPACE_WRAPPER=clippy-driver
lint() {
  cargo test --workspace --all-targets --locked --no-run 2>&1 | tee target/lint.log
  [ "${PIPESTATUS[0]}" -eq 0 ] && ! grep -q '^warning' target/lint.log
}

# What only the running tests want comes over the network while the compiler works.
fetch() { scripts/need.sh schemathesis smtp && make --no-print-directory test-assets; }
fetched() { cat target/fetch.log && return "$fetch_code"; }

step "tools" scripts/need.sh rust compiler node python postgres browser
[ ${#failed_steps[@]} -eq 0 ] || { printf '\n0 passed, 1 failed\n'; exit 1; }
step "format" cargo fmt --all --check
step "assets" make --no-print-directory assets
fetch >target/fetch.log 2>&1 </dev/null &
fetching=$!
step "lint" lint
wait "$fetching"
fetch_code=$?
step "tools of the tests" fetched
step "tests" on_both_databases cargo test --workspace --locked --no-fail-fast

# cargo prints one `test result:` line a test binary.
read -r passed failed < <(awk '/^test result:/ { p += $4; f += $6 } END { print p + 0, f + 0 }' "$log")
[ "$passed" -gt 0 ] || failed_steps+=("no test ran")
printf '\nsteps: %d good, %d failed%s; %d s in all; log in %s\n' "$checks_passed" "${#failed_steps[@]}" \
  "${failed_steps:+ (${failed_steps[*]})}" $((SECONDS - begun)) "$log"
if [ ${#failed_steps[@]} -gt 0 ] && [ "$failed" -eq 0 ]; then failed=${#failed_steps[@]}; fi
printf '%d passed, %d failed\n' "$passed" "$failed"
[ ${#failed_steps[@]} -eq 0 ]
