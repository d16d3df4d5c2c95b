#!/bin/sh
# The agent alone, against the server's end of the protocol: enrolment, runs, delivery, and what
# goes wrong.
. "$(dirname "$0")/lib.sh"

FAKEHUB=$BUILD/tools/fakehub
[ -x "$FAKEHUB" ] || exit 1
H=$T/hub
S=$T/state

policy()
{
	write "$H/assign/$1" <<-END
		policy: $1
		checks:
		  - { ref: a1, level: low, name: there, test: { file: /etc/hosts, exists: true } }
		  - { ref: a2, level: low, name: not there, test: { file: /nowhere, exists: true } }
	END
}

# ask ACTION EXPIRES: what the hub sends at the next SIGUSR1.
ask()
{
	printf '{"action":"%s","expires":"%s","target":"*","policies":[]}\n' "$1" "$2" \
		>"$H/check.json"
}

start_hub()
{
	start hub "$FAKEHUB" "$H"
	HUB=$PID
	wait_for 10 grep -q . "$T/hub.out"
	TOKEN=$(cat "$T/hub.out")
}

lines()
{
	wc -l <"$1" 2>/dev/null || echo 0
}

# has N FILE: the file has N lines or more.
has()
{
	[ "$(lines "$2")" -ge "$1" ]
}

run_agent()
{
	start agent "$AGENT" run --state "$S"
	MONITOR=$PID
}

children()
{
	pgrep -P "$MONITOR"
}

says()
{
	"$AGENT" status --state "$S" --format json 2>/dev/null | grep -Eq "$1"
}

mkdir -p "$H/assign"
policy one
start_hub

# --- enrolment ---
exits 2 "enroll wants to know whom to trust" "$AGENT" enroll "$TOKEN" --state "$S"
like "and says so" "$(cat "$ERR")" "--trust-server"
exits 2 "--trust FILE is refused" "$AGENT" enroll "$TOKEN" --state "$S" --trust /dev/null
like "and the reason is told" "$(cat "$ERR")" "cannot verify signatures yet"
exits 2 "enroll wants a state folder" "$AGENT" enroll "$TOKEN" --trust-server
exits 2 "what is no token is bad input" "$AGENT" enroll nonsense --state "$S" --trust-server
exits 2 "a token that was cut is bad input" \
	"$AGENT" enroll "${TOKEN%???}" --state "$S" --trust-server
exits 2 "an agent that is not enrolled does not run" "$AGENT" run --state "$S"
like "and says what to do" "$(cat "$ERR")" "not enrolled; run muster-agent enroll"
exits 3 "nobody answers: the environment" "$AGENT" enroll "$TOKEN" --state "$S" --trust-server \
	--server 127.0.0.1:1
exits 2 "an address without a port is wrong" "$AGENT" enroll "$TOKEN" --state "$S" --trust-server \
	--server localhost
printf '%s\n' "$TOKEN" >"$T/token"
"$AGENT" enroll - --state "$S" --trust-server <"$T/token" >"$OUT" 2>"$ERR"
is "a token on standard input enrols" "$?" 0
is "the key is for its owner alone" "$(stat -c %a "$S/agent.pem")" 600
exits 2 "an enrolled folder is not enrolled again" \
	"$AGENT" enroll "$TOKEN" --state "$S" --trust-server
exits 3 "a used token is refused" "$AGENT" enroll "$TOKEN" --state "$T/other" --trust-server
like "in the server's words" "$(cat "$ERR")" "the token is unknown, used or expired"
start other "$FAKEHUB" "$T"
OTHER=$PID
wait_for 10 grep -q . "$T/other.out"
exits 3 "a foreign token is refused" "$AGENT" enroll "$(cat "$T/other.out")" --state "$T/other" \
	--trust-server --server "$(grep -o '"server": "[^"]*' "$S/agent.json" | cut -d'"' -f4)"
like "for it pins another CA" "$(cat "$ERR")" "does not have the CA that the token names"
stop "$OTHER"

# --- runs ---
exits 1 "status of an agent that does not run" "$AGENT" status --state "$S"
run_agent
wait_for 10 has 2 "$H/items.ndjson"
is "items arrive soon after the start" "$?" 0
wait_for 10 has 1 "$H/done.ndjson"
like "one passes" "$(cat "$H/items.ndjson")" '"ref":"a1".*"status":"pass"'
like "one fails" "$(cat "$H/items.ndjson")" '"ref":"a2".*"status":"fail"'
like "the end of the run is told" "$(cat "$H/done.ndjson")" '^\{"action":""\}$'
like "facts are told" "$(cat "$H/hello.json")" '"os":\["linux"'
wait_for 5 says '"state":"connected"'
exits 0 "status says connected" "$AGENT" status --state "$S"
exits 3 "a second agent in the same folder" "$AGENT" run --state "$S"
like "is told why" "$(cat "$ERR")" "another process uses this folder"
if [ "$(id -u)" = 0 ]; then
	# shellcheck disable=SC2046 # a process id is a word
	is "its processes are not root" "$(ps -o uid= -p $(children | tr '\n' ',' | sed 's/,$//') |
		tr -d ' ' | sort -u)" 64991
