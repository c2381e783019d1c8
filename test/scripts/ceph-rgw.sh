#!/usr/bin/env bash
# A real S3 service for tests, without Docker: one Ceph node in memory behind its RADOS gateway, on loopback.
#
#   ceph-rgw.sh check        say what is missing, if anything is (exit 1)
#   ceph-rgw.sh serve        start, print KEY=VALUE lines and then "ready", and run until stdin closes or a signal comes
#
# It runs in the foreground and reads its caller's pipe, so it ends whenever its caller ends. Everything is in one
# temporary folder; the next run removes what a killed one left behind. Start takes about 10 s and 200 MiB.
# Debian: apt-get install --no-install-recommends radosgw ceph-mon ceph-osd ceph-common
set -euo pipefail

programs=(ceph ceph-authtool ceph-mon ceph-osd monmaptool radosgw radosgw-admin)
folder_prefix=${TMPDIR:-/tmp}/musehub-ceph-rgw.
access_key=musehub-key
secret_key=musehub-test-secret
# Another key of the same user, and a user of its own, who may do what a bucket's policy grants.
second_access_key=musehub-second-key
limited_access_key=musehub-limited-key

check() {
  local missing=()
  for program in "${programs[@]}"; do command -v "$program" >/dev/null || missing+=("$program"); done
  [[ ${#missing[@]} -eq 0 ]] || { echo "Ceph is not installed (missing: ${missing[*]})" >&2; return 1; }
}

# Finds a port below the system's range for outgoing connections.
free_port() {
  local port
  for _ in {1..50}; do
    port=$((20000 + RANDOM % 12000))
    (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null || { echo "$port"; return; }
  done
  echo "no free port was found" >&2; return 1
}

# Removes a folder and ends its processes. A process id may have been reused, so the command line must name the folder.
remove_folder() {
  local folder=$1 file pid
  for file in "$folder"/*.pid; do
    [[ -f $file ]] || continue
    pid=$(<"$file")
    if tr '\0' ' ' <"/proc/$pid/cmdline" 2>/dev/null | grep -qF "$folder/"; then
      { kill -KILL "$pid"; wait "$pid"; } 2>/dev/null || true
    fi
  done
  rm -rf "$folder"
}

remove_leftovers() {
  local folder owner
  for folder in "$folder_prefix"*/; do
    folder=${folder%/}
    owner=$(cat "$folder/owner" 2>/dev/null) || continue
    if ! tr '\0' ' ' <"/proc/$owner/cmdline" 2>/dev/null | grep -q ceph-rgw.sh; then remove_folder "$folder"; fi
  done
}

# Starts a daemon in the foreground, as our child. Where the system supports it, the daemon ends with us.
launch() {
  local name=$1; shift
  if command -v setpriv >/dev/null; then set -- setpriv --pdeathsig KILL "$@"; fi
  "$@" >"$folder/$name.out" 2>&1 </dev/null &
  echo $! >"$folder/$name.pid"
}

write_configuration() {
  cat >"$folder/ceph.conf" <<C
[global]
fsid = $cluster
mon_host = v2:127.0.0.1:$mon_port
mon_initial_members = a
keyring = $folder/keyring
public_addr = 127.0.0.1
run_dir = $folder
admin_socket = $folder/\$name.asok
log_file = $folder/\$name.log
auth_allow_insecure_global_id_reclaim = false
mon_data = $folder/mon
mon_data_avail_warn = 1
mon_data_avail_crit = 1
mon_max_pg_per_osd = 1000
osd_data = $folder/osd
osd_objectstore = memstore
memstore_device_bytes = 8589934592
osd_crush_chooseleaf_type = 0
osd_pool_default_size = 1
osd_pool_default_min_size = 1
osd_pool_default_pg_num = 8
osd_pool_default_pg_autoscale_mode = off
[client.rgw]
rgw_data = $folder/rgw
rgw_frontends = beast endpoint=127.0.0.1:$port
rgw_thread_pool_size = 64
C
}

start() {
  port=$(free_port); mon_port=$(free_port)
  cluster=$(</proc/sys/kernel/random/uuid)
  local disk; disk=$(</proc/sys/kernel/random/uuid)
  local -a with=(-c "$folder/ceph.conf")
  mkdir "$folder"/{mon,osd,rgw}
  write_configuration
  {
    ceph-authtool "$folder/keyring" --create-keyring --gen-key -n mon. --cap mon 'allow *'
    ceph-authtool "$folder/keyring" --gen-key -n client.admin --cap mon 'allow *' --cap osd 'allow *'
    ceph-authtool "$folder/keyring" --gen-key -n client.rgw --cap mon 'allow *' --cap osd 'allow *'
    ceph-authtool "$folder/keyring" --gen-key -n osd.0 --cap mon 'allow profile osd' --cap osd 'allow *'
    monmaptool --create --fsid "$cluster" --addv a "[v2:127.0.0.1:$mon_port]" "$folder/monmap"
    ceph-mon "${with[@]}" --mkfs -i a --monmap "$folder/monmap" --keyring "$folder/keyring"
  } >"$folder/prepare.out" 2>&1
  launch mon ceph-mon "${with[@]}" -i a -f
  timeout 60 ceph "${with[@]}" osd create "$disk" >>"$folder/prepare.out" 2>&1
  ceph-osd "${with[@]}" -i 0 --mkfs --osd-uuid "$disk" >>"$folder/prepare.out" 2>&1
  launch osd ceph-osd "${with[@]}" -i 0 -f
  launch rgw radosgw "${with[@]}" -n client.rgw -f
  for _ in {1..240}; do
    if (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null; then break; fi
    kill -0 "$(<"$folder/rgw.pid")" 2>/dev/null || {
      echo "the gateway ended: $(tail -n 3 "$folder/rgw.out")" >&2
      return 1
    }
    sleep 0.25
  done
  radosgw-admin "${with[@]}" user create --uid musehub --display-name musehub \
    --access-key "$access_key" --secret "$secret_key" >>"$folder/prepare.out" 2>&1
  radosgw-admin "${with[@]}" key create --uid musehub \
    --access-key "$second_access_key" --secret "$secret_key" >>"$folder/prepare.out" 2>&1
  radosgw-admin "${with[@]}" user create --uid limited --display-name limited \
    --access-key "$limited_access_key" --secret "$secret_key" >>"$folder/prepare.out" 2>&1
}

end() {
  [[ $1 -eq 0 ]] || tail -n 20 "$folder/prepare.out" >&2 || true
  remove_folder "$folder"
}

serve() {
  check
  remove_leftovers
  folder=$(mktemp -d "${folder_prefix}XXXXXX")
  echo $$ >"$folder/owner"
  trap 'end $?' EXIT
  trap 'exit 0' INT TERM HUP
  start
  printf 'ENDPOINT=http://127.0.0.1:%s\nREGION=us-east-1\nACCESS_KEY_ID=%s\nSECRET_ACCESS_KEY=%s\n' \
    "$port" "$access_key" "$secret_key"
  printf 'SECOND_ACCESS_KEY_ID=%s\nLIMITED_ACCESS_KEY_ID=%s\nready\n' "$second_access_key" "$limited_access_key"
  # In pieces, because bash runs a trap only between commands.
  while true; do
    status=0
    IFS= read -r -t 1 _ || status=$?
    [[ $status -eq 0 || $status -gt 128 ]] || break
  done
}

case ${1:-} in
  check) check ;;
  serve) serve ;;
  *) sed -n '2,9p' "$0" >&2; exit 2 ;;
esac
