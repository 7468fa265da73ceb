#!/usr/bin/env bash
# mosquitto and RabbitMQ for the tests that read from real message servers, which they start themselves on free loopback ports.
# Installed by apt where that is possible unasked, without their system services; otherwise said in one line.
set -euo pipefail
missing=()
[ -x /usr/sbin/mosquitto ] || command -v mosquitto >/dev/null || missing+=(mosquitto)
[ -x /usr/sbin/rabbitmq-server ] || command -v rabbitmq-server >/dev/null || missing+=(rabbitmq-server)
if [ "${#missing[@]}" -eq 0 ]; then exit 0; fi
as_root=()
if [ "$(id -u)" -ne 0 ]; then
  if [ "${CI:-}" = true ] && command -v sudo >/dev/null && sudo -n true 2>/dev/null; then
    as_root=(sudo -n)
  else
    echo "servers: missing, and the tests of the transports need them: apt-get install ${missing[*]}" >&2
    exit 6
  fi
fi
if ! command -v apt-get >/dev/null; then
  echo "servers: missing, and there is no apt-get to install them with: ${missing[*]}" >&2
  exit 6
fi
export DEBIAN_FRONTEND=noninteractive
log=$(mktemp)
policy=/usr/sbin/policy-rc.d
is_ours=false
end() {
  rm -f "$log"
  if "$is_ours"; then "${as_root[@]}" rm -f "$policy"; fi
}
trap end EXIT
# A policy of our own, while packages are unpacked, keeps their services from being started.
if [ ! -e "$policy" ]; then
  is_ours=true
  printf '#!/bin/sh\nexit 101\n' | "${as_root[@]}" tee "$policy" >/dev/null
  "${as_root[@]}" chmod 755 "$policy"
fi
echo "servers: installing ${missing[*]} with apt-get"
if ! { "${as_root[@]}" apt-get -q update && "${as_root[@]}" apt-get -q -y install --no-install-recommends "${missing[@]}"; } >"$log" 2>&1 </dev/null; then
  tail -n 15 "$log" >&2
  echo "servers: apt-get could not install ${missing[*]}; install them, then run make test again" >&2
  exit 6
fi
if [ -d /run/systemd/system ]; then
  for service in "${missing[@]}"; do "${as_root[@]}" systemctl -q disable --now "$service" >/dev/null 2>&1 || true; done
fi
