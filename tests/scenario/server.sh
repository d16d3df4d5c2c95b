#!/bin/sh
# shellcheck shell=sh disable=SC3043 # local: dash has it
# server.sh: a server's life: started twice, restarted with agents and listeners, ended under
# load, told to read its configuration anew; tokens and cursors that are too old.
. "$(dirname "$0")/lib.sh"

CHECKS=200

# policy REVISION
policy()
{
	echo "policy: load"
	echo "checks:"
	i=0
	while [ $i -lt $CHECKS ]; do
		echo "  - { ref: c$i, level: low, name: check $i of revision $1," \
			"test: { file: /etc/passwd, regex: '^root:' } }"
		i=$((i + 1))
	done
}

push()
{
	policy "$1" >"$T/load.yaml"
	"$MUSTER" policy push "$T/load.yaml"
}

count_items()
{
	api GET '/api/v1/items?limit=1000' |
		jq "[.data[] | select(.check.name | endswith(\" revision $1\"))] | length"
}

is_answered()
{
	[ "$(count_items "$1")" = $CHECKS ]
}

host_is()
{
	[ "$(api GET /api/v1/hosts | jq -r '.data[0].status')" = "$1" ]
}

# feed: id and time of every item of the first thousand.
feed()
{
	api GET '/api/v1/items?since=&format=ndjson&limit=1000' |
		jq -r '.id + " " + .utctimestamp' | sort
}

# listen NAME [CURL'S OPTIONS…]: to the stream, into $T/NAME.out.
listen()
{
	local name="$1"

	shift
	start "$name" curl -sSN --cacert "$MUSTER_CA" -H "Authorization: Bearer $MUSTER_TOKEN" \
		"$@" "$MUSTER_URL/api/v1/stream"
	LISTENER=$PID
	wait_for 5 grep -q retry "$T/$name.out"
}

chmod 755 "$T" # the server rereads its configuration as whoever it has become
start_server || exit 1

# ---- tokens ----
it "an enrolment token for a second" "$MUSTER" agent token --ttl 1s
cp "$OUT" "$T/token"
api POST /api/v1/enrolments -H 'Content-Type: application/json' -d '{"ttl_s":1}' |
	jq -r .token >"$T/token2"
sleep 1.2 # what is waited for is that it is over
for token in token token2; do
	exits 3 "an expired $token is refused" \
		"$AGENT" enroll "$(cat "$T/$token")" --state "$T/late" --trust-server
	like "and the reason told" "$(cat "$ERR")" 'expired'
done
exits 2 "it is not enrolled" "$AGENT" run --state "$T/late"
for ttl in 0 -1 1e99 '"x"'; do
	exits 22 "a token for $ttl seconds" api POST /api/v1/enrolments \
		-H 'Content-Type: application/json' -d "{\"ttl_s\":$ttl}"
done

# ---- twice ----
exits 3 "one state folder has one server" \
	"$MUSTERD" run --state "$T/server" --listen 127.0.0.1:0 --agents 127.0.0.1:0
like "and says which" "$(cat "$ERR")" "^musterd: .*$T/server"
it "the first one goes on" api GET /healthz

# ---- configuration ----
cp "$T/musterd.yaml" "$T/good.yaml"
echo 'lisen: "*:1"' >"$T/musterd.yaml"
kill -HUP "$SERVER"
it "SIGHUP with a wrong configuration is told" \
	wait_for 5 grep -q 'unknown key "lisen"; did you mean "listen"?' "$T/server.err"
it "and changes nothing" api GET /healthz
cp "$T/good.yaml" "$T/musterd.yaml"

# ---- restarts ----
start_agent agent || exit 1
AGENT_PID=$PID
it "an agent is there" wait_for 10 host_is online
listen before
it "a policy" push 1
it "is answered" wait_for 10 is_answered 1
it "and streamed" wait_for 5 grep -q '"name":"check 199 of revision 1"' "$T/before.out"
stop "$LISTENER"
first=$(sed -n 's/^id: //p' "$T/before.out" | head -n 1)
last=$(sed -n 's/^id: //p' "$T/before.out" | tail -n 1)
listen again -H "Last-Event-ID: $first"
it "a listener resumes" wait_for 5 grep -q "^id: $last\$" "$T/again.out"
is "with what it has not heard, once" \
	"$(grep '^id: ' "$T/again.out")" "$(grep '^id: ' "$T/before.out" | tail -n +2)"
kill -STOP "$AGENT_PID"
stop "$SERVER"
is "the server stops with agent and listener there" $? 0
kill -CONT "$AGENT_PID"
exits 7 "it is gone" api GET /healthz
start_server || exit 1
it "the agent is back within seconds" wait_for 5 host_is online
listen after -H "Last-Event-ID: $last"
it "a listener from before the restart is told that it missed something" \
	wait_for 5 grep -q '^event: lost' "$T/after.out"
stop "$LISTENER"
it "nothing is lost" is_answered 1

# ---- SIGTERM under load ----
round=2
while [ $round -le 6 ]; do
	push $round >"$T/push.out" 2>&1
	sleep 0.0$round
	feed >"$T/before"
	stop "$SERVER"
	is "SIGTERM under load ends it well within $STOP_S s" $? 0
	start_server || exit 1
	feed >"$T/now"
	is "and what was shown is there" "$(comm -23 "$T/before" "$T/now")" ""
	round=$((round + 1))
done
it "the newest revision is answered in the end" wait_for 20 is_answered 6

# ---- retention ----
stop "$SERVER"
{
	cat "$T/good.yaml"
	echo 'keep_items: 1s'
} >"$T/musterd.yaml"
start_server || exit 1
is_gone()
{
	[ "$(curl -s -o "$T/body" -w '%{http_code}' --cacert "$MUSTER_CA" \
		-H "Authorization: Bearer $MUSTER_TOKEN" \
		"$MUSTER_URL/api/v1/items?since=1")" = 410 ]
}
it "a cursor older than what is kept is gone" wait_for 10 is_gone
like "and the answer says what to do" "$(cat "$T/body")" '"status":410.*since'
it "the beginning is not" api GET '/api/v1/items?since='
is "what is current stays" "$(count_items 6)" $CHECKS

done_testing
