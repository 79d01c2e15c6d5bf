#!/usr/bin/env bash
# need.sh WHAT...: makes sure that a tool is there, or stops and says exactly what to install.
# As root on Debian or Ubuntu it installs the missing packages itself. Nothing is skipped: a tool that is still missing ends the run.
set -euo pipefail
cd "$(dirname "$0")/.."

declare -A packages=(
  [compiler]="build-essential"
  [postgres]="postgresql"
  [python]="python3"
  [browser]="chromium chromium-driver"
  [solver]="cvc5"
)
declare -A others=(
  [rust]="the Rust toolchain, 1.94 or newer, with clippy and rustfmt: https://rustup.rs"
  [node]="Node 20 or newer with npm: https://nodejs.org"
  [schemathesis]="schemathesis $(cat scripts/schemathesis.txt 2>/dev/null) in target/tools/schemathesis: it needs Python 3.10 or newer with venv, and pip"
  [smtp]="$(cat scripts/smtp.txt 2>/dev/null) in target/tools/smtp, the mail server of the tests: it needs Python 3.10 or newer with venv, and pip"
)

# What comes from Python, each in a place of its own and in the version that was tried: the schema-driven tester of the
# interface for programs, and the mail server of the tests.
tools=target/tools
install_tool() { # install_tool NAME
  local place=$tools/$1
  command -v python3 >/dev/null || return 1
  rm -rf "$place"
  echo "Installing $(cat "scripts/$1.txt") into $place" >&2
  if ! python3 -m venv "$place" >/dev/null 2>&1 && [ "$(id -u)" -eq 0 ] && command -v apt-get >/dev/null; then
    install update -qq >&2
    install install -y -qq --no-install-recommends python3-venv >&2
  fi
  python3 -m venv "$place" >&2 && "$place/bin/pip" install -q --disable-pip-version-check -r "scripts/$1.txt" >&2
}

has() {
  case $1 in
    compiler) command -v cc >/dev/null ;;
    rust) command -v cargo >/dev/null && command -v rustc >/dev/null ;;
    node) command -v node >/dev/null && command -v npm >/dev/null ;;
    postgres) compgen -G '/usr/lib/postgresql/*/bin/initdb' >/dev/null || { command -v initdb >/dev/null && command -v pg_ctl >/dev/null; } ;;
    # npm compiles one package of the tests' Bluesky server with its help
    python) command -v python3 >/dev/null ;;
    schemathesis) [ -x "$tools/schemathesis/bin/schemathesis" ] ;;
    smtp) [ -x "$tools/smtp/bin/aiosmtpd" ] ;;
    solver) command -v cvc5 >/dev/null ;;
    browser) command -v chromium >/dev/null && command -v chromedriver >/dev/null ;;
    *) echo "need.sh: nobody knows what \`$1\` is; known are: ${!packages[*]} ${!others[*]}" >&2; exit 64 ;;
  esac
}

# A second apt-get at the same time waits for the first instead of failing.
install() {
  DEBIAN_FRONTEND=noninteractive apt-get -o DPkg::Lock::Timeout=300 "$@" </dev/null
}

missing=()
for what in "$@"; do
  has "$what" || missing+=("$what")
done
[ ${#missing[@]} -eq 0 ] && exit 0

wanted=()
for what in "${missing[@]}"; do
  if { [ "$what" = schemathesis ] || [ "$what" = smtp ]; } && install_tool "$what"; then
    continue
  elif [ -n "${packages[$what]:-}" ]; then
    read -ra names <<<"${packages[$what]}"
    wanted+=("${names[@]}")
  else
    echo "Missing: ${others[$what]}" >&2
  fi
done

if [ ${#wanted[@]} -gt 0 ]; then
  if [ "$(id -u)" -eq 0 ] && command -v apt-get >/dev/null; then
    echo "Installing ${wanted[*]}" >&2
    # Debian starts a server of its own after installing PostgreSQL; the tests bring their own, so the package may stay silent.
    install update -qq >&2
    install install -y -qq --no-install-recommends "${wanted[@]}" >&2
  else
    echo "Missing packages. On Debian or Ubuntu, run:" >&2
    echo "    sudo apt-get install ${wanted[*]}" >&2
  fi
fi

for what in "${missing[@]}"; do
  has "$what" || { echo "Stopped: \`$what\` is still missing." >&2; exit 1; }
done
