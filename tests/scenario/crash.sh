#!/bin/sh
# Nothing acknowledged is lost: agent and server are killed with -9, fifty times, under load.
#
# What the server has acknowledged is what its API has shown: revisions of a document, and items in
# the feed. After every kill all of it must still be there; in the end the newest revision is
# answered whole.
. "$(dirname "$0")/lib.sh"

KILLS=50
SERVER_KILLS=8
CHECKS=60

# policy REVISION: as many checks as make a run last a while; each names its revision.
policy()
{
	echo "policy: crash"
	echo "checks:"
	i=0
	while [ $i -lt $CHECKS ]; do
		echo "  - { ref: c$i, level: low, name: check $i of revision $1," \
			"test: { file: /etc/passwd, regex: '^root:' } }"
		i=$((i + 1))
	done
}

# feed: id and time of every item that the server has ever shown.
feed()
{
	cursor=
	while :; do
		api GET "/api/v1/items?since=$cursor&format=ndjson&limit=1000" -D "$T/head" \
			>"$T/page" || return 1
		[ -s "$T/page" ] || break
		jq -r '.id + " " + .utctimestamp' "$T/page"
		cursor=$(tr -d '\r' <"$T/head" | sed -n 's/^[Mm]uster-[Cc]ursor: //p')
	done | sort
}

# What was in the feed before ($T/before) and is not in $T/after, the feed of now.
lost()
{
	feed >"$T/after" || return 1
	comm -23 "$T/before" "$T/after"
}

# partial_runs TIME: how many runs after it (items of a run have one time) lack some of their items.
partial_runs()
{
	feed | awk -v after="$1" -v checks=$CHECKS '
		$2 > after {count[$2]++}
		END {for (run in count) partial += count[run] != checks; print partial + 0}'
}

is_answered()
{
	[ "$(api GET '/api/v1/items?limit=1000' |
		jq "[.data[].check.name | select(endswith(\" revision $1\"))] | length")" = \
		$CHECKS ]
}

answers()
{
	api GET /healthz
}

# A number below $1.
random()
{
	od -An -N2 -tu2 /dev/urandom | awk -v below="$1" '{print $1 % below}'
}

start_server || exit 1
policy 0 >"$T/crash.yaml"
"$MUSTER" policy push "$T/crash.yaml" >/dev/null || exit 1
start_agent agent || exit 1
AGENT_PID=$PID
it "the first revision is answered" wait_for 10 is_answered 0
feed >"$T/before"

lost_items=0
lost_revisions=0
unread=0
restarts=0
kill=1
while [ $kill -le $KILLS ]; do
	policy $kill >"$T/crash.yaml"
	"$MUSTER" policy push "$T/crash.yaml" >"$T/push.out" 2>"$T/push.err"
	sleep "0.$(printf %03d "$(random 400)")"
	feed >"$T/before"
	[ "$(wc -l <"$T/before")" -ge $CHECKS ] || unread=$((unread + 1))
	if [ "$(random 2)" = 0 ]; then
		stop "$SERVER" KILL
		start_server || exit 1
		restarts=$((restarts + 1))
		revision=$(api GET /api/v1/policies/crash | jq -r .revision)
		[ "${revision:-0}" -gt $kill ] || lost_revisions=$((lost_revisions + 1))
	else
		stop "$AGENT_PID" KILL
		start agent "$AGENT" run --state "$T/agent"
		AGENT_PID=$PID
	fi
	lost_items=$((lost_items + $(lost | wc -l)))
	kill=$((kill + 1))
done
echo "# $restarts restarts of the server, $((KILLS - restarts)) of the agent"
is "the feed could be read before every kill" $unread 0
is "no item that was shown is lost" $lost_items 0
is "no revision that was acknowledged is lost" $lost_revisions 0
it "the newest revision is answered whole" wait_for 30 is_answered $KILLS
is "each item has been delivered once" "$(feed | uniq -d | wc -l)" 0
partial=$(partial_runs 0)
[ "$partial" -le $((KILLS - restarts)) ]
result $? "only runs whose agent was killed are partial ($partial)"

# The server alone is killed now: every run that the agent makes meanwhile must arrive whole.
begun=$(date -u +%Y-%m-%dT%H:%M:%S.%NZ)
while [ $kill -le $((KILLS + SERVER_KILLS)) ]; do
	policy $kill >"$T/crash.yaml"
	"$MUSTER" policy push "$T/crash.yaml" >"$T/push.out" 2>"$T/push.err"
	sleep "0.$(printf %03d "$(random 400)")"
	stop "$SERVER" KILL
	start_server || exit 1
	kill=$((kill + 1))
done
it "the newest revision is answered whole again" wait_for 30 is_answered $((kill - 1))
is "no run is partial where only the server is killed" "$(partial_runs "$begun")" 0
is "the server is still well" "$(answers >/dev/null && echo yes)" yes
done_testing
