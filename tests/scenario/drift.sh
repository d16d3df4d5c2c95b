#!/bin/sh
# shellcheck shell=sh disable=SC3043 # local: dash has it
# Drift: what changes on a host is an item on its server within a second, whatever is killed.
. "$(dirname "$0")/lib.sh"

# put ANSWER: the host's sshd_config, replaced at once.
put()
{
	echo "PermitRootLogin $1" >"$T/etc/fresh" && mv "$T/etc/fresh" "$T/etc/sshd_config"
}

# status REF: what the server has of that check.
status()
{
	"$MUSTER" query items "check.ref:$1" --format ndjson |
		sed 's/.*"status":"\([a-z_]*\)".*/\1/'
}

is_status()
{
	[ "$(status "$1")" = "$2" ]
}

# becomes REF STATUS SECONDS "what"
becomes()
{
	wait_for "$3" is_status "$1" "$2"
	result $? "$4" && return 0
	diag "$T/a.err"
	"$MUSTER" query items '*' | sed 's/^/# /'
	return 1
}

# by REF MEMBER: who made the change that the check's item tells of, as the server knows it.
by()
{
	"$MUSTER" query items "check.ref:$1" --format ndjson | jq -r ".by.$2 // empty"
}

item_id()
{
	"$MUSTER" query items "check.ref:$1" --format ndjson | jq -r .id
}

feed_lines()
{
	api GET '/api/v1/items?since=&format=ndjson' | grep -c .
}

# children: the agent's processes, in the order in which they were started: link, gate, watch.
children()
{
	cat "/proc/$AGENT_PID/task/$AGENT_PID/children"
}

# are_stopped PID…
are_stopped()
{
	local pid

	for pid; do
		grep -q '^State:.T' "/proc/$pid/status" || return 1
	done
}

mkdir -p "$T/etc"
put no
write "$T/policy.yaml" <<END
policy: system
checks:
  - ref: root-login
    level: medium
    name: root login is off
    test: { config: $T/etc/sshd_config, format: sshd, key: PermitRootLogin, equals: "no" }
  - ref: no-evil
    level: low
    name: nothing evil
    test: { file: $T/etc/deep/evil, exists: false }
END
start_server
start_agent a
AGENT_PID=$PID
it "a policy is assigned" "$MUSTER" policy push "$T/policy.yaml"
becomes root-login pass 20 "and judged"
sleep 1 # the watch has heard of it

put yes
becomes root-login fail 1 "a changed file is a changed item within a second"
mkdir -p "$T/etc/deep"
: >"$T/etc/deep/evil"
becomes no-evil fail 1 "so is one that was not there"
put no
becomes root-login pass 1 "and back"

change painter "PermitRootLogin yes" "$T/etc/sshd_config"
becomes root-login fail 1 "what another program changed is told, too"
if can_attribute; then
	is "and which program that was" "$(by root-login process)" painter
	like "with what command line" "$(by root-login command)" \
		"painter PermitRootLogin yes $T/etc/sshd_config\$"
	is "as which user" "$(by root-login uid)" 0
	change plumber "PermitRootLogin no" "$T/etc/sshd_config"
	becomes root-login pass 1 "it is mended"
	is "by somebody else" "$(by root-login process)" plumber
	is "which can be asked for" "$("$MUSTER" query items 'by.process:plumber and by.uid:0' \
		--format ndjson | jq -r .check.ref)" root-login
	like "and is read by people" "$("$MUSTER" query items check.ref:root-login)" \
		'by uid 0 with plumber: .* PermitRootLogin no '
	is "who it was before is history" "$(api GET \
		"/api/v1/items/$(item_id root-login)/history" |
		jq -r 'first(.data[] | select(.status == "fail")).by.process')" painter
else
	put no
	becomes root-login pass 1 "it is mended"
	skip_test "who made the change" "CAP_SYS_ADMIN or CAP_NET_ADMIN is missing here"
fi

before=$(feed_lines)
put no
sleep 1
is "what says the same as before is not sent again" "$(feed_lines)" "$before"

# shellcheck disable=SC2046 # process ids are words
set -- $(children)
kill -KILL "$3"
put yes
becomes root-login fail 20 "the watch was killed, and the change is told all the same"
wait_for 20 sh -c "[ \$(wc -w <'/proc/$AGENT_PID/task/$AGENT_PID/children') = 3 ]"
# shellcheck disable=SC2046 # process ids are words
set -- $(children)
put no
kill -KILL "$1"
becomes root-login pass 20 "the link was killed, too"
sleep 1

kill -KILL "$AGENT_PID"
wait "$AGENT_PID" 2>/dev/null
put yes
rm "$T/etc/deep/evil"
start_agent a
AGENT_PID=$PID
becomes root-login fail 20 "an agent that was away catches up"
becomes no-evil pass 20 "with everything that changed meanwhile"

kill -STOP "$SERVER"
put no
put yes
put no
kill -CONT "$SERVER"
becomes root-login pass 20 "a server that did not listen hears of it later"

# --- all of the agent stands still for a while, as in a virtual machine that was paused ---
sleep 1
before=$(feed_lines)
kill -s STOP -- "-$AGENT_PID"
# shellcheck disable=SC2046 # process ids are words
it "all of its processes are" wait_for 3 are_stopped "$AGENT_PID" $(children)
put yes
put no
put yes
echo evil >"$T/etc/deep/evil"
rm "$T/etc/deep/evil"
sleep 2
is "an agent that stands still says nothing" "$(feed_lines)" "$before"
kill -s CONT -- "-$AGENT_PID"
becomes root-login fail 5 "what changed meanwhile is told when it goes on"
sleep 1
is "once, and nothing else" "$(feed_lines)" "$((before + 1))"
put no
becomes root-login pass 1 "and it watches as before"

# --- it is not there at all, and its clock says that an hour has passed ---
stop "$AGENT_PID"
before=$(feed_lines)
put yes
: >"$T/etc/deep/evil"
FAKETIME=$(find /usr/lib /usr/local/lib -name libfaketime.so.1 2>/dev/null | head -n 1)
AGENT_PROGRAM=$AGENT
if [ -n "$FAKETIME" ] && ! is_sanitized; then
	printf '#!/bin/sh\nexec env LD_PRELOAD=%s FAKETIME=+1h %s "$@"\n' "$FAKETIME" "$AGENT" \
		>"$T/later"
	chmod 755 "$T/later"
	AGENT=$T/later
fi
start_agent a
AGENT_PID=$PID
becomes root-login fail 20 "an agent that was not there for an hour catches up"
becomes no-evil fail 20 "with all that changed"
sleep 1
is "once each" "$(feed_lines)" "$((before + 2))"
AGENT=$AGENT_PROGRAM
rm "$T/etc/deep/evil"
becomes no-evil pass 1 "and watches"

"$MUSTER" policy remove policy >/dev/null 2>&1
write "$T/other.yaml" <<END
policy: other
checks:
  - { ref: alone, level: low, name: a, test: { file: $T/etc/alone, exists: false } }
END
it "another policy is assigned" "$MUSTER" policy push "$T/other.yaml"
becomes alone pass 20 "and judged, too"
sleep 1
: >"$T/etc/alone"
becomes alone fail 1 "and watched"
status=0
stop "$AGENT_PID" || status=$?
is "the agent stops cleanly" "$status" 0
done_testing