fi
total=0
for pid in $MONITOR $(children); do
	total=$((total + $(awk '/^Pss:/ { print $2 }' "/proc/$pid/smaps_rollup")))
done
echo "# idle, all processes: $total KiB"
if is_sanitized; then
	skip_test "idle it needs less than 8 MiB" "sanitizers keep memory of their own"
else
	[ "$total" -lt 8192 ]
	result $? "idle it needs less than 8 MiB over all its processes"
fi

policy two
before=$(lines "$H/items.ndjson")
kill -HUP "$HUB"
wait_for 5 has $((before + 4)) "$H/items.ndjson"
is "a changed assignment runs within 5 s" "$?" 0
before=$(lines "$H/items.ndjson")
kill -HUP "$HUB"
expires=$(date -u -d '+5 minutes' +%Y-%m-%dT%H:%M:%SZ)
action=00112233445566778899aabbccddee01
ask "$action" "$expires"
kill -USR1 "$HUB"
wait_for 5 grep -q "$action" "$H/done.ndjson"
is "a check runs what is assigned" "$?" 0
is "once each; an unchanged assignment does not run again" \
	"$(lines "$H/items.ndjson")" $((before + 4))
kill -USR1 "$HUB"
old=00112233445566778899aabbccddee02
ask "$old" 2020-01-01T00:00:00Z
kill -USR1 "$HUB"
wait_for 5 grep -q "it has expired" "$T/agent.err"
is "an expired check is refused" "$?" 0
wait_for 5 grep -q "$old" "$H/declined.ndjson"
like "which the server is told, with the reason and this clock" "$(cat "$H/declined.ndjson")" \
	"\"reason\":\"refused: it has expired, by this host's clock\",\"now\":\"20..-"
is "and one that was seen does not run again" "$(lines "$H/items.ndjson")" $((before + 4))
printf 'policy: bad\nchekcs: []\n' >"$H/assign/bad"
kill -HUP "$HUB"
wait_for 5 grep -q 'a policy does not run' "$T/agent.err"
is "a policy that cannot be read is told, and the others run" "$?" 0
rm "$H/assign/bad"
wait_for 5 has $((before + 8)) "$H/items.ndjson"

# --- what goes wrong ---
touch "$H/hold"
policy three
kill -HUP "$HUB"
wait_for 5 says '"waiting":[1-9]'
is "items wait while the server does not take them" "$?" 0
children | xargs kill -KILL
kill -KILL "$MONITOR"
wait_for 5 has_ended "$MONITOR"
rm "$H/hold"
run_agent
wait_for 10 grep -q '"name":"three"' "$H/items.ndjson"
is "and survive that all its processes are killed" "$?" 0
pid=$(children | head -n 1)
kill -KILL "$pid"
wait_for 10 grep -q "was killed by SIGKILL" "$T/agent.err"
is "a process that falls is told of" "$?" 0
wait_for 10 sh -c "[ \$(grep -c 'connected, server' '$T/agent.err') -ge 2 ]"
is "and starts anew" "$?" 0
stop "$MONITOR"
is "SIGTERM ends it in good order" "$?" 0

# --- the end ---
run_agent
wait_for 10 says '"state":"connected"'
it "leave, while it runs" "$AGENT" leave --state "$S"
is "the server was told" "$(cat "$H/left")" 1
wait_for 5 has_ended "$MONITOR"
wait "$MONITOR"
is "an agent that was refused for good ends with 3" "$?" 3
is "nothing is left" "$(ls "$S")" ""
done_testing
