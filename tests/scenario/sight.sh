#!/bin/sh
# shellcheck shell=sh disable=SC3043 # local: dash has it
# sight.sh: what the watch cannot see stands in the host's facts, and what it misses is found by the
# daily run, and is told as its defect.
. "$(dirname "$0")/lib.sh"

[ "$(id -u)" = 0 ] || skip_all "it takes root to make a user namespace of many users"

# watch_of QUERY: of the hosts that it selects the facts on the watch.
watch_of()
{
	"$MUSTER" query hosts "$1" --format ndjson | jq -c .watch
}

selects()
{
	[ -n "$(watch_of "$1")" ]
}

is_status()
{
	[ "$("$MUSTER" query items "check.ref:$1" --format ndjson | jq -r .status)" = "$2" ]
}

# defects NUMBER: whether the agent has found so many.
defects()
{
	[ "$(jq .defects "$T/a/spool/defects.json")" = "$1" ]
}

# ---- more files than the kernel lets it watch, in a user namespace with a limit of its own ----
chmod 755 "$T"
mkdir "$T/etc"
{
	printf 'policy: many\nchecks:\n'
	for i in 1 2 3 4 5 6 7 8 9; do
		mkdir "$T/etc/$i"
		echo x >"$T/etc/$i/file"
		printf -- '- { ref: f%s, level: low, name: f, test: { file: %s } }\n' \
			"$i" "$T/etc/$i/file"
	done
} >"$T/many.yaml"
start_server || exit 1
it "many files are asked for" "$MUSTER" policy push "$T/many.yaml"
start ns unshare -U sleep 600
NS=$PID
wait_for 5 test -e "/proc/$NS/uid_map"
for map in uid_map gid_map; do
	wait_for 5 sh -c "echo '0 0 100000' >/proc/$NS/$map"
done
REAL=$AGENT
LIMIT='echo 6 >/proc/sys/user/max_inotify_watches && exec "$0" "$@"'
printf "#!/bin/sh\nexec nsenter -U -S 0 -G 0 -t %s -- sh -c '%s' %s \"\$@\"\n" \
	"$NS" "$LIMIT" "$REAL" >"$T/muster-agent"
chmod 755 "$T/muster-agent"
AGENT=$T/muster-agent
start_agent a || exit 1
it "that is told within the time of two messages" wait_for 25 selects 'watch.looked_at > 0'
NAME=$("$MUSTER" query hosts '*' --format ndjson | jq -r .name)
like "why is said in words" "$("$MUSTER" agent show "$NAME")" \
	'beyond the limit of watches'
is "nobody says that it knows who" "$(watch_of 'watch.who:fanotify*')" ""
it "what is only looked at is seen to change, too" is_status f9 pass
for i in 1 2 3 4 5 6 7 8 9; do
	rm "$T/etc/$i/file"
done
for i in 1 5 9; do
	it "all the same (file $i)" wait_for 5 is_status "f$i" fail
done
stop "$PID"
is "the agent stops cleanly" $? 0
kill "$NS"

AGENT=$REAL
start_agent a || exit 1
it "without the limit nothing is only looked at" wait_for 25 selects \
	'watch.looked_at:0 and watch.names > 9'
is "no defect was found" "$(watch_of 'watch.defects:0' | jq -c '[.why, .defect]')" '["",null]'
it "which the server counts" sh -c \
	"curl -sS --cacert '$MUSTER_CA' '$MUSTER_URL/metrics' | grep -qx 'muster_watch_defects 0'"
stop "$PID"

# ---- a watch that stands still, and a day that passes in seconds ----
FAKETIME=$(find /usr/lib /usr/local/lib -name libfaketime.so.1 2>/dev/null | head -n 1)
if [ -z "$FAKETIME" ] || is_sanitized; then
	skip_test "a daily run finds what the watch missed" "it takes libfaketime, and no sanitizer"
	done_testing
fi

# until_daily: seconds until two hours before the agent's time of day, which its id tells.
until_daily()
{
	local hash

	hash=$("$MUSTER" query hosts '*' --format ndjson | jq -j .id | sha256sum | cut -c 1-12)
	echo $((((0x$hash % 86400000000) / 1000000 - 7200 - $(date +%s) % 86400 + 172800) % 86400))
}

waits()
{
	"$REAL" status --state "$T/a" --format json | jq -e '.waiting >= 1'
}

printf '#!/bin/sh\nexec env LD_PRELOAD=%s FAKETIME="+%s x600" %s "$@"\n' "$FAKETIME" \
	"$(until_daily)" "$REAL" >"$T/muster-agent"
AGENT=$T/muster-agent
stop "$SERVER"
start_agent a || exit 1
sleep 2 # the watch has heard of it
echo x >"$T/etc/2/file"
it "the watch tells a change" wait_for 20 waits
# shellcheck disable=SC2046 # process ids are words: link, gate, watch
set -- $(cat "/proc/$PID/task/$PID/children")
kill -STOP "$3"
echo x >"$T/etc/1/file"
it "it stands still, and the daily run finds what it does not tell" wait_for 60 defects 1
kill -CONT "$3"
like "which is said, and of which check" "$(cat "$T/a.err")" \
	' error link: the watch missed a change: .*, check=many/f1 defects=1$'
stop "$PID"
start_server || exit 1
AGENT=$REAL
start_agent a || exit 1
it "it stands in the host's facts, also after a restart" wait_for 25 selects \
	'watch.defects:1 and watch.defect:many/f1 and watch.defect_at > 2026-01-01'
like "is shown" "$("$MUSTER" agent show "$NAME")" '"defect":"many/f1"'
it "and counted by the server" sh -c \
	"curl -sS --cacert '$MUSTER_CA' '$MUSTER_URL/metrics' | grep -qx 'muster_watch_defects 1'"
it "what it missed is known all the same" wait_for 10 is_status f1 pass
done_testing
