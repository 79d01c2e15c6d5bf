#!/usr/bin/env bash
# A private PostgreSQL for the tests: start | stop | crash | url | bin
#
# start   makes a cluster in target/pg if there is none, starts it if it does not run, prints the address for the tests
# stop    stops it (fast); crash stops it as a power cut would
# bin     prints the folder of PostgreSQL's programs
# url     prints the address: export SCHOOLGATE_TEST_POSTGRES="$(scripts/postgres.sh url)"
#
# SCHOOLGATE_PG_DIR    another folder for the cluster
# SCHOOLGATE_PG_FSYNC  "on" for measurements; the tests' databases need not survive a power cut
set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
place=${SCHOOLGATE_PG_DIR:-$root/target/pg}
say() { printf 'postgres.sh: %s\n' "$*" >&2; }

bin=$(find /usr/lib/postgresql /usr/local/pgsql /opt/homebrew/opt -maxdepth 3 -name initdb -path '*bin*' 2>/dev/null | sort -V | tail -1 || true)
bin=${bin:-$(command -v initdb || true)}
if [ -z "$bin" ]; then
  say "PostgreSQL's server programs are missing (initdb, pg_ctl). Install version 15 or newer:"
  say "  Debian and Ubuntu: apt-get install postgresql    Fedora: dnf install postgresql-server    macOS: brew install postgresql@16"
  exit 1
fi
bin=$(dirname "$bin")

# The server refuses to run as root; a user without rights owns the cluster then.
as_server() {
  if [ "$(id -u)" != 0 ]; then "$@"; return; fi
  local user=postgres
  id "$user" >/dev/null 2>&1 || user=nobody
  (cd / && exec runuser -u "$user" -- "$@")
}

# A checkout under /root, say, is closed to that user; the cluster then stands where everybody may go.
mkdir -p "$(dirname "$place")"
if ! as_server test -x "$(dirname "$place")"; then
  place=/tmp/schoolgate-pg-$(printf %s "$place" | cksum | cut -d' ' -f1)
fi

is_running() { [ -f "$place/data/postmaster.pid" ] && as_server "$bin/pg_ctl" -D "$place/data" status >/dev/null 2>&1; }

free_port() {
  local port
  while :; do
    port=$((20000 + RANDOM % 20000))
    (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null || { echo "$port"; return; }
  done
}

# A socket's path may have 107 bytes; a deep checkout needs another folder for it.
socket_folder() { if [ "${#place}" -lt 80 ]; then echo "$place"; else echo /tmp; fi; }

create() {
  local pending="$place.new"
  rm -rf "$pending"
  mkdir -p "$pending"
  if [ "$(id -u)" = 0 ]; then
    id postgres >/dev/null 2>&1 && chown postgres "$pending" || chown nobody "$pending"
  fi
  as_server "$bin/initdb" -D "$pending/data" -U admin --auth=trust -E UTF8 --locale=C.UTF-8 --no-sync >/dev/null
  mv "$pending" "$place"
}

run() {
  local port=$1
  as_server "$bin/pg_ctl" -D "$place/data" -w -t 30 -l "$place/log" -o "-p $port -k $(socket_folder) -c listen_addresses=127.0.0.1 \
    -c fsync=${SCHOOLGATE_PG_FSYNC:-off} -c shared_buffers=32MB -c max_connections=200 -c autovacuum=off" start >/dev/null
}

start() {
  local port tries=0
  mkdir -p "$(dirname "$place")"
  exec 9>"$place.lock"
  flock 9
  # Tests that were killed leave their databases. A new cluster is quicker than dropping them one by one.
  if ! is_running && [ "$(ls "$place/data/base" 2>/dev/null | wc -l)" -gt 20 ]; then rm -rf "$place"; fi
  [ -d "$place/data" ] || create
  if ! is_running; then
    # A port kept across restarts lets a test stop the server and start it again.
    port=$(cat "$place.port" 2>/dev/null || free_port)
    until run "$port" 9>&-; do
      tries=$((tries + 1))
      [ "$tries" -lt 5 ] || { say "the server does not start; see $place/log"; tail -5 "$place/log" >&2; exit 1; }
      port=$(free_port)
    done
    echo "$port" >"$place.port"
  fi
  roles
  url
}

admin() { "$bin/psql" -q -h 127.0.0.1 -p "$(cat "$place.port")" -U admin -d postgres -v ON_ERROR_STOP=1 >/dev/null; }

roles() {
  admin <<'SQL'
SET client_min_messages = warning;
SELECT 'CREATE ROLE schoolgate_owner LOGIN CREATEDB NOSUPERUSER NOBYPASSRLS'
  WHERE NOT EXISTS (SELECT 1 FROM pg_roles WHERE rolname = 'schoolgate_owner') \gexec
SELECT 'CREATE ROLE schoolgate_app LOGIN NOCREATEDB NOSUPERUSER NOBYPASSRLS'
  WHERE NOT EXISTS (SELECT 1 FROM pg_roles WHERE rolname = 'schoolgate_app') \gexec
-- A test's database is dropped while the app's role may still be connected to it.
GRANT pg_signal_backend TO schoolgate_owner;
SQL
}

url() {
  is_running || { say "not running; start it with: scripts/postgres.sh start"; exit 1; }
  echo "postgres://schoolgate_owner@127.0.0.1:$(cat "$place.port")/postgres"
}

stop() { if is_running; then as_server "$bin/pg_ctl" -D "$place/data" -w -m "$1" stop >/dev/null; fi; }

case "${1:-}" in
  start) start ;;
  stop) stop fast ;;
  crash) stop immediate ;;
  url) url ;;
  bin) echo "$bin" ;;
  *) say "usage: scripts/postgres.sh start|stop|crash|url|bin"; exit 2 ;;
esac
