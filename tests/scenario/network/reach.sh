#!/bin/sh
# What can be reached from here: by muster alone, with many hosts that hang, and by an agent.
. "$(dirname "$0")/lib.sh"

serve open hang
OPEN=127.0.0.1:$PORT
serve full full
FULL=127.0.0.1:$PORT
serve echo udp-echo
ECHO=127.0.0.1:$PORT
serve silent udp-silent
SILENT=127.0.0.1:$PORT
CLOSED=127.0.0.1:1

# --- each answer ---
check "reach: '$OPEN', open: true" "reach: '$OPEN'" "reach: '$OPEN', open: false" \
	"reach: '$OPEN', state: open, address: 127.0.0.1"
is "an open port" "$STATUSES" "pass pass fail pass"
check "reach: '$CLOSED', open: true" "reach: '$CLOSED'" "reach: '$CLOSED', open: false" \
	"reach: '$CLOSED', state: closed" "reach: '$CLOSED', exists: false"
is "a closed port" "$STATUSES" "fail fail pass pass pass"
check "reach: '$FULL', open: true, timeout: 1s" "reach: '$FULL', state: filtered, timeout: 1s"
is "one that lets nobody know" "$STATUSES" "fail pass"
check "reach: '$ECHO', proto: udp" "reach: '$CLOSED', proto: udp, open: false" \
	"reach: '$SILENT', proto: udp, open: false, timeout: 1s"
is "by udp an answer, a refusal, and silence, which tells nothing" "$STATUSES" "pass pass error"
like "and says so" "$(reason c3)" "open and filtered look alike"

# --- what is never contacted, and what isn't there ---
check "reach: '169.254.169.254:80', open: false" "reach: '[fe80::1]:80', open: false" \
	"reach: '[::ffff:169.254.169.254]:80', open: false" \
	"reach: '[64:ff9b::a9fe:a9fe]:80', open: false" \
	"reach: '169.254.169.254:80', proto: udp, open: false" "reach: '2851995902:80', open: false"
is "link-local addresses" "$STATUSES" "error error error error error error"
like "and says why" "$(reason c1)" "link-local address; those are never contacted"
like "however it is written" "$(reason c6)" "link-local address; those are never contacted"
check "reach: 'nosuch.invalid:80', open: false"
is "a name that does not resolve is not known to be closed" "$STATUSES" "error"
like "and names it" "$(reason c1)" 'cannot find the address of "nosuch.invalid"'

# --- what policies may say ---
for subject in localhost localhost: localhost:0 localhost:65536 ::1:22 "local host:1" "[::1]"; do
	printf 'policy: p\nchecks:\n- {ref: a, level: low, name: n, test: {reach: "%s"}}\n' \
		"$subject" >"$T/wrong.yaml"
	exits 2 "no HOST:PORT: $subject" "$MUSTER" check "$T/wrong.yaml"
	like "and says how it is written" "$(cat "$ERR")" "wrong.yaml:3:.*give HOST:PORT"
done
exits 2 "a time limit has limits" "$MUSTER" run reach "$OPEN" --timeout 31s

# --- many that hang ---
tests=
for i in $(seq 40); do
	test="{ reach: '$FULL', timeout: $((1000 + i))ms }"
	tests="$tests- { ref: h$i, level: low, name: c, test: $test }
"
done
printf 'policy: reach\nchecks:\n%s' "$tests" >"$T/many.yaml"
before=$(date +%s)
exits 1 "forty hosts that hang for a second" "$MUSTER" check "$T/many.yaml"
took=$(($(date +%s) - before))
[ "$took" -le 10 ]
result $? "are waited for together ($took s)"

# --- nobody is started for a policy that asks nobody, nor for one that does not apply ---
printf 'policy: p\nchecks:\n- {ref: a, level: low, name: n, test: {file: /etc/hosts}}\n' \
	>"$T/plain.yaml"
if command -v strace >"$T/.strace" 2>&1; then
	it "a policy without questions" strace -f -o "$T/trace" "$MUSTER" check "$T/plain.yaml"
	unlike "starts no process" "$(cat "$T/trace")" "fork|clone|socket"
else
	skip_test "a policy without questions starts no process" "no strace"
fi
mkdir "$T/tree"
exits 1 "under --root" "$MUSTER" check "$T/many.yaml" --root "$T/tree" --format ndjson
is "nothing applies" "$(jq -r .status "$OUT" | sort -u)" "not_applicable"

# --- they end with whoever asks ---
# session_is COUNT: how many processes the muster below is with all that it has started.
session_is()
{
	[ "$(pgrep -c -s "$PID")" = "$1" ]
}

start killed "$MUSTER" run reach "$FULL" --timeout 20s
it "a keeper, a judge, a helper and a process for the question are there" \
	wait_for 10 session_is 4
kill -s KILL "$PID"
it "and end with the one that asked" wait_for 10 session_is 0
start short "$MUSTER" run reach "$OPEN"
it "nobody stays behind" wait_for 10 session_is 0

# --- by an agent ---
start_server || exit 1
start_agent agent || exit 1
wait_for 20 sh -c "'$MUSTER' query hosts 'status:online' --format ndjson | grep -q ." || exit 1
# children_are COUNT: how many processes the agent has, of those that stay.
children_are()
{
	[ "$(pgrep -c -P "$PID")" = "$1" ]
}

CHILDREN=$(pgrep -c -P "$PID")
printf 'policy: reach\nchecks:\n- {ref: a, level: low, name: n, test: {reach: "%s"}}\n- %s\n' \
	"$OPEN" "{ref: b, level: low, name: n, test: {reach: '$CLOSED'}}" >"$T/fleet.yaml"
exits 1 "an agent looks, too" "$MUSTER" check -t '*' "$T/fleet.yaml" --format ndjson --wait 20s
is "and finds the same" "$(jq -r '.check.ref + " " + .status' "$OUT" | sort | tr '\n' ' ')" \
	"a pass b fail "
it "its helper is gone with the run" wait_for 10 children_are "$CHILDREN"
unlike "and nobody complains" "$(cat "$T/agent.err")" "error"
done_testing
