#!/bin/sh
# check-hostile.sh: one hostile file costs one item, never the run; nothing outside the root is
# ever read.
. "$(dirname "$0")/lib.sh"

ROOT=$T/root
mkdir -p "$ROOT/etc" "$T/outside"
echo secret >"$T/outside/secret"

# A check of its own for each file, with a good one at the end.
{
	echo 'policy: hostile'
	echo 'checks:'
	for name in fifo socket folder loop dangling sparse long nul latin up absolute good; do
		echo "  - { ref: $name, level: low, name: $name,"
		echo "      test: { file: /etc/$name, regex: '^secret' } }"
	done
	echo "  - { ref: wild, level: low, name: w, test: { file: /etc/wild, regex: '^(x+x+)+$' } }"
	echo "  - { ref: glob, level: low, name: g, test: { file: '/etc/deep/**', mode: '0755' } }"
} >"$T/policy.yaml"

mkfifo "$ROOT/etc/fifo"
python3 -c 'import os, socket, sys
os.chdir(sys.argv[1])
socket.socket(socket.AF_UNIX).bind("socket")' "$ROOT/etc"
mkdir "$ROOT/etc/folder"
ln -s loop "$ROOT/etc/loop"
ln -s nowhere "$ROOT/etc/dangling"
truncate -s 100G "$ROOT/etc/sparse"
python3 -c 'print("x" * 5000000); print("secret")' >"$ROOT/etc/long"
printf 'a\0b\nsecret\0\n' >"$ROOT/etc/nul"
printf '\377\376\nsecret\377\n' >"$ROOT/etc/latin"
ln -s "../../../outside/secret" "$ROOT/etc/up"
ln -s "$T/outside/secret" "$ROOT/etc/absolute"
echo secret >"$ROOT/etc/good"
python3 -c 'print("x" * 60 + "!")' >"$ROOT/etc/wild"
python3 -c 'import os, sys
os.chdir(sys.argv[1])
for i in range(5000):
    os.mkdir("deep")
    os.chdir("deep")' "$ROOT/etc"

# The run ends, and says something of each.
exits 1 "a run over hostile files" \
	timeout 60 "$MUSTER" check "$T/policy.yaml" --root "$ROOT" --format ndjson
cp "$OUT" "$T/items"
# says REF STATUS PATTERN: its item has the status, and its reason matches.
says()
{
	grep "\"ref\":\"$1\"" "$T/items" >"$T/item"
	like "$1 is $2" "$(cat "$T/item")" "\"status\":\"$2\""
	like "$1: $3" "$(cat "$T/item")" "\"reason\":\".*$3"
}
says fifo error 'FIFO|fifo'
says socket error socket
says folder error 'folder|directory'
says loop error 'circle'
says dangling fail 'missing'
says sparse error '64 MiB'
says long pass 'line 2 matches'
says nul pass 'line 2 matches'
says latin pass 'line 2 matches'
says up fail 'missing'
says absolute fail 'missing'
says good pass 'line 1 matches'
says wild error 'too long'
says glob error 'deep'
is "one item a check" "$(wc -l <"$T/items")" 14
it "all of it is JSON" python3 -c 'import json, sys
for line in open(sys.argv[1], encoding="utf-8"):
    json.loads(line)' "$T/items"

# Files that nobody may read are for those who are not root; root reads them.
if [ "$(id -u)" = 0 ] && command -v setpriv >/dev/null; then
	echo secret >"$ROOT/etc/good"
	chmod 000 "$ROOT/etc/good"
	chmod -R a+rX "$T" 2>/dev/null
	chmod 000 "$ROOT/etc/good"
	exits 1 "as nobody" setpriv --reuid 65534 --regid 65534 --clear-groups \
		"$MUSTER" check "$T/policy.yaml" --root "$ROOT" --only good
	like "what may not be read is an error" "$(cat "$OUT")" '^error .*permission denied'
else
	skip_test "as nobody" "not root, or no setpriv"
	skip_test "what may not be read is an error" "not root, or no setpriv"
fi

# A file that grows while it is read.
chmod 644 "$ROOT/etc/good"
# shellcheck disable=SC2016 # it is the grower's shell that expands
start grower sh -c 'i=0; while [ $i -lt 200000 ]; do echo secret >>"$1"; i=$((i + 1)); done' \
	- "$ROOT/etc/good"
status=0
timeout 30 "$MUSTER" check "$T/policy.yaml" --root "$ROOT" --only good >"$OUT" 2>&1 || status=$?
stop "$PID" KILL
[ "$status" -le 1 ]
result $? "a growing file ends in a verdict"

# ---- ways out of the root, and files that are none ----
ln -s ../../../../../../../../etc "$ROOT/climbs"
ln -s / "$ROOT/slash"
ln -s "$T/outside" "$ROOT/away"
ln -s /proc/self/root "$ROOT/magic"
echo inside >"$ROOT/etc/inside"
mknod "$ROOT/etc/device" c 1 5 2>/dev/null

# judged STATUS PATH "what" [ROOT]: a test of the file's content, by itself.
judged()
{
	cat >"$T/one.yaml" <<-EOF
		policy: one
		checks:
		  - { ref: a, level: low, name: a,
		      test: { file: $2, regex: '^(root:|inside|secret)' } }
	EOF
	timeout 20 "$MUSTER" check "$T/one.yaml" --root "${4:-$ROOT}" --format ndjson \
		>"$OUT" 2>"$ERR"
	like "$2: $3" "$(cat "$OUT")" "\"status\":\"$1\""
}
judged pass /climbs/inside "a link that climbs ends at the root"
judged pass /slash/etc/inside "the root is the root"
judged pass /../../etc/inside "nothing is above it"
judged fail /climbs/passwd "what is outside is not there"
judged fail /away/secret "nor is an absolute link's aim"
judged fail /magic/etc/passwd "nor what /proc would lead to"
if [ -e "$ROOT/etc/device" ]; then
	judged error /etc/device "a device is no file"
else
	skip_test "a device is no file" "not root: no device can be made"
fi
judged error /dev/zero "nor is one of this host" /
judged error /proc/self/mem "what can't be read is an error" /

# ---- what is masked ----
cat >"$ROOT/etc/app.conf" <<'EOF'
db_password = hunter2hunter2
url = https://bob:s3cretpass@db.example.net/x
EOF
mkdir -p "$ROOT/etc"
# shellcheck disable=SC2016 # dollars of a hash
printf 'root:$6$abcdefgh$0123456789abcdefghijklmnopqrstuvwxyz:19000:0:99999:7:::\n' \
	>"$ROOT/etc/shadow"
cat >"$T/mask.yaml" <<'EOF'
policy: mask
checks:
  - { ref: a, level: low, name: a, test: { file: /etc/app.conf, regex: "password|url" } }
  - { ref: b, level: low, name: b, test: { file: /etc/shadow, regex: "^root:" } }
EOF
exits 0 "secrets match" "$MUSTER" check "$T/mask.yaml" --root "$ROOT" --format ndjson --explain
like "the line is shown" "$(cat "$OUT")" 'db_password = \*\*\*'
unlike "passwords are not" "$(cat "$OUT")" 'hunter2|s3cretpass'
unlike "nor is anything of shadow" "$(cat "$OUT")" '0123456789abcdef'

done_testing
