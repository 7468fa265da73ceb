#!/usr/bin/env bash
# Chromium for the tests that look at the dashboard. Installed by apt where that is possible unasked; otherwise said in one line.
set -euo pipefail
for program in chromium chromium-browser google-chrome google-chrome-stable; do
  if command -v "$program" >/dev/null; then exit 0; fi
done
as_root=()
if [ "$(id -u)" -ne 0 ]; then
  if [ "${CI:-}" = true ] && command -v sudo >/dev/null && sudo -n true 2>/dev/null; then
    as_root=(sudo -n)
  else
    echo "browser: Chromium is missing, and the tests that look at the dashboard need it: apt-get install chromium" >&2
    exit 6
  fi
fi
export DEBIAN_FRONTEND=noninteractive
log=$(mktemp)
trap 'rm -f "$log"' EXIT
echo "browser: installing Chromium with apt-get"
if ! { "${as_root[@]}" apt-get -q update && "${as_root[@]}" apt-get -q -y install --no-install-recommends chromium; } >"$log" 2>&1 </dev/null; then
  tail -n 15 "$log" >&2
  echo "browser: apt-get could not install chromium; install it, then run make test again" >&2
  exit 6
fi
