#!/bin/sh
# Starts the Muster node in this folder. Close the window, or press Ctrl-C, to end it.
cd "$(dirname "$0")" || exit 1

system=$(uname -s | tr '[:upper:]' '[:lower:]')
[ "$system" = darwin ] && system=macos
machine=$(uname -m)
[ "$machine" = arm64 ] && machine=aarch64
programs="programs/$system-$machine"
if [ ! -f "$programs/muster" ]; then
  echo "This stick has no program for $system on $machine, only for:" >&2
  ls programs >&2
  echo "Copy the programs for this computer into $programs and start again." >&2
  exit 1
fi

# Sticks are often mounted so that nothing on them runs: then a copy on this computer does.
run=$programs
if ! "$programs/muster" --version >/dev/null 2>&1; then
  copy=$(mktemp -d) || exit 1
  trap 'rm -rf "$copy"' EXIT
  cp "$programs"/* "$copy" && chmod 755 "$copy"/* || exit 1
  run=$copy
fi

set -a
. ./muster.env
set +a
if [ "$run" = "$programs" ]; then
  exec "$run/muster" serve "$@"
fi
"$run/muster" serve "$@" &
server=$!
trap 'kill -TERM "$server" 2>/dev/null' INT TERM HUP
wait "$server"
code=$?
wait "$server" 2>/dev/null
exit "$code"
