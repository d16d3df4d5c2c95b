#!/bin/sh
# shellcheck shell=sh disable=SC3043 # local: dash has it
# clocks.sh: a clock is set back, or far ahead, at the server or at the agent. Both go on, say
# what they see, and what was not answered for 26 hours is unknown.
. "$(dirname "$0")/lib.sh"

FAKETIME=$(find /usr/lib /usr/local/lib -name libfaketime.so.1 2>/dev/null | head -n 1)
[ -n "$FAKETIME" ] || skip_all "libfaketime is not installed"
! is_sanitized || skip_all "the sanitizers want to be the first library"
SERVER_PROGRAM=$MUSTERD
AGENT_PROGRAM=$AGENT
chmod 755 "$T"

# at OFFSET PROGRAM COMMAND: makes the command the program, with a clock that differs.
at()
{
	printf '#!/bin/sh\nexec env LD_PRELOAD=%s FAKETIME=%s %s "$@"\n' "$FAKETIME" "$1" "$2" >"$3"
	chmod 755 "$3"
}

# ask PATH: the API's answer, whatever the certificate's dates.
ask()
{
	curl -sSk --fail --max-time 20 -H "Authorization: Bearer $MUSTER_TOKEN" "$MUSTER_URL$1"
}

# item FIELD: of the only item.
item()
{
	ask /api/v1/items | jq -r ".data[0].$1"
}

item_is()
{
	[ "$(item status)" = "$1" ]
}

host_is()
{
	[ "$(ask /api/v1/hosts | jq -r ".data[0].status")" = "$1" ]
}

write "$T/clock.yaml" <<YAML
policy: clock
checks:
  - { ref: a, level: low, name: a file is there, test: { file: $T/there, exists: true } }
YAML
echo x >"$T/there"
start_server || exit 1
start_agent agent || exit 1
AGENT_PID=$PID
it "a policy is pushed" "$MUSTER" policy push "$T/clock.yaml"
it "and answered" wait_for 10 item_is pass

# ---- the server's clock is set back by three hours ----
stop "$SERVER"
at -3h "$SERVER_PROGRAM" "$T/musterd"
MUSTERD=$T/musterd
it "the server starts with its clock set back" start_server
it "its agent comes back" wait_for 15 host_is online
it "and says what it sees" grep -q "this clock and the server's differ" "$T/agent.err"
is "the item is still there" "$(item status)" pass
rm "$T/there"
sed 's/a file/the file/' "$T/clock.yaml" >"$T/clock2.yaml"
it "a changed policy" "$MUSTER" policy push "$T/clock2.yaml" --as clock
it "is answered, and the answer is current" wait_for 10 item_is fail
stop "$SERVER"
stop "$AGENT_PID"

# ---- 27 hours later, without a word of the agent ----
at +27h "$SERVER_PROGRAM" "$T/musterd"
it "the server starts 27 hours later" start_server
it "what was not answered is unknown" wait_for 10 item_is unknown
like "since when is said" "$(item reason)" '^no answer since 2[0-9-]+T'
is "it does not comply" "$(item compliance)" false
is "history has all three" "$(ask "/api/v1/items/$(item id)/history" | turns)" \
	'["unknown","fail","pass"]'
stop "$SERVER"

# ---- the server is right again, the agent's clock is a day behind ----
MUSTERD=$SERVER_PROGRAM
start_server || exit 1
is "unknown stays, until there is an answer" "$(item status)" unknown
at -1d "$AGENT_PROGRAM" "$T/muster-agent"
AGENT=$T/muster-agent
start_agent agent
AGENT_PID=$PID
it "an agent comes in with its clock set back" wait_for 15 host_is online
exits 1 "it is asked, and answers" "$MUSTER" check -t '*'
like "that the file is missing" "$(cat "$OUT")" ' fail .*is missing'
is "which is current from now on" "$(item status)" fail
stop "$AGENT_PID"

# ---- it is a day ahead: what it is asked has expired there ----
at +1d "$AGENT_PROGRAM" "$T/muster-agent"
start_agent agent
AGENT_PID=$PID
it "an agent comes in with its clock set forward" wait_for 15 host_is online
exits 1 "a check is refused there" "$MUSTER" check -t '*' --wait 2s
like "and so is unknown here, at once and with its reason" "$(cat "$OUT")" \
	" unknown .*refused: it has expired, by this host.s clock; its clock is 24 h ahead"
like "nobody answered" "$(cat "$OUT")" '0 of 1 hosts answered'
exits 1 "for those who read the API, too" "$MUSTER" check -t '*' --wait 2s --format ndjson
like "it is an item of that action" "$(jq -r '.status + " " + .reason' "$OUT")" \
	'^unknown refused: it has expired, .*; its clock is 24 h ahead of the server.s$'
is "current is what was answered" "$(item status)" fail
like "the agent says why" "$(cat "$T/agent.err")" \
	"a check is refused: it has expired, by this host's clock"
stop "$AGENT_PID"
is "it stops cleanly" $? 0

# ---- the daily run comes while the server is down ----
stop "$SERVER"
is "the server stops cleanly" $? 0
echo x >"$T/there"
at +2d "$AGENT_PROGRAM" "$T/muster-agent"
start_agent agent
AGENT_PID=$PID
waits()
{
	"$AGENT_PROGRAM" status --state "$T/agent" --format json | jq -e '.waiting >= 1'
}
waits_no_more()
{
	! waits
}
it "a day later the agent runs by itself, and keeps its answer" wait_for 10 waits
start_server || exit 1
it "which the server gets when it is back" wait_for 20 item_is pass
is "the spool is empty then" "$(wait_for 5 waits_no_more && echo yes)" yes
stop "$AGENT_PID"
is "the agent stops cleanly" $? 0

done_testing
