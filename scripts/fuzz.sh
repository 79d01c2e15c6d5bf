#!/usr/bin/env bash
# fuzz.sh [SECONDS]: looks for inputs that break a reader, SECONDS for each (default 60), beginning from fuzz/corpus.
# What it finds is put into fuzz/artifacts; copy it into the corpus with the mend.
set -euo pipefail
cd "$(dirname "$0")/../fuzz"
seconds=${1:-${SECONDS_EACH:-60}}

rustup toolchain list 2>/dev/null | grep -q '^nightly' || { echo "Missing: a nightly toolchain: rustup toolchain install nightly" >&2; exit 1; }
cargo fuzz --version >/dev/null 2>&1 || { echo "Missing: cargo-fuzz: cargo install cargo-fuzz --locked" >&2; exit 1; }

broken=()
for target in fuzz_targets/*.rs; do
  name=$(basename "$target" .rs)
  echo "== $name, $seconds s"
  mkdir -p "../target/fuzz-corpus/$name"
  # The decoder of AV1 leaves 48 bytes behind for each picture. The product decodes in a process of its own that ends; this one goes on.
  case $name in picture) leaks=0 ;; *) leaks=1 ;; esac
  # New samples go into target; only what a person picks goes into the repository.
  ASAN_OPTIONS=detect_leaks=$leaks cargo +nightly fuzz run "$name" "../target/fuzz-corpus/$name" "corpus/$name" -- -max_total_time="$seconds" -max_len=16384 -timeout=10 \
    -rss_limit_mb=2048 -print_final_stats=1 || broken+=("$name")
done
[ ${#broken[@]} -eq 0 ] && echo "Nothing found." || { echo "Broken: ${broken[*]}; see fuzz/artifacts" >&2; exit 1; }
